//! From beats in seconds to ticks.
//!
//! Every beat is a quarter note. Between two beats the tempo is what puts the second one where it was heard; the
//! rounding of each tempo to a microsecond is carried into the next, so that it does not add up. Before the first beat
//! the tempo is what fits a whole number of quarters, as close to the first beat's tempo as possible; in a break it is
//! the same between its ends. Bars that are longer or shorter than their metre (the pick-up, and a break) get time
//! signatures of their own, so that each downbeat begins a bar.

use crate::analysis::{Analysis, Beat};

/// Tempo where there are no beats at all: MIDI's own default of 120 BPM.
const DEFAULT_MICROSECONDS: u32 = 500_000;
/// The longest quarter that a tempo event can hold, in microseconds.
const LONGEST_MICROSECONDS: f64 = 16_777_215.0;
/// Resolutions to choose from: sequencers know these.
const RESOLUTIONS: [u16; 5] = [480, 960, 1920, 3840, 15360];
/// Longest tick, in seconds: half of it is the error of an event's time.
const LONGEST_TICK_SECONDS: f64 = 0.001;
/// A gap up to this many beats is one late beat; a longer one is a break of several quarters.
const LONGEST_GAP_BEATS: f64 = 1.5;

/// A stretch of one tempo.
struct Segment {
    tick: u64,
    seconds: f64,
    microseconds_per_quarter: u32,
}

/// A time signature of `beats` quarters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Where it begins.
    pub tick: u64,
    /// Quarters in a bar.
    pub beats: u8,
}

/// The tempo map of an analysis.
pub struct TempoMap {
    ticks_per_quarter: u16,
    segments: Vec<Segment>,
    signatures: Vec<Signature>,
}

impl TempoMap {
    /// Builds the map.
    pub fn of(analysis: &Analysis) -> Self {
        let gaps = gaps(analysis);
        let longest = gaps.iter().map(|gap| gap.seconds / f64::from(gap.quarters)).fold(0.5, f64::max);
        let ticks_per_quarter = RESOLUTIONS
            .into_iter()
            .find(|resolution| longest / f64::from(*resolution) <= LONGEST_TICK_SECONDS)
            .unwrap_or(RESOLUTIONS[RESOLUTIONS.len() - 1]);
        let mut map = Self { ticks_per_quarter, segments: Vec::new(), signatures: Vec::new() };
        let mut tick = 0;
        let mut map_seconds = 0.0;
        let mut true_seconds = 0.0;
        for gap in &gaps {
            true_seconds += gap.seconds;
            let exact = (true_seconds - map_seconds) / f64::from(gap.quarters) * 1e6;
            let microseconds_per_quarter = exact.round().clamp(1.0, LONGEST_MICROSECONDS) as u32;
            map.segments.push(Segment { tick, seconds: map_seconds, microseconds_per_quarter });
            map_seconds += f64::from(gap.quarters) * f64::from(microseconds_per_quarter) * 1e-6;
            tick += u64::from(gap.quarters) * u64::from(ticks_per_quarter);
        }
        let last_tempo = analysis.beats.last().map_or(DEFAULT_MICROSECONDS, |beat| {
            (beat.tempo.period_seconds() * 1e6).round().clamp(1.0, LONGEST_MICROSECONDS) as u32
        });
        map.segments.push(Segment { tick, seconds: map_seconds, microseconds_per_quarter: last_tempo });
        map.set_signatures(&analysis.beats, &gaps);
        map
    }

    /// Resolution of the ticks.
    pub fn ticks_per_quarter(&self) -> u16 {
        self.ticks_per_quarter
    }

    /// Ticks at which the tempo changes, with microseconds a quarter from there on.
    pub fn tempi(&self) -> impl Iterator<Item = (u64, u32)> {
        self.segments.iter().map(|segment| (segment.tick, segment.microseconds_per_quarter))
    }

    /// Time signatures in order.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The tick nearest to a time.
    pub fn tick_at(&self, seconds: f64) -> u64 {
        let index = self.segments.partition_point(|segment| segment.seconds <= seconds).max(1) - 1;
        let segment = &self.segments[index];
        let quarters = (seconds - segment.seconds).max(0.0) * 1e6 / f64::from(segment.microseconds_per_quarter);
        segment.tick + (quarters * f64::from(self.ticks_per_quarter)).round() as u64
    }

    /// Puts a time signature wherever the length of the bars changes.
    fn set_signatures(&mut self, beats: &[Beat], gaps: &[Gap]) {
        let mut tick = 0;
        let mut quarters = 0;
        let mut metre = beats.first().map_or(4, |beat| beat.beats_per_bar.max(1));
        let mut starts = Vec::new();
        let lead_in = gaps.len() - gaps.len().min(beats.len().saturating_sub(1));
        for (index, beat) in beats.iter().enumerate() {
            quarters += match (index, lead_in) {
                (0, 0) => 0,
                (0, _) => gaps[0].quarters,
                _ => gaps[lead_in + index - 1].quarters,
            };
            if beat.is_downbeat() {
                split_into_bars(quarters, metre, &mut starts);
                quarters = 0;
                metre = beat.beats_per_bar.max(1);
            }
        }
        split_into_bars(u32::from(metre).max(quarters + 1), metre, &mut starts);
        for length in starts {
            if self.signatures.last().is_none_or(|signature| signature.beats != length) {
                self.signatures.push(Signature { tick, beats: length });
            }
            tick += u64::from(length) * u64::from(self.ticks_per_quarter);
        }
    }
}

/// The time from one beat to the next, or from the beginning to the first beat.
struct Gap {
    seconds: f64,
    quarters: u32,
}

/// The gaps between the beats, with the one before the first beat unless that lies at the very beginning.
fn gaps(analysis: &Analysis) -> Vec<Gap> {
    let Some(first) = analysis.beats.first() else { return Vec::new() };
    let lead_in = analysis.seconds(first.position);
    let mut gaps = Vec::with_capacity(analysis.beats.len());
    if lead_in > 0.0 {
        let quarters = (lead_in / first.tempo.period_seconds()).round().max(1.0) as u32;
        gaps.push(Gap { seconds: lead_in, quarters });
    }
    gaps.extend(analysis.beats.windows(2).map(|pair| {
        let seconds = analysis.seconds(pair[1].position) - analysis.seconds(pair[0].position);
        let beats = seconds / pair[0].tempo.period_seconds();
        let quarters = if beats <= LONGEST_GAP_BEATS { 1 } else { beats.round().max(1.0) as u32 };
        Gap { seconds, quarters }
    }));
    gaps
}

/// Cuts a stretch between two downbeats into bars: what does not fit the metre comes first, as a pick-up does.
fn split_into_bars(quarters: u32, metre: u8, bars: &mut Vec<u8>) {
    let metre_quarters = u32::from(metre);
    let odd = quarters % metre_quarters;
    if odd > 0 {
        bars.push(odd as u8);
    }
    bars.extend(std::iter::repeat_n(metre, (quarters / metre_quarters) as usize));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;
    use attacca_engine::SamplePosition;

    #[test]
    fn the_pick_up_has_a_bar_of_its_own() {
        let map = TempoMap::of(&example::analysis());
        let quarter = u64::from(map.ticks_per_quarter());
        assert_eq!(map.signatures(), [Signature { tick: 0, beats: 2 }, Signature { tick: 2 * quarter, beats: 4 }]);
    }

    #[test]
    fn beats_fall_on_quarters() {
        let analysis = example::analysis();
        let map = TempoMap::of(&analysis);
        for (beat, quarter) in analysis.beats.iter().zip(1..) {
            assert_eq!(map.tick_at(analysis.seconds(beat.position)), quarter * u64::from(map.ticks_per_quarter()));
        }
    }

    #[test]
    fn a_break_of_a_minute_keeps_downbeats_at_the_head_of_bars() {
        let mut analysis = example::analysis();
        for beat in &mut analysis.beats[7..] {
            beat.position = SamplePosition(beat.position.0 + 60 * 44_100);
        }
        let map = TempoMap::of(&analysis);
        let quarter = u64::from(map.ticks_per_quarter());
        let mut signatures = map.signatures().iter().peekable();
        let mut bar_starts = vec![];
        while let Some(signature) = signatures.next() {
            let end = signatures.peek().map_or(signature.tick + 400 * quarter, |next| next.tick);
            bar_starts.extend((signature.tick..end).step_by((u64::from(signature.beats) * quarter) as usize));
        }
        for beat in analysis.beats.iter().filter(|beat| beat.is_downbeat()) {
            let tick = map.tick_at(analysis.seconds(beat.position));
            assert!(bar_starts.contains(&tick), "the downbeat at tick {tick} is not at the head of a bar");
        }
        assert!(map.tempi().all(|(_, microseconds)| (390_000..800_000).contains(&microseconds)));
    }

    #[test]
    fn rounding_does_not_add_up_over_hours() {
        let mut analysis = example::analysis();
        let template = analysis.beats[0];
        analysis.beats = (0..40_000_u64)
            .map(|index| Beat {
                position: SamplePosition((index as f64 * 0.333_333_4 * 44_100.0) as u64),
                tempo: attacca_engine::Bpm(180.0),
                beat_in_bar: (index % 4 + 1) as u8,
                ..template
            })
            .collect();
        let map = TempoMap::of(&analysis);
        let last = map.segments.last().unwrap();
        let expected = analysis.seconds(analysis.beats.last().unwrap().position);
        assert!((last.seconds - expected).abs() < 2e-6, "{} instead of {expected}", last.seconds);
    }
}
