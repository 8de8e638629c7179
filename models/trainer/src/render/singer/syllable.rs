//! A recorded syllable, cut out and marked for re-pitching.

use super::pitch::HOP_SECONDS;
use crate::render::SAMPLE_RATE;

/// Samples from one mark to the next where nothing is periodic: 5 ms, short enough to keep the shape of a plosive.
const UNVOICED_STEP: usize = 220;

/// Shortest steady part that can be sung on, in seconds.
const SHORTEST_SUSTAINED: f64 = 0.07;

/// Share of a sustained part's frames that must have a pitch, and one near the median.
const STEADY_SHARE: f64 = 0.7;

/// How far from the median a frame's pitch may lie, as a factor: two semitones.
const STEADY_FACTOR: f64 = 1.122;

/// The same for speech, whose pitch falls through a word: five semitones.
const SPOKEN_FACTOR: f64 = 1.335;

/// A point that grains are centred on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Its sample.
    pub at: usize,
    /// Samples to the next mark.
    pub period: usize,
    /// Whether the audio is periodic here.
    pub voiced: bool,
    /// Gain that brings the part to its syllable's level.
    pub gain: f32,
}

/// A syllable.
#[derive(Clone, Debug, PartialEq)]
pub struct Syllable {
    /// The audio, at [`SAMPLE_RATE`], from the consonant on.
    pub audio: Vec<f32>,
    /// The sample that falls on the start of a note.
    pub beat: usize,
    /// First and last mark of the vowel.
    pub vowel: [usize; 2],
    /// Its marks, in order.
    pub marks: Vec<Mark>,
    /// The vowel's pitch in Hz.
    pub hz: f64,
    /// The vowel's root mean square.
    pub level: f32,
}

/// Where a syllable lies in a clip, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Start of the consonant.
    pub start: f64,
    /// What falls on the start of a note.
    pub beat: f64,
    /// The part that may be stretched.
    pub sustained: [f64; 2],
    /// Whether it was spoken, so that its pitch need not be steady.
    pub spoken: bool,
}

/// The syllables of spoken words: each stretch with a pitch is the vowel of one, and what lies before is its
/// consonant.
pub fn cuts_of_speech(pitches: &[Option<f64>]) -> Vec<Cut> {
    const LONGEST_CONSONANT: f64 = 0.12;
    let mut cuts: Vec<Cut> = Vec::new();
    let mut free_from = 0.0f64;
    let mut frame = 0;
    while frame < pitches.len() {
        let length = pitches[frame..].iter().take_while(|pitch| pitch.is_some()).count();
        if length > 0 {
            let (start, end) = (frame as f64 * HOP_SECONDS, (frame + length) as f64 * HOP_SECONDS);
            let sustained = [start + 0.25 * (end - start), end - 0.2 * (end - start)];
            let consonant = free_from.max(start - LONGEST_CONSONANT);
            cuts.push(Cut { start: consonant, beat: start, sustained, spoken: true });
            free_from = end;
        }
        frame += length.max(1);
    }
    cuts
}

impl Syllable {
    /// Cuts a syllable out of a clip whose pitch was tracked; `None` if its vowel is too short, noisy or unsteady.
    pub fn cut(clip: &[f32], pitches: &[Option<f64>], cut: Cut) -> Option<Self> {
        let rate = f64::from(SAMPLE_RATE);
        let [from, to] = cut.sustained;
        let frames = pitches.get((from / HOP_SECONDS) as usize..((to / HOP_SECONDS) as usize).min(pitches.len()))?;
        if (frames.len() as f64) * HOP_SECONDS < SHORTEST_SUSTAINED {
            return None;
        }
        let mut found: Vec<f64> = frames.iter().flatten().copied().collect();
        found.sort_by(f64::total_cmp);
        let hz = *found.get(found.len() / 2)?;
        let factor = if cut.spoken { SPOKEN_FACTOR } else { STEADY_FACTOR };
        let is_steady = |pitch: f64| (1.0 / factor..factor).contains(&(pitch / hz));
        let steady = found.iter().filter(|pitch| is_steady(**pitch)).count();
        if (steady as f64) < STEADY_SHARE * frames.len() as f64 {
            return None;
        }
        let start = (cut.start.max(0.0) * rate) as usize;
        let end = ((to * rate) as usize + UNVOICED_STEP).min(clip.len());
        let audio = clip.get(start..end)?.to_vec();
        let pitch_at = |sample: usize| {
            let frame = ((start + sample) as f64 / rate / HOP_SECONDS).round() as usize;
            pitches.get(frame).copied().flatten().filter(|pitch| (0.6..1.6).contains(&(pitch / hz)))
        };
        let mut marks = marks(&audio, pitch_at);
        let vowel_from = ((from * rate) as usize).saturating_sub(start);
        let vowel = [marks.iter().position(|mark| mark.at >= vowel_from)?, marks.len().checked_sub(3)?];
        if vowel[1] < vowel[0] + 4 {
            return None;
        }
        let local = |mark: &Mark| {
            let around = &audio[mark.at.saturating_sub(mark.period)..(mark.at + mark.period).min(audio.len())];
            crate::augment::level::root_mean_square(around)
        };
        let levels: Vec<f32> = marks.iter().map(local).collect();
        let mut sorted = levels[vowel[0]..vowel[1]].to_vec();
        sorted.sort_by(f32::total_cmp);
        let level = sorted[sorted.len() / 2];
        if level < 1e-3 {
            return None;
        }
        for (index, mark) in marks.iter_mut().enumerate() {
            if index >= vowel[0] {
                mark.gain = (level / levels[index].max(1e-6)).powf(0.8).clamp(0.3, 3.0);
            }
        }
        let beat = ((cut.beat * rate) as usize).saturating_sub(start);
        Some(Self { audio, beat, vowel, marks, hz, level })
    }
}

/// Marks a period apart, found by correlation, where there is a pitch; marks of a fixed step elsewhere.
fn marks(audio: &[f32], pitch_at: impl Fn(usize) -> Option<f64>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut at = 0;
    let mut voiced = false;
    while at + UNVOICED_STEP < audio.len() {
        let Some(hz) = pitch_at(at) else {
            marks.push(Mark { at, period: UNVOICED_STEP, voiced: false, gain: 1.0 });
            (at, voiced) = (at + UNVOICED_STEP, false);
            continue;
        };
        let period = (f64::from(SAMPLE_RATE) / hz).round() as usize;
        if !voiced {
            // A voice starts with a pulse: grains are centred on pulses, so that none is torn in two.
            let ahead = &audio[at..(at + period).min(audio.len())];
            let peak = (0..ahead.len()).max_by(|a, b| ahead[*a].abs().total_cmp(&ahead[*b].abs())).unwrap_or(0);
            at += peak;
            voiced = true;
        }
        let step = best_step(audio, at, period);
        marks.push(Mark { at, period: step, voiced: true, gain: 1.0 });
        at += step;
    }
    marks
}

/// The step near `period` after which the audio is most like what it was.
fn best_step(audio: &[f32], at: usize, period: usize) -> usize {
    let (shortest, longest) = (period - period / 8, period + period / 8);
    let half = period * 3 / 4;
    let from = at.saturating_sub(half);
    let to = (at + half).min(audio.len().saturating_sub(longest));
    if to <= from {
        return period;
    }
    let likeness = |step: usize| {
        let (mut product, mut energy) = (0.0f32, 1e-9f32);
        for (now, later) in audio[from..to].iter().zip(&audio[from + step..to + step]) {
            product += now * later;
            energy += later * later;
        }
        product / energy.sqrt()
    };
    (shortest..=longest).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap_or(period)
}
