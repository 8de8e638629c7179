//! Re-pitching by pitch-synchronous overlap-add, after Eric Moulines and Francis Charpentier: *Pitch-synchronous
//! waveform processing techniques for text-to-speech synthesis using diphones* (Speech Communication 1990).
//!
//! Two periods of the clip at a time are cut out under a Hann window and laid down again at the distance of the wanted
//! pitch; the envelope of the spectrum, which makes vowel and singer, stays. Reading the grains faster or slower moves
//! it.

use rand::Rng;

use super::{
    expression::{Line, Manner, SungSyllable},
    syllable::{Mark, Syllable},
};
use crate::{
    compose::{Random, gaussian},
    render::SAMPLE_RATE,
};

/// Level that every vowel is brought to.
const LEVEL: f32 = 0.1;

/// Standard deviation of the level of a period: 0.3 dB, a healthy voice's shimmer.
const SHIMMER: f32 = 0.035;

/// Seconds in which one syllable fades under the next.
const CROSSFADE_SECONDS: f64 = 0.03;

/// Seconds over which a voice fades in where its clip was cut.
const FADE_IN_SECONDS: f64 = 0.008;

/// Adds a syllable to `out`.
pub fn sing(
    out: &mut [f32],
    syllable: &Syllable,
    sung: &SungSyllable,
    line: &Line,
    manner: &Manner,
    random: &mut Random,
) {
    let rate = f64::from(SAMPLE_RATE);
    let length = sung.end - sung.start;
    // A long consonant before a short note would leave no room for its vowel.
    let lead = (syllable.beat as f64 / rate).min(0.2).min(if sung.is_first { 0.2 } else { 0.6 * length });
    let begin = sung.start - lead;
    let release = if sung.is_joined { CROSSFADE_SECONDS } else { manner.release.min(0.5 * length) };
    let end = sung.end + if sung.is_joined { 0.0 } else { 0.3 * release };
    let fade_in = if sung.is_first { FADE_IN_SECONDS } else { CROSSFADE_SECONDS };
    let [first, last] = syllable.vowel.map(|index| syllable.marks[index].at as f64);
    let mut reader = syllable.beat as f64 - lead * rate;
    let mut speed = 1.0;
    let room = length * rate;
    let vowel_speed = ((last - first) / room.max(1.0)).clamp(0.3, 1.0);
    let mut time = begin.max(0.0);
    let swell = 0.25 * gaussian(random) as f32;
    while time < end {
        let mark = nearest(&syllable.marks, reader);
        let voiced_step = rate / line.hz(time);
        let step = if mark.voiced { voiced_step } else { mark.period as f64 };
        let progress = ((time - sung.start) / length).clamp(0.0, 1.0) as f32;
        let envelope = ((time - begin) / fade_in).min((end - time) / release).clamp(0.0, 1.0) as f32;
        let shape = (0.5 - 0.5 * (std::f32::consts::PI * envelope).cos()) * (1.0 + swell * (progress - 0.5));
        let shimmer = if mark.voiced { 1.0 + SHIMMER * gaussian(random) as f32 } else { 1.0 };
        let overlap = if mark.voiced { (step * manner.formants / mark.period as f64).sqrt() as f32 } else { 1.0 };
        let gain = LEVEL / syllable.level * mark.gain * shape * shimmer * overlap * sung.gain;
        lay(out, time * rate, &syllable.audio, mark, if mark.voiced { manner.formants } else { 1.0 }, gain);
        time += step / rate;
        reader += speed * step;
        // In the vowel the reader goes to and fro, never quite the same way twice.
        if reader > first && reader + step > last.min(first + room) && speed > 0.0 && reader > last - 2.0 * step {
            speed = -vowel_speed * random.random_range(0.5..1.1);
        } else if speed < 0.0 && reader < first + random.random_range(0.0..0.3) * (last - first) {
            speed = vowel_speed * random.random_range(0.5..1.1);
        }
        reader = reader.min(last);
    }
}

/// The mark nearest to a sample.
fn nearest(marks: &[Mark], sample: f64) -> Mark {
    let after = marks.partition_point(|mark| (mark.at as f64) < sample).min(marks.len() - 1);
    let before = after.saturating_sub(1);
    let distance = |index: usize| (marks[index].at as f64 - sample).abs();
    marks[if distance(before) < distance(after) { before } else { after }]
}

/// Adds a grain around `centre`, read `speed` times as fast as it was recorded.
fn lay(out: &mut [f32], centre: f64, audio: &[f32], mark: Mark, speed: f64, gain: f32) {
    let half = mark.period as f64 / speed;
    let from = (centre - half).ceil().max(0.0) as usize;
    let to = ((centre + half) as usize).min(out.len());
    for (index, out) in out.iter_mut().enumerate().take(to).skip(from) {
        let offset = index as f64 - centre;
        let window = 0.5 + 0.5 * (std::f64::consts::PI * offset / half).cos();
        *out += gain * window as f32 * at(audio, mark.at as f64 + offset * speed);
    }
}

/// The value between two samples; 0 outside.
fn at(audio: &[f32], position: f64) -> f32 {
    let before = position.floor();
    let index = before as isize;
    let sample = |index: isize| usize::try_from(index).ok().and_then(|index| audio.get(index)).copied().unwrap_or(0.0);
    let part = (position - before) as f32;
    sample(index) + part * (sample(index + 1) - sample(index))
}
