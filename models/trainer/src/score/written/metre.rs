//! The beats of written bars.

use super::Bar;

/// A beat in a written score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WrittenBeat {
    /// Where it is, in quarter notes.
    pub quarter: f64,
    /// Its length in quarter notes: the note value that is counted.
    pub unit: f64,
    /// Position in the bar, from 1.
    pub position: u8,
    /// Beats in a whole bar.
    pub beats_per_bar: u8,
}

/// Differences in quarter notes below this come from the rounding of durations.
const TOLERANCE_QUARTERS: f64 = 0.02;

/// The note value that is counted in a metre, in quarter notes, and how many a bar has: three eighths or sixteenths of
/// 6/8, 9/8 or 12/16 are one beat, all other metres count what they write.
pub fn counted(metre: (u8, u8)) -> (f64, u8) {
    let (beats, kind) = metre;
    let unit = 4.0 / f64::from(kind.max(1));
    if beats > 3 && beats.is_multiple_of(3) && kind >= 8 { (3.0 * unit, beats / 3) } else { (unit, beats) }
}

/// The beats of bars; `None` where a bar is no whole number of beats, or a metre has fewer than 2 or more than 7.
///
/// A first bar that is short is a pickup and counts towards the end of its bar. A short bar after a short one is its
/// second part if both together fill the metre, as where a repeat divides a bar.
pub fn beats(bars: &[Bar]) -> Option<Vec<WrittenBeat>> {
    let mut beats = Vec::new();
    let mut open = 0.0;
    for (index, bar) in bars.iter().enumerate() {
        let (unit, beats_per_bar) = counted(bar.metre);
        let whole = unit * f64::from(beats_per_bar);
        let missing = whole - bar.length;
        let short = missing > TOLERANCE_QUARTERS;
        let before = match (short, index) {
            (true, 0) => missing,
            (true, _) if (open - missing).abs() < TOLERANCE_QUARTERS => missing,
            _ => 0.0,
        };
        open = if short && before == 0.0 { bar.length } else { 0.0 };
        if !(2..=7).contains(&beats_per_bar) || bar.length - whole > TOLERANCE_QUARTERS {
            return None;
        }
        // A pickup of half a beat starts within a beat: the first whole one is counted.
        let first = ((before - TOLERANCE_QUARTERS) / unit).ceil().max(0.0);
        let mut position = first;
        while position * unit < before + bar.length - TOLERANCE_QUARTERS {
            let quarter = bar.start + position * unit - before;
            beats.push(WrittenBeat { quarter, unit, position: position as u8 + 1, beats_per_bar });
            position += 1.0;
        }
        let end = (before + bar.length) / unit;
        if before == 0.0 && short && open == bar.length && !is_divided(bars, index, missing) && !is_whole(end) {
            return None;
        }
    }
    Some(beats)
}

/// Whether the bar after `index` supplies what is missing.
fn is_divided(bars: &[Bar], index: usize, missing: f64) -> bool {
    bars.get(index + 1).is_none_or(|next| (next.length - missing).abs() < TOLERANCE_QUARTERS)
}

fn is_whole(beats: f64) -> bool {
    (beats - beats.round()).abs() < TOLERANCE_QUARTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(metre: (u8, u8), lengths: &[f64]) -> Vec<Bar> {
        let mut start = 0.0;
        lengths
            .iter()
            .map(|&length| {
                start += length;
                Bar { start: start - length, length, metre, sharps: 0, key: None }
            })
            .collect()
    }

    fn positions(metre: (u8, u8), lengths: &[f64]) -> Option<Vec<(f64, u8)>> {
        Some(beats(&bars(metre, lengths))?.iter().map(|beat| (beat.quarter, beat.position)).collect())
    }

    #[test]
    fn pickups_count_towards_the_end_of_their_bar() {
        assert_eq!(positions((3, 4), &[1.0, 3.0]).unwrap(), [(0.0, 3), (1.0, 1), (2.0, 2), (3.0, 3)]);
        assert_eq!(positions((2, 4), &[0.5, 2.0]).unwrap(), [(0.5, 1), (1.5, 2)]);
    }

    #[test]
    fn compound_metres_count_dotted_notes() {
        assert_eq!(positions((6, 8), &[3.0, 3.0]).unwrap(), [(0.0, 1), (1.5, 2), (3.0, 1), (4.5, 2)]);
        assert_eq!(counted((12, 8)), (1.5, 4));
        assert_eq!(counted((3, 8)), (0.5, 3));
        assert_eq!(counted((2, 2)), (2.0, 2));
    }

    #[test]
    fn a_divided_bar_is_counted_through() {
        let counted = positions((4, 4), &[4.0, 3.0, 1.0, 4.0]).unwrap();
        assert_eq!(counted.iter().map(|beat| beat.1).collect::<Vec<_>>(), [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
        let within_a_beat = positions((2, 4), &[2.0, 1.5, 0.5, 2.0]).unwrap();
        assert_eq!(within_a_beat, [(0.0, 1), (1.0, 2), (2.0, 1), (3.0, 2), (4.0, 1), (5.0, 2)]);
    }

    #[test]
    fn bars_that_are_too_long_or_break_off_within_a_beat_are_refused() {
        assert!(positions((4, 4), &[4.0, 5.0]).is_none());
        assert!(positions((4, 4), &[4.0, 2.5, 4.0, 4.0]).is_none());
        assert!(positions((9, 4), &[9.0]).is_none());
    }
}
