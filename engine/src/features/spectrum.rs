//! The short-time Fourier transform of the newest window.
//!
//! Audio thread once built. The window is periodic Hann and ends with the hop, so that its centre, and with it what
//! the spectrum tells of, lies half a window back. Choi et al., *A Tutorial on Deep Learning for Music Information
//! Retrieval* (2017), section 3.2.
//!
//! A window is transformed in up to four parts, so that no callback has to do all of it at once: part `r` is made of every
//! fourth sample from the `r`-th on, and the parts are put together by one stage of decimation in time (Cooley and Tukey,
//! *An algorithm for the machine calculation of complex Fourier series*, 1965).

use std::{f64::consts::TAU, fmt, ops::Range, sync::Arc};

use attacca_models::network::UnitCost;
use pulp::{Arch, NullaryFnOnce};
use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};

use super::{
    shared::Shared,
    window::{nearest_even_7_smooth, scaled_hann},
};
use crate::input::Hop;

/// Samples of a part that are not cut further.
const PART_SAMPLES: usize = 512;

/// Bins that are put together side by side.
const LANES: usize = 8;

/// Stretches in which the parts are put together.
const JOINTS: usize = 2;

/// Operations that a fast Fourier transform takes for each sample and halving, as slow as if they were so many: its
/// butterflies wait for memory.
const FLOPS_PER_HALVING: u64 = 6;

/// Operations for each sample that is windowed, taken out of its stride.
const FLOPS_PER_WINDOWED_SAMPLE: u64 = 4;

/// Operations for each bin that is put together, a square root among them.
const FLOPS_PER_BIN: u64 = 48;

/// Magnitudes of one window length; shared by every front end that asks for that length.
pub(crate) struct Spectrum {
    arch: Arch,
    tables: Arc<Tables>,
    windowed: Vec<f32>,
    /// `[part][bin]`.
    parts: Vec<Vec<Complex<f32>>>,
    scratch: Vec<Complex<f32>>,
    magnitudes: Vec<f32>,
}

/// What the transforms of one window length read.
struct Tables {
    /// `[part][sample]`.
    windows: Vec<Vec<f32>>,
    transform: Arc<dyn RealToComplex<f32>>,
    /// What turns bin `k` of part `r` before it is added to the others: `exp(−2π i r k / length)`, `[part][bin]`.
    turns: Vec<Vec<Complex<f32>>>,
}

impl Tables {
    /// Tables for a window of `window_samples` samples, an even number.
    fn new(window_samples: usize) -> Self {
        // The transforms of the parts are of even length too.
        let fits = |parts: &usize| window_samples.is_multiple_of(2 * parts);
        let parts = [1, 2, 4].into_iter().filter(fits).find(|parts| window_samples / parts <= PART_SAMPLES);
        let parts = parts.or_else(|| [4, 2].into_iter().find(fits)).unwrap_or(1);
        let transform = RealFftPlanner::new().plan_fft_forward(window_samples / parts);
        let window = scaled_hann(window_samples);
        let turn = |part: usize, bin: usize| {
            let angle = -TAU * (part * bin) as f64 / window_samples as f64;
            Complex::new(angle.cos() as f32, angle.sin() as f32)
        };
        Self {
            windows: (0..parts).map(|part| window.iter().skip(part).step_by(parts).copied().collect()).collect(),
            turns: (0..parts).map(|part| (0..transform.complex_len()).map(|bin| turn(part, bin)).collect()).collect(),
            transform,
        }
    }
}

impl Spectrum {
    /// Samples in a window of `window_seconds`.
    pub(crate) fn window_samples(window_seconds: f64, analysis_hz: f64) -> usize {
        nearest_even_7_smooth(window_seconds * analysis_hz)
    }

    /// A transform of `window_samples` samples, an even number.
    pub(crate) fn new(window_samples: usize) -> Self {
        static TABLES: Shared<usize, Tables> = Shared::new();
        let tables = TABLES.get(window_samples, || Tables::new(window_samples));
        Self {
            arch: Arch::new(),
            windowed: tables.transform.make_input_vec(),
            parts: vec![tables.transform.make_output_vec(); tables.windows.len()],
            scratch: tables.transform.make_scratch_vec(),
            magnitudes: vec![0.0; window_samples / 2 + 1],
            tables,
        }
    }

    /// Length of the window.
    pub(crate) fn length(&self) -> usize {
        self.tables.windows.iter().map(Vec::len).sum()
    }

    /// What each unit of a hop costs, in the order in which they run.
    pub(super) fn unit_costs(&self) -> Vec<UnitCost> {
        let samples = self.windowed.len() as u64;
        let part = samples * (FLOPS_PER_WINDOWED_SAMPLE + FLOPS_PER_HALVING * u64::from(samples.ilog2()));
        let joint = FLOPS_PER_BIN * (self.magnitudes.len() / JOINTS) as u64;
        let costs = std::iter::repeat_n(part, self.parts.len()).chain([joint; JOINTS]);
        costs.map(|flops| UnitCost { flops, weight_bytes: 0 }).collect()
    }

    /// Runs one unit of the work on the window that ends with this hop.
    pub(super) fn run_unit(&mut self, unit: usize, hop: &Hop<'_>) {
        match unit.checked_sub(self.parts.len()) {
            None => self.transform_part(unit, hop),
            Some(joint) => self.join(joint),
        }
    }

    /// Transforms the window that ends with this hop.
    #[cfg(test)]
    pub(crate) fn update(&mut self, hop: &Hop<'_>) {
        (0..self.unit_costs().len()).for_each(|unit| self.run_unit(unit, hop));
    }

    fn transform_part(&mut self, part: usize, hop: &Hop<'_>) {
        let samples = hop.newest(self.length());
        let windowed = &mut self.windowed;
        self.arch.dispatch(ApplyWindow { windows: &self.tables.windows, part, samples, windowed });
        let done =
            self.tables.transform.process_with_scratch(&mut self.windowed, &mut self.parts[part], &mut self.scratch);
        debug_assert!(done.is_ok(), "the transform made these buffers itself");
    }

    /// Puts the parts of some bins together.
    fn join(&mut self, joint: usize) {
        let bins = self.parts[0].len();
        let stretch = bins.div_ceil(JOINTS);
        let bins = (joint * stretch).min(bins)..((joint + 1) * stretch).min(bins);
        self.arch.dispatch(Join {
            parts: &self.parts,
            turns: &self.tables.turns,
            bins,
            magnitudes: &mut self.magnitudes,
        });
    }

    /// Magnitudes `[bin]` from 0 Hz to the Nyquist frequency; a full-scale sine peaks at 1.
    pub(crate) fn magnitudes(&self) -> &[f32] {
        &self.magnitudes
    }
}

/// Windows the samples of a part, compiled for every instruction set.
struct ApplyWindow<'a> {
    windows: &'a [Vec<f32>],
    part: usize,
    samples: &'a [f32],
    windowed: &'a mut [f32],
}

impl NullaryFnOnce for ApplyWindow<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        match self.windows.len() {
            4 => self.every::<4>(),
            2 => self.every::<2>(),
            _ => self.every::<1>(),
        }
    }
}

impl ApplyWindow<'_> {
    /// Windows every `PARTS`-th sample, from that of the part's number on.
    #[inline(always)]
    fn every<const PARTS: usize>(self) {
        // Below the length of a group as far as the compiler can see, so that it checks no index.
        let part = self.part % PARTS;
        let (groups, _) = self.samples.as_chunks::<PARTS>();
        for ((windowed, weight), group) in self.windowed.iter_mut().zip(&self.windows[part]).zip(groups) {
            *windowed = weight * group[part];
        }
    }
}

/// Puts the parts of some bins together, compiled for every instruction set.
struct Join<'a> {
    parts: &'a [Vec<Complex<f32>>],
    turns: &'a [Vec<Complex<f32>>],
    bins: Range<usize>,
    magnitudes: &'a mut [f32],
}

impl NullaryFnOnce for Join<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { parts, turns, bins, magnitudes } = self;
        match (parts, turns) {
            ([first, second, third, fourth], [_, turns @ ..]) => {
                join_four([first, second, third, fourth], turns, bins, magnitudes);
            }
            ([first, second], [_, turns]) => join_two(first, second, turns, bins, magnitudes),
            _ => {
                for (magnitude, bin) in magnitudes[bins.clone()].iter_mut().zip(&parts[0][bins]) {
                    *magnitude = (bin.re * bin.re + bin.im * bin.im).sqrt();
                }
            }
        }
    }
}

/// Bins `k` of the whole, of the mirror images of `k` and of those half-way: from bins `k` of four parts.
#[inline(always)]
fn join_four(parts: [&Vec<Complex<f32>>; 4], turns: &[Vec<Complex<f32>>], bins: Range<usize>, magnitudes: &mut [f32]) {
    let quarter = (magnitudes.len() - 1) / 2;
    let mut bin = bins.start;
    while bin < bins.end {
        let count = LANES.min(bins.end - bin);
        let zero = Lanes::of(&parts[0][bin..bin + count]);
        let one = Lanes::of(&parts[1][bin..bin + count]).times(Lanes::of(&turns[0][bin..bin + count]));
        let two = Lanes::of(&parts[2][bin..bin + count]).times(Lanes::of(&turns[1][bin..bin + count]));
        let three = Lanes::of(&parts[3][bin..bin + count]).times(Lanes::of(&turns[2][bin..bin + count]));
        let (even, even_difference) = (zero.plus(two), zero.minus(two));
        let (odd, odd_difference) = (one.plus(three), one.minus(three).times_minus_i());
        let (first, third) = (even.plus(odd).magnitudes(), even.minus(odd).magnitudes());
        let second = even_difference.plus(odd_difference).magnitudes();
        let fourth = even_difference.minus(odd_difference).magnitudes();
        for lane in 0..count {
            magnitudes[bin + lane] = first[lane];
            magnitudes[quarter + bin + lane] = second[lane];
            // Spectra of real signals are symmetric.
            magnitudes[2 * quarter - bin - lane] = third[lane];
            magnitudes[quarter - bin - lane] = fourth[lane];
        }
        bin += LANES;
    }
}

/// As [`join_four`], from two parts.
#[inline(always)]
fn join_two(
    even: &[Complex<f32>],
    odd: &[Complex<f32>],
    turns: &[Complex<f32>],
    bins: Range<usize>,
    magnitudes: &mut [f32],
) {
    let half = magnitudes.len() - 1;
    let mut bin = bins.start;
    while bin < bins.end {
        let count = LANES.min(bins.end - bin);
        let even = Lanes::of(&even[bin..bin + count]);
        let odd = Lanes::of(&odd[bin..bin + count]).times(Lanes::of(&turns[bin..bin + count]));
        let (first, second) = (even.plus(odd).magnitudes(), even.minus(odd).magnitudes());
        for lane in 0..count {
            magnitudes[bin + lane] = first[lane];
            magnitudes[half - bin - lane] = second[lane];
        }
        bin += LANES;
    }
}

/// Complex numbers side by side.
#[derive(Clone, Copy)]
struct Lanes {
    re: [f32; LANES],
    im: [f32; LANES],
}

impl Lanes {
    #[inline(always)]
    fn of(values: &[Complex<f32>]) -> Self {
        let mut lanes = Self { re: [0.0; LANES], im: [0.0; LANES] };
        for ((re, im), value) in lanes.re.iter_mut().zip(&mut lanes.im).zip(values) {
            (*re, *im) = (value.re, value.im);
        }
        lanes
    }

    #[inline(always)]
    fn plus(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.re[lane] += other.re[lane];
            self.im[lane] += other.im[lane];
        }
        self
    }

    #[inline(always)]
    fn minus(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.re[lane] -= other.re[lane];
            self.im[lane] -= other.im[lane];
        }
        self
    }

    #[inline(always)]
    fn times(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            let (re, im) = (self.re[lane], self.im[lane]);
            self.re[lane] = re * other.re[lane] - im * other.im[lane];
            self.im[lane] = re * other.im[lane] + im * other.re[lane];
        }
        self
    }

    #[inline(always)]
    fn times_minus_i(self) -> Self {
        let mut turned = Self { re: self.im, im: self.re };
        for im in &mut turned.im {
            *im = -*im;
        }
        turned
    }

    #[inline(always)]
    fn magnitudes(self) -> [f32; LANES] {
        let mut magnitudes = [0.0; LANES];
        for ((magnitude, re), im) in magnitudes.iter_mut().zip(&self.re).zip(&self.im) {
            *magnitude = (re * re + im * im).sqrt();
        }
        magnitudes
    }
}

impl fmt::Debug for Spectrum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spectrum").field("window_samples", &self.length()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use attacca_models::front_end::MAXIMUM_WINDOW_SECONDS;
    use proptest::prelude::*;

    #[test]
    fn a_full_scale_sine_peaks_at_1_in_its_bin() {
        let mut input = Input::new(44_100, 1).unwrap();
        let mut spectrum = Spectrum::new(2048);
        let radians = 2.0 * std::f64::consts::PI * 100.0 / 2048.0;
        let sine: Vec<f32> = (0..4_410).map(|n| (radians * f64::from(n)).sin() as f32).collect();
        input.push_interleaved(&sine, |hop| spectrum.update(hop));
        let magnitudes = spectrum.magnitudes();
        // f32 sums of 2,048 terms: a few parts in 10⁷.
        assert!((magnitudes[100] - 1.0).abs() < 1e-5);
        assert!((magnitudes[101] - 0.5).abs() < 1e-5 && magnitudes[103] < 1e-5);
    }

    #[test]
    fn parts_make_up_the_whole() {
        // Lengths that are cut in one, two and four, at common rates and at odd ones.
        for length in [2, 6, 50, 360, 512, 1_022, 1_024, 1_120, 2_048, 2_240, 2_250, 3_920] {
            let mut input = Input::new(44_100, 1).unwrap();
            let mut spectrum = Spectrum::new(length);
            let mut random = 1_u32;
            let noise = std::iter::repeat_with(|| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                random as f32 / u32::MAX as f32 - 0.5
            });
            let noise: Vec<f32> = noise.take(4_410).collect();
            input.push_interleaved(&noise, |hop| spectrum.update(hop));

            let transform = RealFftPlanner::<f64>::new().plan_fft_forward(length);
            let newest = &noise[noise.len() - length..];
            let mut windowed: Vec<f64> = newest
                .iter()
                .zip(scaled_hann(length))
                .map(|(&sample, weight)| f64::from(sample) * f64::from(weight))
                .collect();
            let mut expected = transform.make_output_vec();
            transform.process(&mut windowed, &mut expected).unwrap();
            assert_eq!(spectrum.magnitudes().len(), expected.len());
            for (bin, (&magnitude, expected)) in spectrum.magnitudes().iter().zip(&expected).enumerate() {
                // Single precision over the stages of a transform whose window sums to 2.
                assert!((f64::from(magnitude) - expected.norm()).abs() < 1e-6, "bin {bin} of {length}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]

        #[test]
        fn the_longest_window_fits_the_ring(sample_rate_hz in 8_000_u32..=384_000) {
            let mut input = Input::new(sample_rate_hz, 1).unwrap();
            let length = Spectrum::window_samples(MAXIMUM_WINDOW_SECONDS, input.analysis_rate().hz());
            let mut found = 0;
            input.push_interleaved(&[0.0; 4_200], |hop| found = hop.newest(length).len());
            prop_assert_eq!(found, length);
        }
    }
}
