//! Comma-separated values: a header, then a line for each event in order of time. Columns that a kind of event has
//! nothing for stay empty.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{AnyEvent, events_in_order};
use crate::analysis::{
    Analysis,
    states::{Change, chord_label},
};

const HEADER: &str =
    "kind,time_seconds,sample,confidence,latency_seconds,bar,beat_in_bar,beats_per_bar,tempo_bpm,strength,label";

/// Writes `X.csv`.
pub fn write(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let latency = |samples: u32| f64::from(samples) / f64::from(analysis.recording.sample_rate_hz);
    writeln!(out, "{HEADER}")?;
    for event in events_in_order(analysis) {
        match event {
            AnyEvent::Beat { bar, beat } => writeln!(
                out,
                "{},{:.6},{},{:.4},{:.6},{bar},{},{},{:.3},,",
                if beat.is_downbeat() { "downbeat" } else { "beat" },
                analysis.seconds(beat.position),
                beat.position.0,
                beat.confidence,
                latency(beat.latency_samples),
                beat.beat_in_bar,
                beat.beats_per_bar,
                beat.tempo.0,
            )?,
            AnyEvent::Onset(onset) => writeln!(
                out,
                "onset,{:.6},{},{:.4},{:.6},,,,,{:.4},{}",
                analysis.seconds(onset.position),
                onset.position.0,
                onset.confidence,
                latency(onset.latency_samples),
                onset.strength,
                onset.bands.strongest().name(),
            )?,
            AnyEvent::Voice(change) => {
                let kind = if change.value { "voice_start" } else { "voice_end" };
                write_change(analysis, kind, change, "", out)?;
            }
            AnyEvent::Chord(change) => write_change(analysis, "chord", change, chord_label(change.value), out)?,
            AnyEvent::Key(change) => write_change(analysis, "key", change, change.value.label(), out)?,
        }
    }
    Ok(())
}

fn write_change<T>(
    analysis: &Analysis,
    kind: &str,
    change: &Change<T>,
    label: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(
        out,
        "{kind},{:.6},{},{:.4},{:.6},,,,,,{label}",
        analysis.seconds(change.position),
        change.position.0,
        change.confidence,
        f64::from(change.latency_samples) / f64::from(analysis.recording.sample_rate_hz),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;

    #[test]
    fn every_line_has_every_column() {
        let analysis = example::analysis();
        let mut text = Vec::new();
        write(&analysis, None, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().all(|line| line.split(',').count() == HEADER.split(',').count()), "{text}");
        assert_eq!(text.lines().count(), 1 + events_in_order(&analysis).count());
        let chord = text.lines().find(|line| line.starts_with("chord,")).unwrap();
        assert_eq!(chord, "chord,0.900000,39690,0.7500,0.200000,,,,,,D:min7");
    }
}
