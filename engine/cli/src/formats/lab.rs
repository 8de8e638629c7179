//! A label file: a line for each beat with its start, its end and `bar.beat`, separated by spaces, times in seconds.
//!
//! A beat ends where the next begins. Where the engine heard no beat for a while (more than one and a half beats),
//! the interval ends after one beat at its own tempo; so does the last one, at the end of the recording at the latest.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::analysis::Analysis;

/// A gap longer than this many beats is a break, not a late beat.
const LONGEST_GAP_BEATS: f64 = 1.5;

/// Writes `X.lab`.
pub fn write(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let mut beats = analysis.numbered_beats().peekable();
    while let Some((bar, beat)) = beats.next() {
        let start = analysis.seconds(beat.position);
        let period = beat.tempo.period_seconds();
        let end = match beats.peek().map(|(_, next)| analysis.seconds(next.position)) {
            Some(next) if next - start <= LONGEST_GAP_BEATS * period => next,
            Some(next) => next.min(start + period),
            None => (start + period).min(analysis.duration_seconds()),
        };
        writeln!(out, "{start:.6} {end:.6} {bar}.{}", beat.beat_in_bar)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;
    use attacca_engine::SamplePosition;

    fn intervals(analysis: &Analysis) -> Vec<(f64, f64, String)> {
        let mut text = Vec::new();
        write(analysis, None, &mut text).unwrap();
        String::from_utf8(text)
            .unwrap()
            .lines()
            .map(|line| {
                let mut fields = line.split(' ');
                let mut number = || fields.next().unwrap().parse().unwrap();
                (number(), number(), fields.next().unwrap().to_string())
            })
            .collect()
    }

    #[test]
    fn beats_follow_each_other_without_gap() {
        let intervals = intervals(&example::analysis());
        assert!(intervals.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!(intervals[0].2, "0.4");
        assert_eq!(intervals[1].2, "1.1");
        assert_eq!(intervals[5].2, "2.1");
    }

    #[test]
    fn a_break_is_left_out() {
        let mut analysis = example::analysis();
        analysis.recording.length_samples += 100 * 44_100;
        for beat in &mut analysis.beats[8..] {
            beat.position = SamplePosition(beat.position.0 + 50 * 44_100);
        }
        let intervals = intervals(&analysis);
        assert!((intervals[7].1 - intervals[7].0 - 60.0 / f64::from(analysis.beats[7].tempo.0)).abs() < 1e-5);
    }
}
