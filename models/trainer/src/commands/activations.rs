//! `attacca-train activations`: what a network says of a recording, hop by hop, without a decoder.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use attacca_decode::{DecodeError, mono};
use attacca_engine::features::{FeatureStream, FeatureStreamError};
use attacca_models::{Network, WeightsError, WeightsFile, front_end::FRAMES_PER_SECOND};
use clap::Args;

/// Writes a network's activations as CSV.
///
/// A line a hop: the time in seconds that the activations are about (the hop's start less the network's look-ahead),
/// then one activation a label.
#[derive(Debug, Args)]
pub struct ActivationsCommand {
    /// The weights file.
    weights: PathBuf,
    /// The recording.
    recording: PathBuf,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum ActivationsCommandError {
    /// The weights file was refused.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The recording could not be read.
    #[error("{}: {source}", file.display())]
    Recording {
        /// The recording.
        file: PathBuf,
        /// What the decoder said.
        source: DecodeError,
    },
    /// The recording has a rate or channels that the engine does not take.
    #[error(transparent)]
    Feature(#[from] FeatureStreamError),
    /// The output could not be written.
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
}

impl ActivationsCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`ActivationsCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), ActivationsCommandError> {
        let weights = WeightsFile::read(&self.weights)?;
        let description = weights.description();
        let mut network = Network::new(&weights)?;
        let failed = |source| ActivationsCommandError::Recording { file: self.recording.clone(), source };
        let recording = mono::read(&self.recording).map_err(failed)?;
        let mut stream = FeatureStream::new(&description.front_end, recording.sample_rate_hz, 1)?;
        let mut output = io::BufWriter::new(io::stdout().lock());
        let mut written = writeln!(output, "seconds,{}", description.labels.join(","));
        let mut hop = 0_i64;
        stream.push_interleaved(&recording.samples, |_, frame| {
            let activations = network.step(frame);
            let frame = hop - description.look_ahead_frames as i64;
            let seconds = frame as f64 / f64::from(FRAMES_PER_SECOND);
            let values = activations.iter().map(|value| format!(",{value:.5}")).collect::<String>();
            if written.is_ok() {
                written = writeln!(output, "{seconds:.2}{values}");
            }
            hop += 1;
        });
        written?;
        Ok(output.flush()?)
    }
}
