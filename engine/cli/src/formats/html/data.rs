//! What the page's script draws, as JSON: curves as base64 of bytes, events as short rows. It holds nothing but
//! numbers and the names of chords and keys, so that nothing in it can end the script element.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use attacca_engine::models::Task;
use base64::{engine::general_purpose::STANDARD, write::EncoderWriter};

use crate::{
    analysis::Analysis,
    overview::{ActivationCurve, Extent},
};

/// Length of a hop.
const HOP_SECONDS: f64 = 0.01;

/// Writes the data.
pub fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let overview = &analysis.overview;
    let rate = f64::from(analysis.recording.sample_rate_hz);
    let waveform = &overview.waveform;
    write!(
        out,
        "{{\"duration\":{:.4},\"waveform\":{{\"columnSeconds\":{},\"low\":",
        analysis.duration_seconds(),
        waveform.items_per_column() as f64 / rate
    )?;
    write_base64(out, waveform.values().iter().map(|extent: &Extent| extent.low.cast_unsigned()))?;
    write!(out, ",\"high\":")?;
    write_base64(out, waveform.values().iter().map(|extent| extent.high.cast_unsigned()))?;
    write!(out, "}},\"curves\":{{")?;
    let mut separator = "";
    for (name, task, curve) in [
        ("onset", Task::Onset, &overview.onset),
        ("beat", Task::Beat, &overview.beat),
        ("downbeat", Task::Beat, &overview.downbeat),
        ("voice", Task::Voice, &overview.voice),
    ] {
        if analysis.listened_for(task) {
            write!(out, "{separator}\"{name}\":")?;
            write_curve(out, curve, rate)?;
            separator = ",";
        }
    }
    write!(out, "}},\"onsets\":[")?;
    separator = "";
    for onset in &analysis.onsets {
        let seconds = analysis.seconds(onset.position);
        write!(out, "{separator}[{seconds:.4},{:.3},{:.3}]", onset.strength, onset.confidence)?;
        separator = ",";
    }
    write!(out, "],\"beats\":[")?;
    separator = "";
    for (bar, beat) in analysis.numbered_beats() {
        write!(
            out,
            "{separator}[{:.4},{bar},{},{},{:.2},{:.3}]",
            analysis.seconds(beat.position),
            beat.beat_in_bar,
            beat.beats_per_bar,
            beat.tempo.0,
            beat.confidence
        )?;
        separator = ",";
    }
    write!(out, "],\"voice\":[")?;
    separator = "";
    for voice in analysis.voiced() {
        write!(out, "{separator}[{:.4},{:.4}]", voice.start, voice.end)?;
        separator = ",";
    }
    write!(out, "],\"chords\":[")?;
    if analysis.listened_for(Task::Chord) {
        let chords = analysis.chord_stretches();
        write_labelled(out, chords.map(|chord| (chord.start, chord.end, analysis.written_chord(&chord))))?;
    }
    write!(out, "],\"keys\":[")?;
    write_labelled(out, analysis.key_stretches().map(|key| (key.start, key.end, analysis.written_key(key.value))))?;
    write!(out, "]}}")
}

fn write_labelled(
    out: &mut dyn Write,
    stretches: impl Iterator<Item = (f64, f64, Cow<'static, str>)>,
) -> io::Result<()> {
    let mut separator = "";
    for (start, end, label) in stretches {
        write!(out, "{separator}[{start:.4},{end:.4},\"{label}\"]")?;
        separator = ",";
    }
    Ok(())
}

fn write_curve(out: &mut dyn Write, curve: &ActivationCurve, rate: f64) -> io::Result<()> {
    let start = curve.first_sample() as f64 / rate;
    let column_seconds = curve.hops_per_column() as f64 * HOP_SECONDS;
    write!(out, "{{\"start\":{start:.5},\"columnSeconds\":{column_seconds},\"values\":")?;
    write_base64(out, curve.values().iter().copied())?;
    write!(out, "}}")
}

fn write_base64(out: &mut dyn Write, bytes: impl Iterator<Item = u8>) -> io::Result<()> {
    write!(out, "\"")?;
    let mut encoder = io::BufWriter::new(EncoderWriter::new(&mut *out, &STANDARD));
    for byte in bytes {
        encoder.write_all(&[byte])?;
    }
    encoder.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
    write!(out, "\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;
    use base64::Engine;

    #[test]
    fn the_data_is_json_and_complete() {
        let analysis = example::analysis();
        let mut bytes = Vec::new();
        write(&analysis, &mut bytes).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["beats"].as_array().unwrap().len(), analysis.beats.len());
        assert_eq!(value["onsets"].as_array().unwrap().len(), analysis.onsets.len());
        assert_eq!(value["voice"].as_array().unwrap().len(), 2);
        assert_eq!(value["chords"][1], serde_json::json!([0.9, 2.9, "D:min7"]));
        assert_eq!(value["keys"][0][2], "C:maj");
        let low = STANDARD.decode(value["waveform"]["low"].as_str().unwrap()).unwrap();
        assert_eq!(low.len(), analysis.overview.waveform.values().len());
        let columns = low.len() as f64 * value["waveform"]["columnSeconds"].as_f64().unwrap();
        assert!((columns - analysis.duration_seconds()).abs() < 0.01);
    }
}
