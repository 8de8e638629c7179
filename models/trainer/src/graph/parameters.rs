//! A network's parameters by name.

use std::collections::BTreeMap;

use attacca_models::{layout::StackLayout, weights};
use candle_core::{Device, Result, Tensor, Var, bail};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::BatchStatistics;

/// Share of the newest batch in a batch norm's running statistics; PyTorch's default.
const MOMENTUM: f64 = 0.1;

/// Every tensor of a network, by the name that it has in a weights file.
#[derive(Debug)]
pub struct Parameters {
    variables: BTreeMap<String, Var>,
    /// Those that no gradient moves or reaches; they share their values with the variables.
    frozen: BTreeMap<String, Tensor>,
}

impl Parameters {
    /// Fresh parameters: matrices uniform with a variance of one over their inputs (LeCun et al., *Efficient
    /// BackProp*, 1998), biases zero, batch norms neutral.
    pub(super) fn random(layout: &StackLayout, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let variables = layout
            .tensors()
            .into_iter()
            .map(|tensor| {
                let values = initial_values(&tensor.name, &tensor.shape, &mut random);
                let tensor_values = Tensor::from_vec(values, tensor.shape.as_slice(), &Device::Cpu)
                    .and_then(|values| Var::from_tensor(&values))
                    .expect("as many values were drawn as the shape has");
                (tensor.name.clone(), tensor_values)
            })
            .collect();
        Self { variables, frozen: BTreeMap::new() }
    }

    /// The same values on a device, none of them frozen.
    pub(super) fn on(&self, device: &Device) -> Result<Self> {
        let moved = |(name, variable): (&String, &Var)| {
            Ok((name.clone(), Var::from_tensor(&variable.as_tensor().to_device(device)?)?))
        };
        Ok(Self { variables: self.variables.iter().map(moved).collect::<Result<_>>()?, frozen: BTreeMap::new() })
    }

    /// The tensor `name` of the layer at `path`.
    pub(super) fn get(&self, path: &str, name: &str) -> Result<&Tensor> {
        let full = format!("{path}.{name}");
        if let Some(frozen) = self.frozen.get(&full) {
            return Ok(frozen);
        }
        match self.variables.get(&full) {
            Some(variable) => Ok(variable.as_tensor()),
            None => bail!("the network has no tensor {path}.{name}"),
        }
    }

    /// Keeps the layers at these paths, and all within them, from being moved.
    pub fn freeze(&mut self, paths: &[String]) {
        let frozen = self.variables.iter().filter(|(name, _)| paths.iter().any(|path| is_within(name, path)));
        self.frozen = frozen.map(|(name, variable)| (name.clone(), variable.as_tensor().detach())).collect();
    }

    /// Whether the layer at `path` is kept from being moved.
    pub(super) fn is_frozen(&self, path: &str) -> bool {
        self.frozen.keys().any(|name| is_within(name, path))
    }

    /// Every parameter that a gradient moves, by name: all but those of frozen layers and the running statistics of
    /// batch norms.
    pub fn trainable(&self) -> impl Iterator<Item = (&str, &Var)> {
        let moved = |name: &&String| is_trainable(name) && !self.frozen.contains_key(*name);
        let variables = self.variables.iter().filter(move |(name, _)| moved(name));
        variables.map(|(name, variable)| (name.as_str(), variable))
    }

    /// Number of trained values.
    pub fn count(&self) -> usize {
        self.trainable().map(|(_, variable)| variable.elem_count()).sum()
    }

    /// Moves the running statistics of batch norms towards those of a batch.
    ///
    /// # Errors
    /// When the statistics are another network's.
    pub fn absorb(&self, statistics: &[BatchStatistics]) -> Result<()> {
        for BatchStatistics { path, mean, variance } in statistics {
            for (name, newest) in [("running_mean", mean), ("running_var", variance)] {
                let Some(variable) = self.variables.get(&format!("{path}.{name}")) else {
                    bail!("the network has no tensor {path}.{name}")
                };
                variable.set(&((variable.as_tensor() * (1.0 - MOMENTUM))? + (newest * MOMENTUM)?)?)?;
            }
        }
        Ok(())
    }

    /// A copy of the values.
    ///
    /// # Errors
    /// When a GPU fails; never for parameters on the CPU.
    pub fn to_tensors(&self) -> Result<BTreeMap<String, weights::Tensor>> {
        self.variables
            .iter()
            .map(|(name, variable)| {
                let values = variable.flatten_all()?.to_vec1()?;
                Ok((name.clone(), weights::Tensor { shape: variable.dims().to_vec(), values }))
            })
            .collect()
    }

    /// Replaces the values.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape; tensors of other names are left alone.
    pub fn set(&self, tensors: &BTreeMap<String, weights::Tensor>) -> Result<()> {
        for (name, variable) in &self.variables {
            match tensors.get(name) {
                Some(tensor) if tensor.shape == variable.dims() => {
                    variable.set(&Tensor::from_slice(&tensor.values, tensor.shape.as_slice(), variable.device())?)?;
                }
                Some(tensor) => bail!("{name}: expected shape {:?}, found {:?}", variable.dims(), tensor.shape),
                None => bail!("{name}: missing"),
            }
        }
        Ok(())
    }
}

/// Whether a tensor is one of the layer at `path` or of a layer within it.
pub(crate) fn is_within(name: &str, path: &str) -> bool {
    name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
}

fn is_trainable(name: &str) -> bool {
    !name.ends_with(".running_mean") && !name.ends_with(".running_var")
}

fn initial_values(name: &str, shape: &[usize], random: &mut ChaCha8Rng) -> Vec<f32> {
    let count = shape.iter().product();
    match shape {
        [_, inputs @ ..] if !inputs.is_empty() => {
            let bound = (3.0 / inputs.iter().product::<usize>() as f32).sqrt();
            (0..count).map(|_| random.random_range(-bound..bound)).collect()
        }
        _ if name.ends_with(".weight") || name.ends_with(".running_var") => vec![1.0; count],
        _ => vec![0.0; count],
    }
}
