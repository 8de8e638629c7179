//! Plain columns, times in seconds: `X.onsets` has a time a line; `X.beats` a time, a tab and the position in the bar,
//! where 1 is a downbeat; `X.voice` start and end of each stretch with a voice; `X.chords` and `X.keys` start, end and
//! label, the chords without gap from the first sample to the last.

use std::{
    fmt::Display,
    io::{self, Write},
    path::Path,
};

use crate::analysis::{
    Analysis,
    states::{Stretch, chord_label},
};

/// Writes `X.onsets`.
pub fn write_onsets(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    for onset in &analysis.onsets {
        writeln!(out, "{:.6}", analysis.seconds(onset.position))?;
    }
    Ok(())
}

/// Writes `X.beats`.
pub fn write_beats(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    for beat in &analysis.beats {
        writeln!(out, "{:.6}\t{}", analysis.seconds(beat.position), beat.beat_in_bar)?;
    }
    Ok(())
}

/// Writes `X.voice`.
pub fn write_voice(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    for voice in analysis.voiced() {
        writeln!(out, "{:.6}\t{:.6}", voice.start, voice.end)?;
    }
    Ok(())
}

/// Writes `X.chords`.
pub fn write_chords(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    write_labelled(analysis.chord_stretches(), |chord| chord_label(chord.value), out)
}

/// Writes `X.keys`.
pub fn write_keys(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    write_labelled(analysis.key_stretches(), |key| key.value.label(), out)
}

/// A line for each stretch: start, end and label, separated by tabs.
pub(super) fn write_labelled<T, L: Display>(
    stretches: impl Iterator<Item = Stretch<T>>,
    label: impl Fn(&Stretch<T>) -> L,
    out: &mut dyn Write,
) -> io::Result<()> {
    for stretch in stretches {
        writeln!(out, "{:.6}\t{:.6}\t{}", stretch.start, stretch.end, label(&stretch))?;
    }
    Ok(())
}
