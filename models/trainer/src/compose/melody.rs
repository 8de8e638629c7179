//! Melodies: a rhythmic motif, repeated and varied, over a walk through the scale.

use rand::Rng;

use super::{Event, Feel, Random, harmony::Key, pick};
use crate::score::{ChordSpan, chord::key_above};

/// Plays a melody over chords. Bars are counted from beat `first_downbeat`.
///
/// `busy` between 0 and 1 says how many of the steps get a note.
pub fn play(
    key: Key,
    spans: &[ChordSpan],
    feel: &Feel,
    first_downbeat: f64,
    busy: f64,
    random: &mut Random,
) -> Vec<Event> {
    let per_beat = f64::from(feel.steps_per_beat);
    let motif_steps = feel.steps() * 2;
    let motif: Vec<bool> = (0..motif_steps)
        .map(|step| {
            let weight = if feel.on_beat(step) { 1.3 } else { 0.7 };
            random.random_bool((busy * weight).clamp(0.0, 1.0))
        })
        .collect();
    let lowest = random.random_range(55..72);
    let ladder: Vec<u8> =
        (0..2).flat_map(|octave| key.scale.map(|step| key_above(lowest, key.tonic) + 12 * octave + step)).collect();
    let mut rung = ladder.len() / 2;
    let (rests, legato) = (random.random_range(0.0..0.35), random.random_range(0.4..1.0));
    let mut resting = false;
    let mut events: Vec<Event> = Vec::new();
    for span in spans {
        for step in 0..(span.length * per_beat).round() as usize {
            let from_bar =
                ((span.start - first_downbeat) * per_beat + step as f64).round().rem_euclid(motif_steps as f64);
            let in_motif = from_bar as usize;
            if in_motif == 0 {
                resting = random.random_bool(rests);
            }
            let plays = motif[in_motif] != random.random_bool(0.08);
            if resting || !plays {
                continue;
            }
            let move_by = pick(&[-3i32, -2, -1, -1, -1, 0, 1, 1, 1, 2, 4], random);
            rung = (rung as i32 + move_by).clamp(0, ladder.len() as i32 - 1) as usize;
            let mut pitch = ladder[rung];
            if feel.on_beat(in_motif) && random.random_bool(0.7) {
                let tones = span.chord.keys_above(pitch.saturating_sub(5));
                pitch = tones.into_iter().min_by_key(|tone| tone.abs_diff(pitch)).unwrap_or(pitch);
            }
            let in_bar = in_motif % feel.steps();
            let swung = feel.beat_of_step(in_bar) - in_bar as f64 / per_beat;
            let beat = span.start + step as f64 / per_beat + swung;
            if let Some(last) = events.last_mut() {
                last.length = ((beat - last.beat) * legato).min(3.0);
            }
            let velocity = if feel.on_beat(in_bar) { 100 } else { 90 };
            events.push(Event { beat, length: 1.0, key: pitch, velocity });
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::compose::harmony::progression;

    #[test]
    fn melodies_are_single_lines_in_order() {
        let mut random = Random::seed_from_u64(8);
        let mut silent = 0;
        for _ in 0..50 {
            let feel = Feel::draw(4, &mut random);
            let key = Key::draw(&mut random);
            let spans = progression(key, 8, 4, &mut random).spans;
            let events = play(key, &spans, &feel, 0.0, 0.4, &mut random);
            silent += usize::from(events.is_empty());
            for pair in events.windows(2) {
                assert!(pair[0].beat + pair[0].length <= pair[1].beat + 1e-9);
            }
        }
        // At most 1.5 % of the melodies rest through all four turns of their motif.
        assert!(silent <= 4, "{silent} of 50 melodies are silent");
    }
}
