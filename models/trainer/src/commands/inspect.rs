//! `attacca-train inspect`: what a weights file holds, for a terminal.

use std::path::PathBuf;

use attacca_engine::BuildError;
use attacca_models::{LayerSpec, Network, StackLayout, WeightsError, WeightsFile, front_end::FRAMES_PER_SECOND};
use clap::Args;

use super::table::Table;
use crate::{card, evaluate::declared_latency_ms};

/// Shows what a weights file holds.
#[derive(Debug, Args)]
pub struct InspectCommand {
    /// The weights file.
    weights: PathBuf,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum InspectCommandError {
    /// The weights file was refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The engine refused the network.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl InspectCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`InspectCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), InspectCommandError> {
        print!("{}", report(&WeightsFile::read(&self.weights)?)?);
        Ok(())
    }
}

/// What is printed.
fn report(weights: &WeightsFile) -> Result<String, InspectCommandError> {
    let description = weights.description();
    let network = Network::new(weights)?;
    let file = std::path::Path::new(&description.name);
    let layout = StackLayout::infer(file, &description.layers, description.front_end.shape())?;
    let cost = network.hop_cost();
    let frame_ms = 1000 / FRAMES_PER_SECOND as usize;
    let span = |frames: usize| format!("{frames} frames ({} ms)", frames * frame_ms);
    let facts = [
        ("task", description.task.name().to_owned()),
        ("front end", card::front_end(&description.front_end)),
        ("outputs", network.output_shape().channels.to_string()),
        ("parameters", network.parameter_count().to_string()),
        ("a hop", format!("{} flops, {} bytes of weights", cost.flops, cost.weight_bytes)),
        ("receptive field", network.receptive_field_frames().map_or("unbounded (recurrent)".to_owned(), span)),
        ("look-ahead", span(description.look_ahead_frames)),
        (
            "latency",
            format!("{:.1} ms from an event to its report, a hop's work done at once", declared_latency_ms(weights)?),
        ),
        ("content hash", weights.content_hash().to_owned()),
    ];
    let mut text = format!("{}\n\n", description.name);
    text += &facts.map(|(name, value)| format!("  {name:16} {value}\n")).concat();

    let headings = ["layer", "kind", "output", "parameters", "sees, frames", "look-ahead"];
    let mut layers = Table::new(headings.map(str::to_owned));
    add_layers(&mut layers, &description.layers, &layout);
    text += &format!("\n{}", layers.plain());

    text += "\nLearnt from\n";
    for source in &description.training_data {
        text += &format!("  {}, {} ({})\n", source.name, source.source, source.licence);
    }
    let mut scores = Table::new(["scored on", "metric", "value"].map(str::to_owned));
    for score in &description.scores {
        scores.row([score.material.clone(), score.metric.clone(), format!("{:.3}", score.value)]);
    }
    if !description.scores.is_empty() {
        text += &format!("\n{}", scores.plain());
    }
    Ok(text)
}

/// A row a layer, nested ones after the one that holds them.
fn add_layers(table: &mut Table, layers: &[LayerSpec], layout: &StackLayout) {
    for (layer, place) in layers.iter().zip(&layout.layers) {
        table.row([
            place.path.clone(),
            kind(layer),
            place.output.to_string(),
            place.tensors.iter().map(|tensor| tensor.values()).sum::<usize>().to_string(),
            place.receptive_frames.map_or("all".to_owned(), |frames| frames.to_string()),
            place.look_ahead_frames.to_string(),
        ]);
        let nested: Vec<&[LayerSpec]> = match layer {
            LayerSpec::Residual { layers } => vec![layers],
            LayerSpec::Concatenate { branches } => branches.iter().map(Vec::as_slice).collect(),
            _ => Vec::new(),
        };
        nested.into_iter().zip(&place.branches).for_each(|(layers, layout)| add_layers(table, layers, layout));
    }
}

/// A layer in a few words.
fn kind(layer: &LayerSpec) -> String {
    match layer {
        LayerSpec::Dense { context_frames: 1, .. } => "dense".to_owned(),
        LayerSpec::Dense { context_frames, .. } => format!("dense, {context_frames} frames"),
        LayerSpec::Conv1d { kernel_frames, dilation_frames: 1, .. } => format!("conv1d {kernel_frames}"),
        LayerSpec::Conv1d { kernel_frames, dilation_frames, .. } => {
            format!("conv1d {kernel_frames}, dilation {dilation_frames}")
        }
        LayerSpec::Conv2d { kernel_frames, kernel_bands, .. } => format!("conv2d {kernel_frames} × {kernel_bands}"),
        LayerSpec::Pool { reduction, bands, frames } => format!("{reduction:?} pool {frames} × {bands}").to_lowercase(),
        LayerSpec::GlobalPool { reduction, over } => format!("{reduction:?} pool over {over:?}").to_lowercase(),
        LayerSpec::Recurrent { cell, units, stack } => format!("{stack} × {cell:?}, {units} units").to_lowercase(),
        LayerSpec::Bidirectional { cell, units, .. } => format!("bidirectional {cell:?}, {units} units").to_lowercase(),
        LayerSpec::BatchNorm { .. } => "batch normalisation".to_owned(),
        LayerSpec::Activation { function } => format!("{function:?}").to_lowercase(),
        LayerSpec::Residual { .. } => "residual".to_owned(),
        LayerSpec::Concatenate { .. } => "concatenate".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use attacca_models::shipped;

    use super::*;

    #[test]
    fn every_shipped_network_is_shown_whole() {
        for weights in shipped::all() {
            let report = report(&weights).expect("a shipped network can be built");
            let network = Network::new(&weights).expect("a shipped network can be built");
            let description = weights.description();
            assert!(report.contains(&format!("parameters       {}", network.parameter_count())), "{report}");
            for layer in 0..description.layers.len() {
                assert!(report.lines().any(|line| line.starts_with(&format!(" {layer} "))), "{report}");
            }
            assert!(description.training_data.iter().all(|source| report.contains(&source.name)), "{report}");
        }
    }
}
