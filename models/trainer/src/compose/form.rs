//! Whole pieces: sections in which instruments come and go over one harmony and one pulse.

use rand::Rng;

use super::{
    Event, Feel, Random, bass, comping::Manner, drums, harmony, harmony::Key, melody, perform, pick, pulse,
    pulse::Pulse, style::Style,
};
use crate::score::{BeatGrid, ChordSpan, Part, Role, Score};

/// What kind of pieces to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form<'a> {
    /// Length of a piece in seconds, more or less.
    pub seconds: f64,
    /// Probability of drums.
    pub drums: f64,
    /// Probability of a tempo that ramps, steps or breathes.
    pub free_tempo: f64,
    /// Names of the styles to draw from; all where there is none.
    pub styles: &'a [String],
}

/// A stretch of bars with the same players.
#[derive(Clone, Debug, PartialEq)]
struct Section {
    first_bar: usize,
    bars: usize,
    /// Drums, bass, first and second accompaniment, melody.
    players: [bool; 5],
    /// Bars at the end in which the drums are silent.
    drum_break: usize,
}

/// Probability that the drums have a section to themselves: no chord is played there.
const DRUM_SOLO_SHARE: f64 = 0.07;

/// Probability that a section's drums play something new: half-time and double-time stand side by side in one piece, and
/// the beat is counted as before.
const NEW_PATTERN_SHARE: f64 = 0.3;

/// Draws a piece; `None` if it would have no two beats.
pub fn piece(form: Form<'_>, random: &mut Random) -> Option<Score> {
    let style = Style::draw(form.styles, random);
    let beats_per_bar = style.beats_per_bar;
    let bpm = style.bpm(random);
    let feel = style.feel(bpm, random);
    let bar_count = (form.seconds * bpm / 60.0 / f64::from(beats_per_bar)).ceil() as usize + 2;
    let pickup = if random.random_bool(0.2) { random.random_range(0..beats_per_bar) } else { 0 };
    let start = random.random_range(0.0..1.5);
    let beats = bar_count * usize::from(beats_per_bar) + usize::from(pickup);
    let grid = pulse::draw(
        Pulse { bpm, beats, beats_per_bar, pickup, start, free: (style.freedom * form.free_tempo).min(1.0) },
        random,
    )?;
    let key = Key::draw(random);
    let downbeat = f64::from(pickup);
    let harmony = harmony::progression(key, bar_count, beats_per_bar, random);
    let keys = harmony.timed_keys(&grid, downbeat, 1.0);
    let spans: Vec<ChordSpan> =
        harmony.spans.into_iter().map(|span| ChordSpan { start: span.start + downbeat, ..span }).collect();
    let sections = sections(bar_count, (style.drums_share * form.drums).min(1.0), random);
    let piece = Piece { style, feel, grid, key, spans, downbeat, sections };
    let chords = piece.spans.iter().map(|span| span.timed(&piece.grid, 0.0)).collect();
    Some(Score { parts: piece.parts(random), beats: piece.grid.beats().to_vec(), chords, keys })
}

fn sections(bar_count: usize, drums: f64, random: &mut Random) -> Vec<Section> {
    let has_drums = random.random_bool(drums);
    let chance = [if has_drums { 0.85 } else { 0.0 }, 0.75, 0.75, 0.35, 0.5];
    let dense = random.random_bool(0.75);
    let mut first_bar = 0;
    let mut sections = Vec::new();
    while first_bar < bar_count {
        let bars = pick(&[2, 4, 4, 8, 8], random).min(bar_count - first_bar);
        let mut players = chance.map(|chance| random.random_bool(chance * if dense { 1.0 } else { 0.6 }));
        if first_bar == 0 && random.random_bool(0.4) {
            players = [false; 5];
        }
        if has_drums && random.random_bool(DRUM_SOLO_SHARE) {
            players = [true, false, false, false, false];
        }
        if !players.contains(&true) {
            players[random.random_range(usize::from(!has_drums)..5)] = true;
        }
        let drum_break = if random.random_bool(0.15) { random.random_range(1..=4) } else { 0 };
        sections.push(Section { first_bar, bars, players, drum_break });
        first_bar += bars;
    }
    sections
}

struct Piece {
    style: Style,
    feel: Feel,
    grid: BeatGrid,
    key: Key,
    spans: Vec<ChordSpan>,
    downbeat: f64,
    sections: Vec<Section>,
}

impl Piece {
    fn parts(&self, random: &mut Random) -> Vec<Part> {
        let first = Manner::draw(self.style.comping(random), &self.feel, random).play(
            &self.spans,
            &self.feel,
            self.downbeat,
            random,
        );
        let second = Manner::draw(self.style.comping(random), &self.feel, random).play(
            &self.spans,
            &self.feel,
            self.downbeat,
            random,
        );
        let line = bass::play(self.style.bass(random), &self.spans, &self.feel, self.downbeat, random);
        let busy = random.random_range(0.15..0.65);
        let mut tune = melody::play(self.key, &self.spans, &self.feel, self.downbeat, busy, random);
        let upbeat = self.upbeat(&tune);
        tune = self.played_by(4, &tune);
        tune.extend(upbeat);
        let layers = [
            (Role::Drums, self.drums(random)),
            (Role::Bass, self.played_by(1, &line)),
            (Role::Accompaniment, self.played_by(2, &first)),
            (Role::Accompaniment, self.played_by(3, &second)),
            (Role::Melody, tune),
        ];
        let looseness = pick(&[0.0, 0.003, 0.006, 0.010], random);
        let touch = random.random_range(2.0..10.0);
        layers
            .into_iter()
            .map(|(role, events)| {
                let looseness = if role == Role::Drums { 0.6 * looseness } else { looseness };
                Part { role, program: 0, notes: perform(&events, &self.grid, looseness, touch, random) }
            })
            .filter(|part| !part.notes.is_empty())
            .collect()
    }

    /// The events that fall into sections in which a player plays.
    fn played_by(&self, player: usize, events: &[Event]) -> Vec<Event> {
        let plays = |event: &&Event| {
            let bar = ((event.beat - self.downbeat) / f64::from(self.feel.beats_per_bar)).floor();
            self.sections.iter().any(|section| {
                let bars = section.first_bar as f64..(section.first_bar + section.bars) as f64;
                section.players[player] && bars.contains(&bar)
            })
        };
        events.iter().filter(plays).copied().collect()
    }

    /// The end of the melody's first bar, moved in front of the first downbeat.
    fn upbeat(&self, tune: &[Event]) -> Vec<Event> {
        let bar = f64::from(self.feel.beats_per_bar);
        tune.iter()
            .filter(|event| (bar..bar + self.downbeat).contains(&event.beat) && self.downbeat > 0.0)
            .map(|event| Event { beat: event.beat - bar, ..*event })
            .collect()
    }

    fn drums(&self, random: &mut Random) -> Vec<Event> {
        let mut family = self.style.drums(random);
        let mut pattern = drums::Pattern::draw(family, &self.feel, random);
        let fills = random.random_range(0.0..0.9);
        let mut events = Vec::new();
        for section in self.sections.iter().filter(|section| section.players[0]) {
            if random.random_bool(NEW_PATTERN_SHARE) {
                family = self.style.drums(random);
                pattern = drums::Pattern::draw(family, &self.feel, random);
            }
            let pattern = if random.random_bool(0.5) { pattern.varied(&self.feel, random) } else { pattern.clone() };
            let sounding = section.bars.saturating_sub(section.drum_break);
            for bar in 0..sounding {
                let bar_start = self.downbeat + (section.first_bar + bar) as f64 * f64::from(self.feel.beats_per_bar);
                let mut hits = pattern.bar(&self.feel, bar_start);
                if bar == 0 && family != drums::Family::Hands && random.random_bool(0.6) {
                    events.push(drums::crash(bar_start, random));
                }
                if bar + 1 == sounding && random.random_bool(fills) {
                    let beats = random.random_range(1..=2);
                    let from = bar_start + f64::from(self.feel.beats_per_bar - beats);
                    hits.retain(|hit| hit.beat < from);
                    hits.extend(drums::fill(&self.feel, bar_start, beats, random));
                }
                events.extend(hits);
            }
        }
        if self.sections.first().is_some_and(|section| !section.players[0]) && random.random_bool(0.15) {
            events.extend(drums::count_in(&self.feel, self.downbeat, random));
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const FORM: Form<'_> = Form { seconds: 30.0, drums: 0.7, free_tempo: 0.4, styles: &[] };

    #[test]
    fn the_same_seed_writes_the_same_piece() {
        let write = |seed| piece(FORM, &mut Random::seed_from_u64(seed)).unwrap();
        assert_eq!(write(21), write(21));
        assert_ne!(write(21), write(22));
    }

    #[test]
    fn pieces_sound_throughout_and_have_bars() {
        for seed in 0..100 {
            let score = piece(FORM, &mut Random::seed_from_u64(seed)).unwrap();
            assert!(score.end() > 15.0, "seed {seed} ends at {} s", score.end());
            assert!(score.beats.iter().any(|beat| beat.position == 1));
            assert!(score.parts.iter().flat_map(|part| &part.notes).all(|note| note.offset > note.onset));
        }
    }
}
