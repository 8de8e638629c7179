//! Plain columns: `X.onsets` has a time in seconds a line; `X.beats` a time, a tab and the position in the bar, where
//! 1 is a downbeat.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::analysis::Analysis;

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
