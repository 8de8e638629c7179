//! The bar level: a forward filter over metre and position in the bar that advances once a beat.
//!
//! Bars of 2 to 7 beats make 27 states. From one beat to the next the position moves on by one; at the end of a bar the
//! metre may change, and at any beat the count may start anew, since the beat level may have slipped. The evidence is
//! the share of the downbeat's activation in the beat's, and whether the harmony changed: most chords begin where a bar
//! does (Papadopoulos, Peeters, *Joint estimation of chords and downbeats*, IEEE TASLP 2011).

/// The shortest and the longest bar in beats.
pub const BEATS_PER_BAR: std::ops::RangeInclusive<usize> = 2..=7;

const METRES: usize = 6;
const LONGEST_BAR: usize = 7;

/// How common bars of 2, 3, 4, 5, 6 and 7 beats are; for new starts and changes of metre.
const METRE_PRIOR: [f32; METRES] = [0.03, 0.17, 0.68, 0.04, 0.05, 0.03];

/// Probability that a new bar has another metre.
const METRE_CHANGE_PROBABILITY: f32 = 0.01;

/// Probability, each beat, that the count starts anew.
const NEW_COUNT_PROBABILITY: f32 = 0.015;

/// A ratio of this size is no evidence for or against a downbeat. It is above the share of beats that are downbeats:
/// where the network cannot tell the first beat from the third, it gives half of its belief to either in every bar.
const NEUTRAL_RATIO: f32 = 0.28;

/// Exponent of what the ratio tells: a pattern that comes back in every bar tells the same in every bar.
const RATIO_EXPONENT: f32 = 0.8;

/// Exponent of the metre's prior at each beat that follows the start: what decides between a bar and its half where
/// both explain the music.
const METRE_PREFERENCE: f32 = 0.035;

/// Probability that what somebody says of the count is right.
const BELIEF: f32 = 0.999;

/// Once somebody has said where the bar begins: exponent of what each beat tells, and share of the new counts. A network that
/// hears the first beat elsewhere, and is sure of it, takes some eight bars to be believed again.
const TOLD_EVIDENCE: f32 = 0.15;
const TOLD_NEW_COUNTS: f32 = 0.02;

/// Share of the new counts in a metre that somebody has set, whatever the music seems to have.
const FIXED_NEW_COUNTS: f32 = 0.02;

/// Probability that the harmony changes at a downbeat (0.83 in POP909), and at any other beat.
const CHANGES_AT_DOWNBEAT: f32 = 0.8;
const CHANGES_ELSEWHERE: f32 = 0.06;

/// The ratio is kept within these bounds: no single beat decides.
const MINIMUM_RATIO: f32 = 0.04;
const MAXIMUM_RATIO: f32 = 0.95;

/// Where in the bar the music is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarPointer {
    /// Position of the newest beat, from 1.
    pub beat_in_bar: u8,
    /// Beats in a bar, 2 to 7.
    pub beats_per_bar: u8,
}

impl BarPointer {
    /// The position of the beat after this one.
    pub fn next(self) -> Self {
        Self { beat_in_bar: self.beat_in_bar % self.beats_per_bar + 1, ..self }
    }
}

/// The filter.
#[derive(Clone, Debug)]
pub struct BarFilter {
    /// Probability by metre (bars of 2 beats first) and position; positions past the bar's end stay 0.
    probabilities: [[f32; LONGEST_BAR]; METRES],
    /// The only metre that is possible, in beats; `None` where all are.
    metre: Option<u8>,
    /// Whether somebody has said where the bar begins.
    told: bool,
}

impl BarFilter {
    /// A filter that has counted no beat yet.
    pub fn new() -> Self {
        Self { probabilities: new_count(None), metre: None, told: false }
    }

    /// Counts in bars of so many beats (2 to 7) from now on, or of as many as the music has. The count goes on as far as it
    /// fits.
    pub fn set_metre(&mut self, metre: Option<u8>) {
        if metre == self.metre {
            return;
        }
        let position = self.pointer().beat_in_bar;
        self.metre = metre;
        self.probabilities = new_count(metre);
        if let Some(beats_per_bar) = metre {
            self.favour(BarPointer { beat_in_bar: (position - 1) % beats_per_bar + 1, beats_per_bar });
        }
    }

    /// Forgets the count, not the metre that was set.
    pub fn reset(&mut self) {
        self.probabilities = new_count(self.metre);
        self.told = false;
    }

    /// Believes that the newest beat stands there, short of being certain, since somebody says so.
    pub fn believe(&mut self, pointer: BarPointer) {
        self.favour(pointer);
        self.told = true;
    }

    fn favour(&mut self, pointer: BarPointer) {
        let beats_per_bar = usize::from(self.metre.unwrap_or(pointer.beats_per_bar));
        let position = usize::from(pointer.beat_in_bar) - 1;
        if !BEATS_PER_BAR.contains(&beats_per_bar) || position >= beats_per_bar {
            return;
        }
        for value in self.probabilities.iter_mut().flatten() {
            *value *= 1.0 - BELIEF;
        }
        self.probabilities[beats_per_bar - BEATS_PER_BAR.start()][position] += BELIEF;
    }

    /// Counts a beat whose activations (any beat, downbeat; 0 to 1) are given, and says where it stands.
    pub fn beat(&mut self, beat_activation: f32, downbeat_activation: f32) -> BarPointer {
        self.pass();
        self.observe(downbeat_activation / beat_activation.max(downbeat_activation).max(1e-3));
        self.pointer()
    }

    /// Hears how much the harmony changed with the newest beat, 0 to 1.
    pub fn hear_change(&mut self, change: f32) {
        let change = change.clamp(0.0, 1.0);
        let likelihood = |probability: f32| change * probability + (1.0 - change) * (1.0 - probability);
        self.weigh(likelihood(CHANGES_AT_DOWNBEAT), likelihood(CHANGES_ELSEWHERE));
    }

    /// Counts a beat of which nothing was heard.
    pub fn pass(&mut self) {
        let start = new_count(self.metre);
        let reluctance = match (self.told, self.metre) {
            (true, _) => TOLD_NEW_COUNTS,
            (false, Some(_)) => FIXED_NEW_COUNTS,
            (false, None) => 1.0,
        };
        let new_counts = NEW_COUNT_PROBABILITY * reluctance;
        let bar_ends: [f32; METRES] = std::array::from_fn(|metre| self.probabilities[metre][beats(metre) - 1]);
        let ended: f32 = bar_ends.iter().sum();
        for (metre, row) in self.probabilities.iter_mut().enumerate() {
            let last = beats(metre) - 1;
            row.copy_within(0..last, 1);
            row[0] = (1.0 - METRE_CHANGE_PROBABILITY) * bar_ends[metre]
                + METRE_CHANGE_PROBABILITY * prior(self.metre, metre) * ended;
            for (value, new) in row.iter_mut().zip(start[metre]) {
                *value = (1.0 - new_counts) * *value + new_counts * new;
            }
        }
    }

    fn observe(&mut self, ratio: f32) {
        let ratio = ratio.clamp(MINIMUM_RATIO, MAXIMUM_RATIO);
        for (row, prior) in self.probabilities.iter_mut().zip(METRE_PRIOR) {
            let preferred = prior.powf(METRE_PREFERENCE);
            row.iter_mut().for_each(|value| *value *= preferred);
        }
        let [downbeat, other] = [ratio / NEUTRAL_RATIO, (1.0 - ratio) / (1.0 - NEUTRAL_RATIO)];
        self.weigh(downbeat.powf(RATIO_EXPONENT), other.powf(RATIO_EXPONENT));
    }

    /// Weighs every position by the likelihood of what was heard at a downbeat and at another beat.
    fn weigh(&mut self, downbeat: f32, other: f32) {
        let exponent = if self.told { TOLD_EVIDENCE } else { 1.0 };
        let (downbeat, other) = (downbeat.powf(exponent), other.powf(exponent));
        let mut total = 0.0;
        for row in &mut self.probabilities {
            for (position, value) in row.iter_mut().enumerate() {
                *value *= if position == 0 { downbeat } else { other };
                total += *value;
            }
        }
        for value in self.probabilities.iter_mut().flatten() {
            *value /= total.max(f32::MIN_POSITIVE);
        }
    }

    /// The most probable position of the most probable metre.
    pub fn pointer(&self) -> BarPointer {
        let metre = largest(self.probabilities.iter().map(|row| row.iter().sum()));
        let position = largest(self.probabilities[metre].iter().copied());
        BarPointer { beat_in_bar: position as u8 + 1, beats_per_bar: beats(metre) as u8 }
    }
}

impl Default for BarFilter {
    fn default() -> Self {
        Self::new()
    }
}

const fn beats(metre: usize) -> usize {
    metre + *BEATS_PER_BAR.start()
}

/// How common a metre is where only `fixed`, if anything, is possible.
fn prior(fixed: Option<u8>, metre: usize) -> f32 {
    match fixed {
        Some(beats_per_bar) if usize::from(beats_per_bar) == beats(metre) => 1.0,
        Some(_) => 0.0,
        None => METRE_PRIOR[metre],
    }
}

fn new_count(fixed: Option<u8>) -> [[f32; LONGEST_BAR]; METRES] {
    std::array::from_fn(|metre| {
        let each = prior(fixed, metre) / beats(metre) as f32;
        std::array::from_fn(|position| if position < beats(metre) { each } else { 0.0 })
    })
}

fn largest(values: impl Iterator<Item = f32>) -> usize {
    values.enumerate().fold((0, f32::MIN), |best, (index, value)| if value > best.1 { (index, value) } else { best }).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(metre: usize, beats: usize, strong: f32, weak: f32) -> BarPointer {
        let mut filter = BarFilter::new();
        let mut pointer = BarPointer { beat_in_bar: 1, beats_per_bar: 4 };
        for beat in 0..beats {
            pointer = filter.beat(0.8, if beat % metre == 0 { strong } else { weak });
        }
        pointer
    }

    #[test]
    fn every_metre_is_counted_after_four_bars() {
        for metre in BEATS_PER_BAR {
            let pointer = count(metre, 4 * metre + 1, 0.7, 0.08);
            assert_eq!(pointer, BarPointer { beat_in_bar: 1, beats_per_bar: metre as u8 }, "metre {metre}");
        }
    }

    #[test]
    fn chords_tell_the_bar_where_beats_do_not() {
        for metre in [3, 4, 5] {
            let mut filter = BarFilter::new();
            for beat in 0..6 * metre + 2 {
                filter.beat(0.8, 0.2);
                filter.hear_change(if beat % metre == 1 { 0.9 } else { 0.1 });
            }
            let pointer = BarPointer { beat_in_bar: 1, beats_per_bar: metre as u8 };
            assert_eq!(filter.pointer(), pointer);
        }
    }

    #[test]
    fn beats_of_which_nothing_was_heard_are_counted() {
        for unheard in 1..8 {
            let mut filter = BarFilter::new();
            for beat in 0..17 {
                filter.beat(0.8, if beat % 4 == 0 { 0.7 } else { 0.08 });
            }
            (0..unheard).for_each(|_| filter.pass());
            let expected = BarPointer { beat_in_bar: (unheard % 4 + 1) as u8, beats_per_bar: 4 };
            assert_eq!(filter.pointer(), expected, "{unheard} beats unheard");
        }
    }

    #[test]
    fn a_metre_that_is_set_is_kept_whatever_is_heard() {
        let mut filter = BarFilter::new();
        filter.set_metre(Some(3));
        for beat in 0..40 {
            let pointer = filter.beat(0.8, if beat % 4 == 0 { 0.7 } else { 0.08 });
            assert_eq!(pointer.beats_per_bar, 3);
        }
        filter.set_metre(None);
        let counted = (0..24).map(|beat| filter.beat(0.8, if beat % 4 == 0 { 0.7 } else { 0.08 })).last();
        assert_eq!(counted.map(|pointer| pointer.beats_per_bar), Some(4));
    }

    #[test]
    fn the_count_starts_where_somebody_says() {
        let mut filter = BarFilter::new();
        for beat in 0..17 {
            filter.beat(0.8, if beat % 4 == 0 { 0.35 } else { 0.2 });
        }
        filter.believe(BarPointer { beat_in_bar: 4, beats_per_bar: 4 });
        // The network goes on hearing the first beat where it was.
        let counted: Vec<u8> =
            (17..33).map(|beat| filter.beat(0.8, if beat % 4 == 0 { 0.6 } else { 0.1 }).beat_in_bar).collect();
        assert_eq!(counted, [1, 2, 3, 4].repeat(4));
        let much_later = (33..33 + 80).map(|beat| filter.beat(0.8, if beat % 4 == 0 { 0.6 } else { 0.1 })).last();
        assert_eq!(much_later.map(|pointer| pointer.beat_in_bar), Some(1), "the network is believed in the end");
    }

    #[test]
    fn without_a_hint_it_counts_to_four() {
        assert_eq!(count(4, 40, 0.2, 0.2).beats_per_bar, 4);
    }

    #[test]
    fn a_lost_beat_is_forgiven_within_three_bars() {
        let mut filter = BarFilter::new();
        for beat in 0..16 {
            filter.beat(0.8, if beat % 4 == 0 { 0.7 } else { 0.08 });
        }
        let mut pointer = filter.pointer();
        for beat in 1..14 {
            pointer = filter.beat(0.8, if beat % 4 == 0 { 0.7 } else { 0.08 });
        }
        assert_eq!(pointer, BarPointer { beat_in_bar: 2, beats_per_bar: 4 });
    }

    #[test]
    fn the_next_position_wraps_at_the_bar() {
        let last = BarPointer { beat_in_bar: 3, beats_per_bar: 3 };
        assert_eq!(last.next().beat_in_bar, 1);
        assert_eq!(last.next().next().beat_in_bar, 2);
    }
}
