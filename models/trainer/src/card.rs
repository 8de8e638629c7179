//! The card of a weights file: what it is, what it learnt from and how well it does, for people.
//!
//! Everything on it comes from the file, so that the two cannot disagree.

use std::fmt::Write as _;

use attacca_engine::BuildError;
use attacca_models::{
    FrontEnd, Network, NetworkDescription, WeightsFile, description::Score, front_end::FRAMES_PER_SECOND,
};

use crate::evaluate::declared_latency_ms;

/// The card, as Markdown.
///
/// # Errors
/// When the network or the engine cannot be built.
pub fn card(weights: &WeightsFile) -> Result<String, BuildError> {
    let description = weights.description();
    let network = Network::new(weights)?;
    let cost = network.hop_cost();
    let frame_ms = 1000 / FRAMES_PER_SECOND;
    let mut card = String::new();
    let mut line = |text: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(card, "{text}");
    };
    line(format!("# {}\n", description.name));
    line(format!("Listens for: {}. {}.\n", description.task.name(), outputs(description)));
    line("| | |\n| --- | --- |".to_owned());
    line(format!("| front end | {} |", front_end(&description.front_end)));
    line(format!("| parameters | {} |", network.parameter_count()));
    line(format!("| work a hop | {} flops, {} bytes of weights |", cost.flops, cost.weight_bytes));
    line(format!(
        "| look-ahead | {} frames ({} ms) |",
        description.look_ahead_frames,
        description.look_ahead_frames * frame_ms as usize
    ));
    line(format!(
        "| latency | {:.1} ms from an event to its report, a hop's work done at once |",
        declared_latency_ms(weights)?
    ));
    line(format!(
        "| receptive field | {} |",
        network
            .receptive_field_frames()
            .map_or("unbounded (recurrent)".to_owned(), |frames| format!("{frames} frames"))
    ));
    line(format!("| content hash (SHA-256) | `{}` |", weights.content_hash()));

    line("\n## Learnt from\n".to_owned());
    for source in &description.training_data {
        line(format!("- **{}** — {}. Licence: {}", source.name, source.source, source.licence));
    }

    line("\n## Scores\n".to_owned());
    line(
        "Through the streaming engine, decoders included, on material that was not trained on; means over pieces with \
         their 95 % intervals by bootstrap over them, metrics as mir_eval defines them (beats: the first 5 s left out; \
         tempo: Gouyon et al., 2006).\n"
            .to_owned(),
    );
    line("| material | metric | value | 95 % interval |\n| --- | --- | --- | --- |".to_owned());
    for score in &description.scores {
        let interval = score.interval.map_or("–".to_owned(), |[low, high]| format!("{low:.3} to {high:.3}"));
        line(format!("| {} | {} | {:.3} | {interval} |", score.material, score.metric, score.value));
    }

    let failing: Vec<_> = description.scores.iter().filter(|score| !score.weakest.is_empty()).collect();
    if !failing.is_empty() {
        line("\n## Where it fails\n\nThe pieces with the lowest scores.\n".to_owned());
        failing.iter().for_each(|score| line(format!("- {}, {}: {}", score.material, score.metric, weakest(score))));
    }

    line("\n## Layers\n\n```json".to_owned());
    for layer in &description.layers {
        line(serde_json::to_string(layer).unwrap_or_else(|error| format!("(not shown: {error})")));
    }
    line("```".to_owned());
    Ok(card)
}

fn weakest(score: &Score) -> String {
    let pieces = score.weakest.iter().map(|piece| format!("{} {:.3}", piece.piece, piece.value));
    pieces.collect::<Vec<_>>().join(", ")
}

fn outputs(description: &NetworkDescription) -> String {
    match description.labels.as_slice() {
        [first, .., last] if description.task.is_exclusive() => {
            format!("Outputs the probabilities of {} classes, {first} to {last}", description.labels.len())
        }
        labels => format!("Outputs, each 0 to 1: {}", labels.join(", ")),
    }
}

/// A front end in a few words.
pub(crate) fn front_end(front_end: &FrontEnd) -> String {
    match front_end {
        FrontEnd::Stft(stft) => format!("{} STFT bins, {:.1} ms window", stft.bins, 1000.0 * stft.window_seconds),
        FrontEnd::Mel(mel) => format!(
            "{} mel bands, {:.0} to {:.0} Hz, {:.1} ms window{}",
            mel.bands,
            mel.minimum_hz,
            mel.maximum_hz,
            1000.0 * mel.window_seconds,
            if mel.difference { ", with positive difference" } else { "" }
        ),
        FrontEnd::ConstantQ(cqt) => {
            format!("constant-Q, {} octaves of {} bins from {:.1} Hz", cqt.octaves, cqt.bins_per_octave, cqt.minimum_hz)
        }
        FrontEnd::Chroma(chroma) => format!("chroma over {} octaves from {:.1} Hz", chroma.octaves, chroma.minimum_hz),
    }
}
