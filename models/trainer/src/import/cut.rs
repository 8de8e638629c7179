//! Long recordings in excerpts: the labels of a stretch, moved so that it starts at 0.

use crate::{
    data::{Labels, labels::Annotation},
    score::{TimedChord, TimedKey, overlap},
};

/// Longest excerpt in seconds.
pub const LONGEST_SECONDS: f64 = 60.0;

/// The starts of equally long excerpts of a recording, none longer than [`LONGEST_SECONDS`], in samples; the last entry
/// is the end.
pub fn bounds(samples: usize, sample_rate_hz: u32) -> Vec<usize> {
    let seconds = samples as f64 / f64::from(sample_rate_hz);
    let excerpts = (seconds / LONGEST_SECONDS).ceil().max(1.0) as usize;
    // Floor of the share, so that neighbours meet; the largest excerpt exceeds the mean by less than a sample.
    (0..=excerpts).map(|index| samples * index / excerpts).collect()
}

/// The labels of the stretch from `start` that lasts `length` seconds.
pub fn labels(labels: &Labels, start: f64, length: f64) -> Labels {
    let within = |time: &f64| (start..start + length).contains(time);
    Labels {
        onsets: labels.onsets.as_ref().map(|onsets| Annotation {
            values: onsets.values.iter().filter(|time| within(time)).map(|time| time - start).collect(),
            masked: stretches(&onsets.masked, start, length),
        }),
        beats: labels.beats.as_ref().map(|beats| {
            let mut values: Vec<_> = beats.values.iter().filter(|beat| within(&beat.time)).copied().collect();
            values.iter_mut().for_each(|beat| beat.time -= start);
            Annotation { values, masked: stretches(&beats.masked, start, length) }
        }),
        chords: labels.chords.as_ref().map(|chords| {
            let cut = chords.values.iter().filter_map(|chord| {
                let [start, end] = overlap([chord.start, chord.end], start, length)?;
                Some(TimedChord { start, end, label: chord.label.clone() })
            });
            Annotation { values: cut.collect(), masked: stretches(&chords.masked, start, length) }
        }),
        voice: labels.voice.as_ref().map(|voice| Annotation {
            values: stretches(&voice.values, start, length),
            masked: stretches(&voice.masked, start, length),
        }),
        keys: labels.keys.as_ref().map(|keys| {
            let cut = keys.values.iter().filter_map(|key| {
                let [start, end] = overlap([key.start, key.end], start, length)?;
                Some(TimedKey { start, end, ..*key })
            });
            Annotation { values: cut.collect(), masked: stretches(&keys.masked, start, length) }
        }),
    }
}

fn stretches(all: &[[f64; 2]], start: f64, length: f64) -> Vec<[f64; 2]> {
    all.iter().filter_map(|stretch| overlap(*stretch, start, length)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_equal_and_none_is_too_long() {
        assert_eq!(bounds(600, 10), [0, 600]);
        assert_eq!(bounds(610, 10), [0, 305, 610]);
    }

    #[test]
    fn labels_and_masks_move_with_their_excerpt() {
        let whole = Labels {
            onsets: Some(Annotation { values: vec![9.0, 10.0, 14.0, 15.0], masked: vec![[8.0, 11.0], [20.0, 21.0]] }),
            voice: Some(Annotation::unmasked(vec![[12.0, 30.0]])),
            ..Labels::default()
        };
        let cut = labels(&whole, 10.0, 5.0);
        assert_eq!(cut.onsets, Some(Annotation { values: vec![0.0, 4.0], masked: vec![[0.0, 1.0]] }));
        assert_eq!(cut.voice, Some(Annotation::unmasked(vec![[2.0, 5.0]])));
        assert_eq!(cut.beats, None);
    }
}
