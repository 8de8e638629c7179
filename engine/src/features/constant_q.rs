//! A constant-Q transform that is heard sample by sample.
//!
//! Audio thread once built. Bins lie `2^(k / bins_per_octave)` above the lowest one. As in C. Schörkhuber and
//! A. Klapuri, *Constant-Q transform toolbox for music processing* (2010), the signal is halved in rate again and
//! again, and each octave is analysed at the lowest rate that carries it; but where they correlate with windowed
//! atoms, here a recursive filter stands for each bin, which arrives at its value evenly, sample by sample, and has
//! little more delay than its bandwidth asks for.
//!
//! # Resolution and latency
//! With Brown's `Q = 1 / (2^(1/bins_per_octave) − 1)` alone, the lowest bin of a piano would need a window of more
//! than a second. The Q is variable instead (Schörkhuber, Klapuri, Holighaus, Dörfler, *A Matlab toolbox for efficient
//! perfect reconstruction time-frequency transforms with log-frequency resolution*, 2014): the −3 dB width of a bin is
//! `f / Q + γ`. A bin tells of a moment that lies its group delay back: with 36 bins an octave 130 ms at 33 Hz, 42 ms
//! at 440 Hz and 6 ms at 4 kHz.

mod all_pass_half_band;
mod resonators;

use attacca_models::network::UnitCost;
use pulp::{Arch, Simd, WithSimd};

use self::{
    all_pass_half_band::{AllPassHalfBand, PASSBAND},
    resonators::{Resonance, Resonators},
};
use crate::{input::Hop, multiply_add::is_fused};

/// γ: what is added to the width of each bin, in Hz. A Hann window as wide as the narrowest bin (−3 dB width 1.44 over
/// its length) then lasts 0.35 s, and from 130 Hz upwards bins a semitone away are 12 dB down.
const WIDENING_HZ: f64 = 3.5;

/// The highest bin that an octave's rate carries, in parts of that rate: inside the passband of the filter that made
/// the rate.
const HIGHEST_IN_OCTAVE: f64 = 0.38;

/// The highest bin that is heard at all, in parts of the analysis rate; the mirror image of a bin above would be heard
/// as well.
const HIGHEST_AT_ALL: f64 = 0.45;

/// The most samples of a hop, at the highest analysis rate: just below 88.2 kHz.
const HOP_SAMPLES: usize = 1024;

/// Units in which a sample is halved in rate: the first halving, and all others, which see as many samples in all.
const HALVING_UNITS: usize = 2;

/// Operations for a sample that is halved in rate: each output waits for the one before, so that it counts for more than
/// it computes.
const FLOPS_PER_HALVED_SAMPLE: u64 = 140;

/// Operations for each sample and resonator; those that are computed side by side count even where they stand for none.
const FLOPS_PER_RESONATOR_SAMPLE: u64 = 9;

/// Resonators times samples that make a unit of work.
const UNIT_RESONATOR_SAMPLES: usize = 2_700;

/// A constant far below anything heard (−360 dB), added to every sample: it keeps the recursive filters from decaying
/// into denormal numbers, which are slow on many processors.
const ANTI_DENORMAL: f32 = 1e-18;

/// Which bins a transform has; transforms with the same bins are the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ConstantQBins {
    pub(super) minimum_hz: f64,
    pub(super) bins_per_octave: usize,
    pub(super) octaves: usize,
}

impl ConstantQBins {
    fn count(&self) -> usize {
        self.octaves * self.bins_per_octave
    }

    fn frequency_hz(&self, bin: usize) -> f64 {
        self.minimum_hz * (bin as f64 / self.bins_per_octave as f64).exp2()
    }

    fn bandwidth_hz(&self, bin: usize) -> f64 {
        let quality = 1.0 / ((1.0 / self.bins_per_octave as f64).exp2() - 1.0);
        self.frequency_hz(bin) / quality + WIDENING_HZ
    }

    /// How often the rate is halved for an octave.
    fn level(&self, octave: usize, analysis_hz: f64) -> usize {
        let highest_hz = self.frequency_hz((octave + 1) * self.bins_per_octave - 1);
        (analysis_hz * HIGHEST_IN_OCTAVE / highest_hz).log2().floor().max(0.0) as usize
    }

    /// The filter of a bin at the rate of its octave; `None` where the rate cannot carry it.
    fn resonance(&self, bin: usize, analysis_hz: f64) -> Option<Resonance> {
        let rate_hz = analysis_hz / (self.level(bin / self.bins_per_octave, analysis_hz) as f64).exp2();
        let frequency = self.frequency_hz(bin) / rate_hz;
        (frequency < HIGHEST_AT_ALL).then(|| Resonance { frequency, bandwidth: self.bandwidth_hz(bin) / rate_hz })
    }
}

/// The transform of one set of bins; shared by every front end that asks for it.
#[derive(Debug)]
pub(super) struct ConstantQ {
    bins: ConstantQBins,
    analysis_hz: f64,
    /// What makes level `k + 1` of level `k`.
    halvings: Vec<AllPassHalfBand>,
    /// The newest samples of each level: those of the input at 0, at half the rate at 1, and so on.
    levels: Vec<Vec<f32>>,
    stretches: Vec<Stretch>,
    magnitudes: Vec<f32>,
    arch: Arch,
}

/// What resonators make of samples, compiled for every instruction set.
struct Resonate<'a> {
    resonators: &'a mut Resonators,
    samples: &'a [f32],
    magnitudes: &'a mut [f32],
}

impl WithSimd for Resonate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if is_fused::<S>() {
            self.resonators.hear::<true>(self.samples);
        } else {
            self.resonators.hear::<false>(self.samples);
        }
        self.resonators.magnitudes(self.magnitudes);
    }
}

/// What half-band filters make of some levels, each of the one before it, compiled for every instruction set.
struct Halve<'a> {
    halvings: &'a mut [AllPassHalfBand],
    /// One more than there are halvings.
    levels: &'a mut [Vec<f32>],
}

impl WithSimd for Halve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (level, halving) in self.halvings.iter_mut().enumerate() {
            let (above, below) = self.levels.split_at_mut(level + 1);
            let (Some(above), Some(below)) = (above.last(), below.first_mut()) else { return };
            below.clear();
            if is_fused::<S>() {
                halving.halve::<true>(above, below);
            } else {
                halving.halve::<false>(above, below);
            }
        }
    }
}

/// Neighbouring bins of one octave, at the rate of its level.
#[derive(Debug)]
struct Stretch {
    level: usize,
    first_bin: usize,
    resonators: Resonators,
}

impl ConstantQ {
    /// A transform of samples at `analysis_hz`. Bins that this rate cannot carry stay silent.
    pub(super) fn new(bins: ConstantQBins, analysis_hz: f64) -> Self {
        let mut stretches = Vec::new();
        for octave in 0..bins.octaves {
            let level = bins.level(octave, analysis_hz);
            let all: Vec<usize> = (octave * bins.bins_per_octave..(octave + 1) * bins.bins_per_octave).collect();
            for stretch in all.chunks(bins_in_unit(hop_samples(analysis_hz, level))) {
                let resonances: Vec<_> = stretch.iter().map(|&bin| bins.resonance(bin, analysis_hz)).collect();
                stretches.push(Stretch { level, first_bin: stretch[0], resonators: Resonators::new(&resonances) });
            }
        }
        let deepest = stretches.iter().map(|stretch| stretch.level).max().unwrap_or(0);
        Self {
            bins,
            analysis_hz,
            halvings: vec![AllPassHalfBand::new(); deepest],
            levels: (0..=deepest).map(|_| Vec::with_capacity(HOP_SAMPLES)).collect(),
            stretches,
            magnitudes: vec![0.0; bins.count()],
            arch: Arch::new(),
        }
    }

    /// Which bins these are.
    pub(super) fn bins(&self) -> &ConstantQBins {
        &self.bins
    }

    /// What each unit of a hop costs, in the order in which they run.
    pub(super) fn unit_costs(&self) -> Vec<UnitCost> {
        let halved = hop_samples(self.analysis_hz, 1) as u64;
        let halving = UnitCost { flops: FLOPS_PER_HALVED_SAMPLE * halved, weight_bytes: 0 };
        let stretches = self.stretches.iter().map(|stretch| {
            let lanes = stretch.resonators.len().next_multiple_of(resonators::LANES);
            let samples = hop_samples(self.analysis_hz, stretch.level) * lanes;
            UnitCost { flops: FLOPS_PER_RESONATOR_SAMPLE * samples as u64, weight_bytes: 0 }
        });
        std::iter::repeat_n(halving, HALVING_UNITS).chain(stretches).collect()
    }

    /// Runs one unit of the work on the new samples of this hop.
    pub(super) fn run_unit(&mut self, unit: usize, hop: &Hop<'_>) {
        match unit {
            0 => {
                if let Some(first) = self.levels.first_mut() {
                    let samples = hop.new_samples();
                    first.clear();
                    first.extend(samples.iter().take(HOP_SAMPLES).map(|sample| sample + ANTI_DENORMAL));
                }
                self.halve(0..1);
            }
            1 => self.halve(1..self.halvings.len()),
            _ => self.resonate(unit - HALVING_UNITS),
        }
    }

    /// Hears the new samples of this hop.
    #[cfg(test)]
    fn update(&mut self, hop: &Hop<'_>) {
        (0..HALVING_UNITS + self.stretches.len()).for_each(|unit| self.run_unit(unit, hop));
    }

    /// Makes the level below each of some.
    fn halve(&mut self, levels: std::ops::Range<usize>) {
        let Some(halvings) = self.halvings.get_mut(levels.clone()) else { return };
        let Some(levels) = self.levels.get_mut(levels.start..=levels.end) else { return };
        self.arch.dispatch(Halve { halvings, levels });
    }

    /// Lets some bins hear the samples of their level.
    fn resonate(&mut self, index: usize) {
        let Some(Stretch { level, first_bin, resonators }) = self.stretches.get_mut(index) else { return };
        let magnitudes = &mut self.magnitudes[*first_bin..*first_bin + resonators.len()];
        self.arch.dispatch(Resonate { resonators, samples: &self.levels[*level], magnitudes });
    }

    /// Magnitudes `[bin]`, lowest first; a full-scale sine at the centre of a bin reads 1.
    pub(super) fn magnitudes(&self) -> &[f32] {
        &self.magnitudes
    }

    /// How far before the end of a hop lies what `bin` tells of, in analysis samples; `None` for a silent bin.
    ///
    /// The end of a hop falls anywhere between two samples of an octave's rate: this is the mean, and the true value
    /// lies within half a sample at that rate of it.
    pub(super) fn bin_latency_samples(&self, bin: usize) -> Option<f64> {
        let resonance = self.bins.resonance(bin, self.analysis_hz)?;
        let level = self.bins.level(bin / self.bins.bins_per_octave, self.analysis_hz);
        let frequency = self.bins.frequency_hz(bin) / self.analysis_hz;
        let halvings: f64 = (0..level)
            .map(|level| {
                let factor = (level as f64).exp2();
                factor * AllPassHalfBand::group_delay(frequency * factor)
            })
            .sum();
        let factor = (level as f64).exp2();
        let wait_for_octave = 0.5 * (factor - 1.0);
        Some(1.0 + wait_for_octave + halvings + factor * resonance.group_delay())
    }

    /// The latency of the slowest bin that is not silent, in analysis samples.
    pub(super) fn latency_samples(&self) -> f64 {
        (0..self.bins.count()).filter_map(|bin| self.bin_latency_samples(bin)).fold(0.0, f64::max)
    }

    /// Back to before the first sample.
    pub(super) fn reset(&mut self) {
        self.halvings.iter_mut().for_each(AllPassHalfBand::reset);
        self.stretches.iter_mut().for_each(|stretch| stretch.resonators.reset());
        self.magnitudes.fill(0.0);
    }
}

/// Samples of a hop at a level.
fn hop_samples(analysis_hz: f64, level: usize) -> usize {
    (analysis_hz / f64::from(attacca_models::front_end::FRAMES_PER_SECOND) / (level as f64).exp2()).ceil() as usize
}

/// Bins that hear so many samples in a unit of work: whole groups of resonators.
fn bins_in_unit(samples: usize) -> usize {
    (UNIT_RESONATOR_SAMPLES / samples / resonators::LANES).max(1) * resonators::LANES
}

const _: () = assert!(HIGHEST_IN_OCTAVE < PASSBAND);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use std::f64::consts::PI;

    const BINS: ConstantQBins = ConstantQBins { minimum_hz: 32.70, bins_per_octave: 36, octaves: 7 };

    /// Magnitudes after each hop of what `signal` gives for each second.
    fn listen(sample_rate_hz: u32, seconds: f64, signal: impl Fn(f64) -> f64, mut on_hop: impl FnMut(f64, &[f32])) {
        let mut input = Input::new(sample_rate_hz, 1).unwrap();
        let mut constant_q = ConstantQ::new(BINS, input.analysis_rate().hz());
        let rate_hz = f64::from(sample_rate_hz);
        let samples: Vec<f32> =
            (0..(seconds * rate_hz) as u32).map(|n| signal(f64::from(n) / rate_hz) as f32).collect();
        let latency = input.latency_samples();
        input.push_interleaved(&samples, |hop| {
            constant_q.update(hop);
            on_hop((hop.position.0 - latency) as f64 / rate_hz, constant_q.magnitudes());
        });
    }

    #[test]
    fn a_sine_at_each_semitone_peaks_in_its_bin() {
        for sample_rate_hz in [8_000, 22_050, 44_100, 48_000, 96_000] {
            for semitone in 0..84 {
                let bin = 3 * semitone;
                let frequency_hz = BINS.frequency_hz(bin);
                if frequency_hz > HIGHEST_AT_ALL * f64::from(sample_rate_hz) {
                    continue;
                }
                let mut settled = Vec::new();
                listen(sample_rate_hz, 0.8, |t| (2.0 * PI * frequency_hz * t).sin(), |_, now| settled = now.to_vec());
                let peak = (0..settled.len()).max_by(|&a, &b| settled[a].total_cmp(&settled[b]));
                assert_eq!(peak, Some(bin), "{frequency_hz} Hz at {sample_rate_hz} Hz");
                // After 0.8 s the lowest bin has settled to 1e-6; the mirror image of its sine is 70 dB down.
                assert!((settled[bin] - 1.0).abs() < 2e-3, "{} for {frequency_hz} Hz", settled[bin]);
                if frequency_hz > 130.0 {
                    let neighbours = [bin.checked_sub(3), Some(bin + 3)];
                    for neighbour in neighbours.into_iter().flatten().filter_map(|bin| settled.get(bin)) {
                        let down_db = -20.0 * (neighbour / settled[bin]).log10();
                        assert!(down_db >= 12.0, "{down_db} dB beside {frequency_hz} Hz at {sample_rate_hz} Hz");
                    }
                }
            }
        }
    }

    #[test]
    fn bins_that_the_rate_cannot_carry_stay_silent() {
        let mut settled = Vec::new();
        listen(8_000, 0.5, |t| (1e6 * t * t).sin(), |_, now| settled = now.to_vec());
        for (bin, &magnitude) in settled.iter().enumerate() {
            assert_eq!(magnitude == 0.0, BINS.frequency_hz(bin) >= 3_600.0, "{} Hz", BINS.frequency_hz(bin));
        }
    }

    /// The delay of a slow modulation is that of what a bin tells of: a tone at its centre swells and fades once in
    /// 4 s, and the phase of its magnitude at that rate is read off over two periods.
    #[test]
    fn a_bin_lags_as_declared() {
        const MODULATION_HZ: f64 = 0.25;
        for sample_rate_hz in [8_000, 44_100, 48_000, 96_000] {
            let rate = crate::input::AnalysisRate::for_input(sample_rate_hz);
            let constant_q = ConstantQ::new(BINS, rate.hz());
            for bin in (0..252).step_by(25) {
                let Some(declared_samples) = constant_q.bin_latency_samples(bin) else { continue };
                let frequency_hz = BINS.frequency_hz(bin);
                let signal =
                    |t: f64| (0.6 + 0.4 * (2.0 * PI * MODULATION_HZ * t).cos()) * (2.0 * PI * frequency_hz * t).cos();
                let (mut real, mut imaginary) = (0.0, 0.0);
                listen(sample_rate_hz, 9.5, signal, |seconds, magnitudes| {
                    if (1.0..9.0).contains(&(seconds - 1e-9)) {
                        let angle = 2.0 * PI * MODULATION_HZ * seconds;
                        real += f64::from(magnitudes[bin]) * angle.cos();
                        imaginary -= f64::from(magnitudes[bin]) * angle.sin();
                    }
                });
                let measured = -f64::atan2(imaginary, real) / (2.0 * PI * MODULATION_HZ);
                let declared = declared_samples / rate.hz();
                // The declared half sample of the octave's rate, and what the bin's width costs the modulation:
                // (0.25 Hz / 4 Hz)² of the delay.
                let octave_hz = rate.hz() / (BINS.level(bin / 36, rate.hz()) as f64).exp2();
                let tolerance = 0.5 / octave_hz + 0.004 * declared;
                assert!(
                    (measured - declared).abs() < tolerance,
                    "bin {bin} at {sample_rate_hz} Hz: {measured} s instead of {declared}"
                );
            }
        }
    }
}
