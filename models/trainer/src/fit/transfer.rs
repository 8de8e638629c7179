//! Fits that do not start from nothing, or do not move everything.
//!
//! With `weights`, a network starts from one that was fitted before. With `freeze`, layers stay as they start: those of
//! a fitted network, so that it becomes the features of a new classifier; or random ones, which are features that need
//! no fit (Choi et al., *A Tutorial on Deep Learning for Music Information Retrieval*, 2017, section 6.3). With `widen`, a
//! network with more channels and units starts as what the smaller one is: its new parts are random, and what was there
//! does not listen to them yet (as Net2WiderNet, Chen et al., *Net2Net*, 2016, keeps what a network computes).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use attacca_models::{
    FrontEnd, WeightsError, WeightsFile, description::DataSource, front_end::Scaling, weights::Tensor,
};
use serde::{Deserialize, Serialize};

/// What a network starts from, and what of it is fitted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The weights file that it starts from, seen from the working directory; none for random parameters. The scaling
    /// of its front end is kept, since its layers expect it.
    #[serde(default)]
    pub weights: Option<PathBuf>,
    /// How many layers, counted from the input, start from that file; each must be the same there. None for every
    /// tensor that has one of its name and shape there.
    #[serde(default)]
    pub layers: Option<usize>,
    /// Whether a tensor that is larger here than in that file starts as the one there, too. The layers must be the same
    /// but for their numbers of outputs and units.
    #[serde(default)]
    pub widen: bool,
    /// Paths of layers that are not fitted, such as `0` for the first or, nested, `2.0.1`. Their batch norms use the
    /// running statistics.
    #[serde(default)]
    pub freeze: Vec<String>,
}

/// Why a network cannot start from another.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The file was refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// It hears something else.
    #[error("{}: front_end: expected that of the recipe, but for mean and deviation, found {found:?}", file.display())]
    FrontEnd {
        /// The weights file.
        file: PathBuf,
        /// What it hears.
        found: Box<FrontEnd>,
    },
    /// A tensor is not as the recipe's layers have it.
    #[error("{}: {tensor}: expected shape {expected:?}, found {found:?}", file.display())]
    Tensor {
        /// The weights file.
        file: PathBuf,
        /// Its name.
        tensor: String,
        /// Its shape by the recipe.
        expected: Vec<usize>,
        /// Its shape in the file; `None` where it has none of that name.
        found: Option<Vec<usize>>,
    },
    /// No tensor fits.
    #[error("{}: expected tensors with the names and shapes of the recipe's layers, found none", file.display())]
    Nothing {
        /// The weights file.
        file: PathBuf,
    },
}

/// A network to start from.
#[derive(Debug)]
pub struct Start {
    file: PathBuf,
    layers: Option<usize>,
    widen: bool,
    weights: WeightsFile,
}

impl Transfer {
    /// Reads the weights file, if one is named.
    ///
    /// # Errors
    /// [`TransferError`] when it cannot be read or has another front end than the recipe.
    pub fn start(&self, front_end: &FrontEnd) -> Result<Option<Start>, TransferError> {
        let Some(file) = &self.weights else { return Ok(None) };
        let weights = WeightsFile::read(file)?;
        let found = &weights.description().front_end;
        if unstandardised(found) != unstandardised(front_end) {
            return Err(TransferError::FrontEnd { file: file.clone(), found: Box::new(found.clone()) });
        }
        Ok(Some(Start { file: file.clone(), layers: self.layers, widen: self.widen, weights }))
    }
}

/// A front end without what is measured on training data.
fn unstandardised(front_end: &FrontEnd) -> FrontEnd {
    let mut bare = front_end.clone();
    *bare.scaling_mut() = Scaling {
        bands: front_end.scaling().bands.as_ref().map(|_| Vec::new()),
        ..Scaling::logarithmic(front_end.scaling().log_gain)
    };
    bare
}

impl Start {
    /// Its front end, with its scaling.
    pub fn front_end(&self) -> &FrontEnd {
        &self.weights.description().front_end
    }

    /// What it learnt from.
    pub fn training_data(&self) -> &[DataSource] {
        &self.weights.description().training_data
    }

    /// Replaces fresh parameters by those of the file.
    pub(super) fn replace(&self, parameters: &mut BTreeMap<String, Tensor>) -> Result<(), TransferError> {
        replace(parameters, self.weights.tensors(), self.layers, self.widen, &self.file)
    }
}

/// Whether a tensor of shape `own` can start as one of shape `given`, with `widen` a narrower one too: of fewer outputs
/// and inputs, all else the same.
fn fits(own: &[usize], given: &[usize], widen: bool) -> bool {
    let narrower =
        || own.iter().zip(given).all(|(own, given)| own >= given) && own.iter().skip(2).eq(given.iter().skip(2));
    own == given || (widen && own.len() == given.len() && narrower())
}

/// How many gates lie one after the other along the first axis of a tensor: of a recurrent layer three or four.
fn gates(name: &str, tensors: &BTreeMap<String, Tensor>) -> usize {
    let (layer, own) = name.rsplit_once('.').unwrap_or(("", name));
    let suffix = own.split_once("ih_").or_else(|| own.split_once("hh_")).map(|(_, suffix)| suffix);
    let state = suffix.and_then(|suffix| tensors.get(&format!("{layer}.weight_hh_{suffix}")));
    state.map_or(1, |state| state.shape[0] / state.shape[1])
}

/// Row by row of each gate: a row that was there begins with what it was and goes on with zeros, deaf to new inputs; new
/// rows stay as they are.
fn put_into_corner(own: &mut Tensor, tensor: &Tensor, gates: usize) {
    let split = |shape: &[usize]| {
        let inner = shape.iter().skip(2).product::<usize>();
        (shape[0] / gates, shape.get(1).copied().unwrap_or(1) * inner)
    };
    let ((rows, length), (given_rows, given_length)) = (split(&own.shape), split(&tensor.shape));
    for (own, given) in own.values.chunks_mut(rows * length).zip(tensor.values.chunks(given_rows * given_length)) {
        for (own, given) in own.chunks_mut(length).zip(given.chunks(given_length)) {
            own.fill(0.0);
            own[..given_length].copy_from_slice(given);
        }
    }
}

/// Parameters with all of a network's in their places, and their own where that one is narrower; `None` where the two are
/// not the same but for their width.
pub(crate) fn widened(
    parameters: &BTreeMap<String, Tensor>,
    given: &BTreeMap<String, Tensor>,
) -> Option<BTreeMap<String, Tensor>> {
    let place = |(name, own): (&String, &Tensor)| {
        let tensor = given.get(name).filter(|tensor| fits(&own.shape, &tensor.shape, true))?;
        let mut placed = own.clone();
        put_into_corner(&mut placed, tensor, gates(name, given));
        Some((name.clone(), placed))
    };
    parameters.iter().map(place).collect::<Option<_>>().filter(|_| parameters.len() == given.len())
}

fn replace(
    parameters: &mut BTreeMap<String, Tensor>,
    given: &BTreeMap<String, Tensor>,
    layers: Option<usize>,
    widen: bool,
    file: &Path,
) -> Result<(), TransferError> {
    let mut replaced = 0;
    for (name, own) in parameters {
        if layers.is_some_and(|layers| layer_of(name) >= layers) {
            continue;
        }
        match given.get(name) {
            Some(tensor) if fits(&own.shape, &tensor.shape, widen) => {
                put_into_corner(own, tensor, gates(name, given));
                replaced += 1;
            }
            _ if layers.is_none() => {}
            other => {
                let (tensor, expected) = (name.clone(), own.shape.clone());
                let found = other.map(|tensor| tensor.shape.clone());
                return Err(TransferError::Tensor { file: file.to_owned(), tensor, expected, found });
            }
        }
    }
    if replaced == 0 { Err(TransferError::Nothing { file: file.to_owned() }) } else { Ok(()) }
}

/// The outermost layer that a tensor belongs to.
fn layer_of(name: &str) -> usize {
    name.split('.').next().and_then(|index| index.parse().ok()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors(named: &[(&str, &[usize], f32)]) -> BTreeMap<String, Tensor> {
        let tensor = |&(name, shape, value): &(&str, &[usize], f32)| {
            let values = vec![value; shape.iter().product()];
            (name.to_owned(), Tensor { shape: shape.to_vec(), values })
        };
        named.iter().map(tensor).collect()
    }

    fn own() -> BTreeMap<String, Tensor> {
        tensors(&[("0.weight", &[2, 3], 0.0), ("0.bias", &[2], 0.0), ("10.weight", &[4, 2], 0.0)])
    }

    #[test]
    fn tensors_that_fit_are_taken() {
        let given = tensors(&[("0.weight", &[2, 3], 1.0), ("0.bias", &[2], 1.0), ("10.weight", &[5, 2], 1.0)]);
        let mut parameters = own();
        replace(&mut parameters, &given, None, false, Path::new("x")).unwrap();
        let expected = tensors(&[("0.weight", &[2, 3], 1.0), ("0.bias", &[2], 1.0), ("10.weight", &[4, 2], 0.0)]);
        assert_eq!(parameters, expected);
        replace(&mut own(), &given, Some(10), false, Path::new("x")).unwrap();
        let error = replace(&mut own(), &given, Some(11), false, Path::new("x")).unwrap_err().to_string();
        assert_eq!(error, "x: 10.weight: expected shape [4, 2], found Some([5, 2])");
    }

    #[test]
    fn a_wider_tensor_starts_as_the_one_there_and_is_deaf_to_what_is_new() {
        let given =
            tensors(&[("0.weight", &[1, 2], 1.0), ("3.weight_hh_l0", &[2, 1], 2.0), ("3.bias_hh_l0", &[2], 3.0)]);
        let mut parameters =
            tensors(&[("0.weight", &[2, 3], 9.0), ("3.weight_hh_l0", &[4, 2], 9.0), ("3.bias_hh_l0", &[4], 9.0)]);
        replace(&mut parameters, &given, None, true, Path::new("x")).unwrap();
        assert_eq!(parameters["0.weight"].values, [1.0, 1.0, 0.0, 9.0, 9.0, 9.0]);
        assert_eq!(parameters["3.weight_hh_l0"].values, [2.0, 0.0, 9.0, 9.0, 2.0, 0.0, 9.0, 9.0]);
        assert_eq!(parameters["3.bias_hh_l0"].values, [3.0, 9.0, 3.0, 9.0]);
    }

    #[test]
    fn a_network_takes_its_place_in_a_wider_one_of_the_same_tensors() {
        let narrow = tensors(&[("0.weight", &[1, 2], 1.0), ("0.bias", &[1], 1.0)]);
        let wide = tensors(&[("0.weight", &[2, 2], 9.0), ("0.bias", &[2], 9.0)]);
        let placed = widened(&wide, &narrow).unwrap();
        assert_eq!(placed["0.weight"].values, [1.0, 1.0, 9.0, 9.0]);
        assert_eq!(placed["0.bias"].values, [1.0, 9.0]);
        assert_eq!(widened(&narrow, &wide), None, "nothing narrows");
        assert_eq!(widened(&wide, &tensors(&[("0.weight", &[1, 2], 1.0)])), None, "a tensor is missing");
    }

    #[test]
    fn a_kernel_does_not_widen() {
        assert!(fits(&[4, 2, 3], &[2, 1, 3], true));
        assert!(!fits(&[4, 2, 3], &[2, 1, 3], false));
        assert!(!fits(&[4, 2, 5], &[2, 1, 3], true));
        assert!(!fits(&[2, 1, 3], &[4, 2, 3], true));
    }

    #[test]
    fn a_file_of_which_nothing_fits_is_refused() {
        let error = replace(&mut own(), &tensors(&[("0.weight", &[9], 1.0)]), None, false, Path::new("x")).unwrap_err();
        assert!(matches!(error, TransferError::Nothing { .. }), "{error}");
    }
}
