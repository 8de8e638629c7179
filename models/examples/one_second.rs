//! One second of a shipped network on the portable instruction set: what `cargo xtask instructions` counts.
//!
//! `one_second TASK`, where a task is named as in a weights file.

use std::{error::Error, hint::black_box};

use attacca_models::{InstructionSet, Network, front_end::FRAMES_PER_SECOND, shipped};

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("expected the name of a task, found nothing")?;
    let task =
        shipped::tasks().find(|task| task.name() == name).ok_or_else(|| format!("no network ships for {name}"))?;
    let weights = shipped::weights(task).ok_or_else(|| format!("no network ships for {name}"))?;
    let mut network = Network::on(InstructionSet::Portable, &weights)?;
    let frame: Vec<f32> = (0..network.input_shape().len()).map(|value| (value as f32 * 0.7).sin()).collect();
    one_second(&mut network, &frame);
    Ok(())
}

/// Kept apart, so that what is counted can be named.
#[inline(never)]
fn one_second(network: &mut Network, frame: &[f32]) {
    for _ in 0..FRAMES_PER_SECOND {
        black_box(network.step(black_box(frame)));
    }
}
