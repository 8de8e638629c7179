//! Label tracks for Audacity: start, end and label separated by tabs, in seconds; points where start and end are equal.
//! A beat's label is `bar.beat`, an onset's its strength in percent. Voice, chords and keys are regions, chords
//! and keys as the reader wants them written.

use std::{
    io::{self, Write},
    path::Path,
};

use super::text::write_labelled;
use crate::analysis::Analysis;

/// Writes `X.onsets.txt`.
pub fn write_onsets(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    for onset in &analysis.onsets {
        let seconds = analysis.seconds(onset.position);
        writeln!(out, "{seconds:.6}\t{seconds:.6}\t{:.0}", onset.strength * 100.0)?;
    }
    Ok(())
}

/// Writes `X.beats.txt`.
pub fn write_beats(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    for (bar, beat) in analysis.numbered_beats() {
        let seconds = analysis.seconds(beat.position);
        writeln!(out, "{seconds:.6}\t{seconds:.6}\t{bar}.{}", beat.beat_in_bar)?;
    }
    Ok(())
}

/// Writes `X.voice.txt`.
pub fn write_voice(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    write_labelled(analysis.voiced(), |_| "voice", out)
}

/// Writes `X.chords.txt`.
pub fn write_chords(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    write_labelled(analysis.chord_stretches(), |chord| analysis.written_chord(chord), out)
}

/// Writes `X.keys.txt`.
pub fn write_keys(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    write_labelled(analysis.key_stretches(), |key| analysis.written_key(key.value), out)
}
