//! Sounds without music: noises, hums, and the many small bursts of applause and rain.
//!
//! Nothing in them starts or recurs so that a listener would hear a note or a beat: levels change slowly, and bursts are
//! too many to be told apart.

use std::f32::consts::TAU;

use rand::Rng;

use super::SAMPLE_RATE;
use crate::{
    augment::{
        biquad::{Biquad, Kind},
        level::normalise,
    },
    compose::{Random, gaussian, pick},
};

/// Fewest and most bursts a second: from a hall that claps to heavy rain. Fewer would be heard one by one, as those of a
/// percussion band are.
const BURSTS_A_SECOND: [f64; 2] = [100.0, 900.0];

/// Kinds of burst in one sound: as many hands, or surfaces that drops fall on.
const BURST_SHAPES: usize = 24;

/// Time in seconds between two points of an envelope that wanders.
const WANDERING_SECONDS: [f64; 2] = [0.8, 4.0];

/// Deepest point of an envelope that wanders, in dB.
const DEEPEST_DB: f64 = -24.0;

/// Shortest and longest fade in seconds.
const FADE_SECONDS: [f64; 2] = [0.5, 5.0];

const RATE: f32 = SAMPLE_RATE as f32;

/// Noise of a random colour: white, pink, brown, or what a band of it leaves.
pub fn coloured(samples: usize, random: &mut Random) -> Vec<f32> {
    let mut audio: Vec<f32> = (0..samples).map(|_| gaussian(random) as f32).collect();
    match random.random_range(0..4) {
        0 => {}
        1 => pink(&mut audio),
        2 => lean(&mut audio, random.random_range(0.8..0.995)),
        _ => band(&mut audio, random),
    }
    if random.random_bool(0.4) {
        tilt(&mut audio, random);
    }
    normalise(&mut audio, 0.5);
    audio
}

/// A hum: a fundamental, that of the mains or of a motor, with harmonics, and a little noise.
pub fn hum(samples: usize, random: &mut Random) -> Vec<f32> {
    let is_mains = random.random_bool(0.6);
    let hz = if is_mains { pick(&[50.0, 60.0], random) } else { 10f32.powf(random.random_range(1.4..2.6)) };
    let harmonics = random.random_range(1..=30u16);
    let fall = random.random_range(0.5f32..2.0);
    let tones: Vec<(f32, f32)> = (1..=harmonics)
        .map(f32::from)
        .take_while(|harmonic| harmonic * hz < 0.4 * RATE)
        .map(|harmonic| (random.random_range(0.2..1.0) * harmonic.powf(-fall), random.random_range(0.0..TAU)))
        .collect();
    // A motor's speed wanders by up to 2 %, once in a few seconds; mains do not.
    let drift = if is_mains { 0.0 } else { random.random_range(0.0f32..0.02) };
    let drift_hz = random.random_range(0.05f32..0.4);
    let noise = 10f32.powf(random.random_range(-3.0..-1.0));
    let mut turn = 0.0f32;
    let mut audio = Vec::with_capacity(samples);
    for index in 0..samples {
        let wander = drift * (TAU * drift_hz * index as f32 / RATE).sin();
        // Whole turns of the fundamental are whole turns of its harmonics: the phase stays small and exact.
        turn = (turn + hz * (1.0 + wander) / RATE).fract();
        let tone = tones
            .iter()
            .zip(1u16..)
            .map(|((amplitude, phase), harmonic)| amplitude * (TAU * f32::from(harmonic) * turn + phase).sin());
        audio.push(tone.sum::<f32>() + noise * gaussian(random) as f32);
    }
    normalise(&mut audio, 0.5);
    audio
}

/// Applause, rain, a fire, crackle: many short bursts, nearer and further, each in a band of its own.
pub fn bursts(samples: usize, random: &mut Random) -> Vec<f32> {
    let [fewest, most] = BURSTS_A_SECOND;
    let a_second = fewest * (most / fewest).powf(random.random_range(0.0..1.0));
    let longest = random.random_range(0.001f32..0.012);
    let shapes: Vec<Vec<f32>> = (0..BURST_SHAPES).map(|_| burst(longest, random)).collect();
    // The higher, the more bursts are far away.
    let depth = random.random_range(1.0f32..2.5);
    let mut audio = vec![0.0; samples];
    for _ in 0..(a_second * samples as f64 / f64::from(SAMPLE_RATE)) as usize {
        let start = random.random_range(0..samples.max(1));
        let gain = random.random_range(0.05f32..1.0).powf(depth);
        let shape = &shapes[random.random_range(0..shapes.len())];
        audio.iter_mut().skip(start).zip(shape).for_each(|(out, sample)| *out += gain * sample);
    }
    normalise(&mut audio, 0.5);
    audio
}

/// Lets the level stay, wander or fade.
pub fn shape(audio: &mut [f32], random: &mut Random) {
    let seconds = audio.len() as f64 / f64::from(SAMPLE_RATE);
    match random.random_range(0..3) {
        0 => {}
        1 => wander(audio, random),
        _ => {
            let [shortest, longest] = FADE_SECONDS;
            let length = random.random_range(shortest..longest).min(seconds);
            let samples = (length * f64::from(SAMPLE_RATE)) as usize;
            let fade = |index: usize| index as f32 / samples as f32;
            if random.random_bool(0.5) {
                audio.iter_mut().take(samples).enumerate().for_each(|(index, sample)| *sample *= fade(index));
            } else {
                audio.iter_mut().rev().take(samples).enumerate().for_each(|(index, sample)| *sample *= fade(index));
            }
        }
    }
}

/// A level that goes from one random point to the next, in straight lines in dB.
fn wander(audio: &mut [f32], random: &mut Random) {
    let mut level_db = random.random_range(DEEPEST_DB..0.0);
    let mut rest = audio;
    while !rest.is_empty() {
        let seconds = random.random_range(WANDERING_SECONDS[0]..WANDERING_SECONDS[1]);
        let samples = seconds * f64::from(SAMPLE_RATE);
        let target_db = random.random_range(DEEPEST_DB..0.0);
        let (now, later) = rest.split_at_mut((samples as usize).min(rest.len()));
        for (index, sample) in now.iter_mut().enumerate() {
            let at = index as f64 / samples;
            *sample *= 10f64.powf((level_db + at * (target_db - level_db)) / 20.0) as f32;
        }
        (level_db, rest) = (target_db, later);
    }
}

/// A burst of noise in a band, at most 5 of its decays long; its peak is 1.
fn burst(longest_seconds: f32, random: &mut Random) -> Vec<f32> {
    let decay = longest_seconds * random.random_range(0.5f32..1.0) * RATE;
    let mut audio: Vec<f32> = (0..(5.0 * decay) as usize).map(|_| gaussian(random) as f32).collect();
    let centre_hz = 10f32.powf(random.random_range(2.6..3.8));
    Biquad::new(Kind::HighPass, 0.7 * centre_hz, 0.7, RATE).process(&mut audio);
    Biquad::new(Kind::LowPass, 1.4 * centre_hz, 0.7, RATE).process(&mut audio);
    audio.iter_mut().enumerate().for_each(|(index, sample)| *sample *= (-(index as f32) / decay).exp());
    normalise(&mut audio, 1.0);
    audio
}

/// Turns white noise into pink within half a dB between 20 Hz and 20 kHz: six one-pole filters side by side (Paul Kellet,
/// music-dsp list, 1999; coefficients for 44.1 kHz).
fn pink(audio: &mut [f32]) {
    const POLES: [f32; 6] = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
    const GAINS: [f32; 6] = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
    let mut states = [0.0f32; 6];
    let mut late = 0.0;
    for sample in audio {
        let white = *sample;
        for ((state, pole), gain) in states.iter_mut().zip(POLES).zip(GAINS) {
            *state = pole * *state + gain * white;
        }
        *sample = states.iter().sum::<f32>() + late + white * 0.5362;
        late = white * 0.115926;
    }
}

/// A one-pole low-pass filter.
fn lean(audio: &mut [f32], pole: f32) {
    let mut state = 0.0;
    for sample in audio {
        state = pole * state + (1.0 - pole) * *sample;
        *sample = state;
    }
}

/// Leaves one band, of half an octave to four.
fn band(audio: &mut [f32], random: &mut Random) {
    let low_hz = 10f32.powf(random.random_range(1.8..3.7));
    let high_hz = low_hz * 2f32.powf(random.random_range(0.5..4.0));
    for _ in 0..2 {
        Biquad::new(Kind::HighPass, low_hz, 0.7, RATE).process(audio);
        Biquad::new(Kind::LowPass, high_hz, 0.7, RATE).process(audio);
    }
}

/// Raises or lowers lows and highs.
fn tilt(audio: &mut [f32], random: &mut Random) {
    Biquad::new(Kind::LowShelf(random.random_range(-12.0..12.0)), 200.0, 0.7, RATE).process(audio);
    Biquad::new(Kind::HighShelf(random.random_range(-12.0..12.0)), 4000.0, 0.7, RATE).process(audio);
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::augment::level::root_mean_square;

    const SAMPLES: usize = 4 * SAMPLE_RATE as usize;

    /// Greatest level of a tenth of a second relative to the median one.
    fn greatest_rise(audio: &[f32]) -> f32 {
        let mut levels: Vec<f32> = audio.chunks_exact(SAMPLE_RATE as usize / 10).map(root_mean_square).collect();
        levels.sort_by(f32::total_cmp);
        levels[levels.len() - 1] / levels[levels.len() / 2]
    }

    #[test]
    fn noises_and_hums_keep_their_level_and_nothing_is_without_an_end() {
        for seed in 0..12 {
            let mut random = Random::seed_from_u64(seed);
            for audio in [coloured(SAMPLES, &mut random), hum(SAMPLES, &mut random)] {
                // Narrow and brown noise wander most: a tenth of a second holds few independent values of it.
                assert!(greatest_rise(&audio) < 5.0, "seed {seed}: {}", greatest_rise(&audio));
                let peak = audio.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
                assert!((peak - 0.5).abs() < 1e-3, "seed {seed}: {peak}");
            }
        }
    }

    #[test]
    fn pink_noise_falls_by_three_decibels_an_octave() {
        let mut random = Random::seed_from_u64(5);
        let mut audio: Vec<f32> = (0..8 * SAMPLES).map(|_| gaussian(&mut random) as f32).collect();
        pink(&mut audio);
        let in_octave = |low_hz: f32| {
            let mut part = audio.clone();
            for _ in 0..3 {
                Biquad::new(Kind::HighPass, low_hz, 0.7, RATE).process(&mut part);
                Biquad::new(Kind::LowPass, 2.0 * low_hz, 0.7, RATE).process(&mut part);
            }
            20.0 * root_mean_square(&part).log10()
        };
        // Octaves of pink noise are equally loud; of white noise these would be 9 dB apart.
        assert!((in_octave(500.0) - in_octave(4000.0)).abs() < 1.5, "{} {}", in_octave(500.0), in_octave(4000.0));
    }

    #[test]
    fn bursts_are_many() {
        for seed in 0..6 {
            let audio = bursts(SAMPLES, &mut Random::seed_from_u64(seed));
            // At the fewest, 10 bursts fall into a tenth of a second: their number varies by a third of itself, the
            // loudness of each by more.
            assert!(greatest_rise(&audio) < 6.0, "seed {seed}: {}", greatest_rise(&audio));
        }
    }

    #[test]
    fn envelopes_only_take_away_and_change_slowly() {
        for seed in 0..20 {
            let mut audio = vec![1.0f32; SAMPLES];
            shape(&mut audio, &mut Random::seed_from_u64(seed));
            assert!(audio.iter().all(|gain| (0.0..=1.0 + 1e-6).contains(gain)), "seed {seed}");
            // The steepest is 24 dB in the shortest time between two points: 0.4 dB a hop, or 4.5 % of full scale.
            let hop = SAMPLE_RATE as usize / 100;
            let steepest = audio.windows(hop + 1).map(|span| (span[hop] - span[0]).abs()).fold(0.0, f32::max);
            assert!(steepest < 0.045, "seed {seed}: {steepest}");
        }
    }
}
