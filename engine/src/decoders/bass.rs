//! The bass of a chord: which of its notes lies lowest.
//!
//! [`LowestPartial`] looks for the lowest partial in the constant-Q frames that the chord network hears. What is lowest is
//! no overtone, and where a fundamental is lost, the overtone above it has the same name. [`BassDecoder`] counts over how
//! much of a chord each pitch class was lowest, from where the chord began; once one of the chord's notes clearly was,
//! that is its bass, and the chord keeps it. The root needs less than others: a bass that begins on it and walks makes no
//! inversion. Runs on the audio thread.

use attacca_models::{FrontEnd, front_end::ConstantQFrontEnd, vocabulary::ChordClass};

/// Where a bass ends: B3. A chord whose lowest note is above has no bass of its own.
const HIGHEST_HZ: f64 = 250.0;

/// Magnitude of a partial at least, against the strongest of those that may be the bass: −10 dB, which keeps the hum of
/// drums out.
const LEAST_SHARE: f32 = 0.3;

/// Below this frequency, B1, a bass drum may sound; it is told from a bass by having no overtones.
const DRUMS_BELOW_HZ: f64 = 62.0;

/// Magnitude of the octave over a bass as low as that, against its own, at least.
const LEAST_OCTAVE: f32 = 0.2;

/// Magnitude of the strongest partial at least: −60 dB from full scale.
const LEAST_MAGNITUDE: f32 = 1e-3;

/// Hops for which a chord is heard before another bass than its root is said, at least: 350 ms.
const FEWEST_HOPS: u32 = 35;

/// Hops in which the root was lowest that make it the bass: 150 ms.
const ROOT_HOPS: u32 = 15;

/// Hops that are remembered for a chord that is reported later than it begins: half a second.
const KEPT_HOPS: usize = 50;

/// Share of those hops in which the bass was lowest, at least.
const CLEAR_SHARE: f32 = 0.7;

/// Finds the lowest partial in the frames of a front end.
#[derive(Clone, Debug)]
pub struct LowestPartial {
    /// One for each bin that may be the bass, from the lowest upwards.
    bins: Box<[Bin]>,
    bins_per_octave: usize,
    compression: Compression,
    /// [`LEAST_MAGNITUDE`], compressed.
    least_level: f32,
}

#[derive(Clone, Copy, Debug)]
struct Bin {
    pitch_class: u8,
    mean: f32,
    deviation: f32,
    /// Its magnitude, compressed: what is larger is so before and after.
    level: f32,
    may_be_drum: bool,
}

/// How a front end compresses magnitudes `x`: to `ln(1 + log_gain · x)`, or not at all where that gain is 0.
#[derive(Clone, Copy, Debug)]
struct Compression {
    log_gain: f32,
}

impl Compression {
    fn level(self, magnitude: f32) -> f32 {
        if self.log_gain > 0.0 { (self.log_gain * magnitude).ln_1p() } else { magnitude }
    }

    /// The level of a share of the magnitude that has this level.
    fn share(self, share: f32, level: f32) -> f32 {
        if self.log_gain > 0.0 { (share * level.exp_m1()).ln_1p() } else { share * level }
    }
}

impl LowestPartial {
    /// For the frames of `front_end`; `None` where that is no constant-Q transform with whole semitones from the lowest
    /// octaves upwards.
    pub fn new(front_end: &FrontEnd) -> Option<Self> {
        let FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz, bins_per_octave, octaves, scaling }) = front_end else {
            return None;
        };
        let bins = (0..bins_per_octave * octaves).map_while(|bin| {
            let hertz = minimum_hz * (bin as f64 / *bins_per_octave as f64).exp2();
            let pitch = 69.0 + 12.0 * (hertz / 440.0).log2();
            let band = scaling.bands.as_ref().and_then(|bands| bands.get(bin));
            let (mean, deviation) = band.map_or((scaling.mean, scaling.deviation), |band| (band.mean, band.deviation));
            let pitch_class = (pitch.round() as i64).rem_euclid(12) as u8;
            let may_be_drum = hertz < DRUMS_BELOW_HZ;
            (hertz < HIGHEST_HZ).then_some(Bin { pitch_class, mean, deviation, level: 0.0, may_be_drum })
        });
        let bins: Box<[Bin]> = bins.collect();
        let usable = *bins_per_octave >= 12 && bins.len() >= *bins_per_octave;
        let compression = Compression { log_gain: scaling.log_gain };
        let least_level = compression.level(LEAST_MAGNITUDE);
        usable.then_some(Self { bins, bins_per_octave: *bins_per_octave, compression, least_level })
    }

    /// Pitch class of the lowest partial of a frame; `None` where nothing low sounds.
    pub fn find(&mut self, frame: &[f32]) -> Option<u8> {
        let mut strongest = self.least_level;
        for (bin, value) in self.bins.iter_mut().zip(frame) {
            bin.level = value * bin.deviation + bin.mean;
            strongest = strongest.max(bin.level);
        }
        let least = self.compression.share(LEAST_SHARE, strongest).max(self.least_level);
        let level = |index: usize| self.bins.get(index).map_or(0.0, |bin| bin.level);
        let is_peak = |index: usize, least: f32| {
            let below = index.checked_sub(1).map_or(0.0, level);
            level(index) >= least && level(index) >= below && level(index) > level(index + 1)
        };
        let is_note = |index: usize, bin: &Bin| {
            let octave = index + self.bins_per_octave;
            let least = self.compression.share(LEAST_OCTAVE, bin.level);
            !bin.may_be_drum || (octave - 1..=octave + 1).any(|bin_above| is_peak(bin_above, least))
        };
        let mut partials = self.bins.iter().enumerate().filter(|(index, _)| is_peak(*index, least));
        partials.find(|(index, bin)| is_note(*index, bin)).map(|(_, bin)| bin.pitch_class)
    }
}

/// The bass of a chord, found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bass {
    /// Its pitch class.
    pub pitch_class: u8,
    /// Share of the chord's hops in which it was lowest, 0 to 1.
    pub share: f32,
}

/// Decides on the bass of one chord after another.
#[derive(Clone, Debug)]
pub struct BassDecoder {
    /// What was lowest in the last hops, the newest before `next`.
    recent: [Option<u8>; KEPT_HOPS],
    next: usize,
    hops: u32,
    lowest: [u32; 12],
    decided: Option<u8>,
}

impl BassDecoder {
    /// A decoder that has heard nothing yet.
    pub const fn new() -> Self {
        Self { recent: [None; KEPT_HOPS], next: 0, hops: 0, lowest: [0; 12], decided: None }
    }

    /// Forgets everything it heard.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    /// Takes what is lowest in a hop.
    pub fn hear(&mut self, lowest: Option<u8>) {
        self.recent[self.next] = lowest.map(|pitch_class| pitch_class % 12);
        self.next = (self.next + 1) % KEPT_HOPS;
        self.count(lowest);
    }

    /// Another chord began `hops` ago, or none.
    pub fn begin(&mut self, hops: usize) {
        (self.hops, self.lowest, self.decided) = (0, [0; 12], None);
        for back in (1..=hops.min(KEPT_HOPS)).rev() {
            self.count(self.recent[(self.next + KEPT_HOPS - back) % KEPT_HOPS]);
        }
    }

    fn count(&mut self, lowest: Option<u8>) {
        self.hops = self.hops.saturating_add(1);
        if let Some(pitch_class) = lowest {
            self.lowest[usize::from(pitch_class % 12)] += 1;
        }
    }

    /// The bass of the present chord, where it is clear and not the root.
    pub fn inversion(&self, chord: ChordClass) -> Option<u8> {
        self.decided.filter(|bass| *bass != chord.root)
    }

    /// Says when the bass of the present chord has become clear and is not the root: once for each chord.
    pub fn decide(&mut self, chord: ChordClass) -> Option<Bass> {
        if self.decided.is_some() {
            return None;
        }
        if self.lowest[usize::from(chord.root % 12)] >= ROOT_HOPS {
            self.decided = Some(chord.root);
            return None;
        }
        let notes = chord.quality.intervals().iter().map(|interval| (chord.root + interval) % 12);
        let pitch_class = notes.max_by_key(|&note| self.lowest[usize::from(note)])?;
        let share = self.lowest[usize::from(pitch_class)] as f32 / self.hops as f32;
        if self.hops < FEWEST_HOPS || share < CLEAR_SHARE {
            return None;
        }
        self.decided = Some(pitch_class);
        Some(Bass { pitch_class, share })
    }
}

impl Default for BassDecoder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use attacca_models::{front_end::Scaling, vocabulary::ChordQuality};

    use super::*;

    const C_MAJOR: ChordClass = ChordClass { root: 0, quality: ChordQuality::Major };

    fn front_end() -> FrontEnd {
        let scaling = Scaling { mean: 1.0, deviation: 0.5, ..Scaling::logarithmic(1000.0) };
        FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz: 32.703, bins_per_octave: 36, octaves: 7, scaling })
    }

    /// A frame with partials at semitones over the lowest bin, C1, and their magnitudes.
    fn frame(partials: &[(usize, f32)]) -> Vec<f32> {
        let mut magnitudes = vec![1e-4_f32; 7 * 36];
        for &(semitone, magnitude) in partials {
            magnitudes[3 * semitone] = magnitude;
            // What neighbouring bins hear of it.
            magnitudes[3 * semitone + 1] = 0.5 * magnitude;
        }
        magnitudes.into_iter().map(|magnitude| ((1000.0 * magnitude).ln_1p() - 1.0) / 0.5).collect()
    }

    #[test]
    fn the_lowest_partial_counts_and_not_the_strongest() {
        let mut partials = LowestPartial::new(&front_end()).unwrap();
        assert_eq!(
            partials.find(&frame(&[(16, 0.05), (24, 0.1), (28, 0.1), (31, 0.1)])),
            Some(4),
            "E2 under C3, E3, G3"
        );
        assert_eq!(partials.find(&frame(&[(1, 0.01), (12, 0.1)])), Some(0), "a rumble is no bass");
        assert_eq!(partials.find(&frame(&[(4, 0.1), (9, 0.1), (21, 0.05)])), Some(9), "a drum has no octave");
        assert_eq!(partials.find(&frame(&[(60, 0.1)])), None, "C6 is none");
        assert_eq!(partials.find(&frame(&[])), None);
        assert_eq!(partials.find(&[f32::NAN; 7 * 36]), None);
    }

    #[test]
    fn only_a_constant_q_transform_has_a_bass() {
        let FrontEnd::ConstantQ(constant_q) = front_end() else { panic!("it is one") };
        assert!(
            LowestPartial::new(&FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz: 200.0, ..constant_q })).is_none()
        );
    }

    /// The inversions that are said, with the hops at which they are, over stretches of a lowest note.
    fn said(chord: ChordClass, stretches: &[(usize, Option<u8>)]) -> Vec<(usize, u8)> {
        let mut decoder = BassDecoder::new();
        let hops = stretches.iter().flat_map(|&(hops, lowest)| std::iter::repeat_n(lowest, hops));
        hops.enumerate()
            .filter_map(|(hop, lowest)| {
                decoder.hear(lowest);
                Some((hop, decoder.decide(chord)?.pitch_class))
            })
            .collect()
    }

    #[test]
    fn an_inversion_is_said_once_it_is_clear_and_once_for_a_chord() {
        assert_eq!(said(C_MAJOR, &[(200, Some(4))]), [(34, 4)]);
        assert_eq!(said(C_MAJOR, &[(10, None), (200, Some(7))]).len(), 1);
        assert_eq!(said(C_MAJOR, &[(100, Some(4)), (300, Some(7))]), [(34, 4)]);
        assert!(said(C_MAJOR, &[(200, Some(2))]).is_empty(), "no note of the chord");
        assert!(said(C_MAJOR, &[(200, Some(0))]).is_empty(), "the root");
        assert!(said(C_MAJOR, &[(20, Some(0)), (300, Some(4))]).is_empty(), "a bass that walks from the root");
        assert!(said(C_MAJOR, &[(300, None)]).is_empty());
    }

    #[test]
    fn another_chord_has_its_own_bass() {
        let mut decoder = BassDecoder::new();
        let a_minor = ChordClass { root: 9, quality: ChordQuality::Minor };
        (0..100).for_each(|_| decoder.hear(Some(4)));
        assert_eq!(decoder.decide(C_MAJOR).map(|bass| bass.pitch_class), Some(4));
        assert_eq!(decoder.inversion(C_MAJOR), Some(4));
        (0..20).for_each(|_| decoder.hear(Some(9)));
        decoder.begin(20);
        assert_eq!((decoder.decide(a_minor), decoder.inversion(a_minor)), (None, None), "it began on its root");
        (0..100).for_each(|_| decoder.hear(Some(4)));
        assert_eq!(decoder.decide(a_minor), None);
        decoder.begin(usize::MAX);
        assert_eq!(decoder.decide(a_minor), Some(Bass { pitch_class: 4, share: 1.0 }), "half a second is remembered");
    }
}
