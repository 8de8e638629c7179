//! Drum patterns: drawn from a table of probabilities for each family, then kept for a section.

use rand::Rng;

use super::{Event, Feel, Random, pick, weighted};

const KICK: u8 = 36;
const SIDE_STICK: u8 = 37;
const SNARE: u8 = 38;
const CLAP: u8 = 39;
const CLOSED_HAT: u8 = 42;
const PEDAL_HAT: u8 = 44;
const OPEN_HAT: u8 = 46;
const CRASH: u8 = 49;
const RIDE: u8 = 51;
const TOMS: [u8; 5] = [50, 48, 47, 45, 43];
const TIMEKEEPERS: [u8; 8] = [CLOSED_HAT, CLOSED_HAT, CLOSED_HAT, RIDE, 53, 54, 69, 70];
const HAND_DRUMS: [u8; 8] = [60, 61, 62, 63, 64, 65, 66, 56];

/// What a drummer plays, by where the weight lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Kick on the strong beats, snare on the weak ones.
    Backbeat,
    /// Kick on every beat.
    EveryBeat,
    /// Snare in the middle of the bar only.
    HalfTime,
    /// Ride or brushes carry the time, kick and snare comment.
    Ride,
    /// Hand drums and shakers without a kit.
    Hands,
    /// Next to nothing.
    Sparse,
    /// As the back beat, with the stick across the rim.
    CrossStick,
    /// Quick: the second kick of the bar comes half a beat after its third.
    Breakbeat,
    /// Kick in sixteenths around the first beat, snare on the weak beats with soft strokes between.
    Funk,
    /// Kick anywhere after the first beat, snare on the weak beats.
    HipHop,
    /// Kick and rim on the third beat only.
    OneDrop,
    /// Kick on every beat, snare on the third.
    Steppers,
    /// Dotted kick under a clave on the rim.
    Bossa,
    /// Low drum on the second of two beats, led to by sixteenths.
    Samba,
    /// Kick on the strong beats, snare on the weak ones and in rolls.
    March,
    /// Brushes on every step, the weak beats louder.
    Train,
    /// Kick on every half beat.
    DoubleKick,
    /// Kick on every quarter of a beat.
    SixteenthKick,
    /// Kick on the beat and twice after its middle.
    Gallop,
    /// Kick on every beat, snare between them.
    Skank,
    /// Kick on every half beat, snare between them.
    Blast,
    /// Kick and snare together on every half beat.
    Hammer,
}

/// Every half beat of a bar.
const HALVES: &[(f64, f64)] =
    &[(0.0, 0.99), (0.5, 0.95), (1.0, 0.95), (1.5, 0.95), (2.0, 0.99), (2.5, 0.95), (3.0, 0.95), (3.5, 0.95)];

/// What lies between the half beats.
const BETWEEN_HALVES: &[(f64, f64)] =
    &[(0.25, 0.95), (0.75, 0.95), (1.25, 0.95), (1.75, 0.95), (2.25, 0.95), (2.75, 0.95), (3.25, 0.95), (3.75, 0.95)];

/// Where kick and snare fall, in beats of a bar, and how probable each stroke is.
struct Figure {
    kick: &'static [(f64, f64)],
    snare: &'static [(f64, f64)],
    /// The drums that may take the snare's part.
    on: &'static [u8],
}

/// A pattern of one bar: step, key, velocity.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    family: Family,
    hits: Vec<(usize, u8, u8)>,
}

impl Family {
    /// Draws a family of those that suit any metre.
    pub fn draw(random: &mut Random) -> Self {
        const ALL: [Family; 6] =
            [Family::Backbeat, Family::EveryBeat, Family::HalfTime, Family::Ride, Family::Hands, Family::Sparse];
        ALL[weighted(&[4.0, 1.5, 1.0, 1.5, 1.0, 0.7], random)]
    }

    /// The figure of a family that has one.
    const fn figure(self) -> Option<Figure> {
        const WEAK: &[(f64, f64)] = &[(1.0, 0.97), (3.0, 0.97)];
        Some(match self {
            Self::CrossStick => Figure {
                kick: &[(0.0, 0.95), (2.0, 0.7), (1.5, 0.3), (2.5, 0.3), (3.5, 0.2)],
                snare: WEAK,
                on: &[SIDE_STICK],
            },
            Self::Breakbeat => Figure {
                kick: &[(0.0, 0.98), (2.5, 0.9), (0.5, 0.12), (1.5, 0.2), (3.5, 0.15), (2.0, 0.1)],
                snare: &[(1.0, 0.98), (3.0, 0.98), (1.75, 0.4), (2.25, 0.4), (3.75, 0.3)],
                on: &[SNARE, SNARE, 40],
            },
            Self::Funk => Figure {
                kick: &[
                    (0.0, 0.98),
                    (0.75, 0.4),
                    (1.5, 0.3),
                    (2.5, 0.6),
                    (2.75, 0.3),
                    (2.0, 0.3),
                    (3.5, 0.3),
                    (3.75, 0.15),
                ],
                snare: &[(1.0, 0.98), (3.0, 0.98), (1.75, 0.35), (2.25, 0.45), (3.75, 0.3), (0.5, 0.1)],
                on: &[SNARE, SNARE, 40],
            },
            Self::HipHop => Figure {
                kick: &[
                    (0.0, 0.98),
                    (0.5, 0.2),
                    (1.5, 0.35),
                    (1.75, 0.35),
                    (2.0, 0.25),
                    (2.5, 0.5),
                    (2.75, 0.25),
                    (3.5, 0.3),
                ],
                snare: WEAK,
                on: &[SNARE, CLAP, 40],
            },
            Self::OneDrop => Figure {
                kick: &[(2.0, 0.98), (0.0, 0.08)],
                snare: &[(2.0, 0.8), (3.5, 0.15), (1.5, 0.1)],
                on: &[SIDE_STICK, SIDE_STICK, SNARE],
            },
            Self::Steppers => Figure {
                kick: &[(0.0, 0.98), (1.0, 0.98), (2.0, 0.98), (3.0, 0.98)],
                snare: &[(2.0, 0.95), (3.5, 0.15)],
                on: &[SIDE_STICK, SNARE],
            },
            Self::Bossa => Figure {
                kick: &[(0.0, 0.97), (1.5, 0.85), (2.0, 0.9), (3.5, 0.85)],
                snare: &[(0.0, 0.5), (1.0, 0.4), (1.5, 0.6), (2.5, 0.4), (3.0, 0.6)],
                on: &[SIDE_STICK],
            },
            Self::Samba => Figure {
                kick: &[(0.0, 0.8), (0.75, 0.6), (1.0, 0.97), (1.75, 0.6)],
                snare: &[(0.0, 0.4), (0.25, 0.3), (0.5, 0.5), (0.75, 0.4), (1.25, 0.5), (1.5, 0.4), (1.75, 0.4)],
                on: &[SIDE_STICK, SNARE, 40],
            },
            Self::March => Figure {
                kick: &[(0.0, 0.97), (2.0, 0.95)],
                snare: &[
                    (1.0, 0.95),
                    (3.0, 0.95),
                    (0.5, 0.4),
                    (1.5, 0.5),
                    (1.75, 0.3),
                    (2.5, 0.4),
                    (3.5, 0.5),
                    (3.75, 0.3),
                ],
                on: &[SNARE],
            },
            Self::Train => Figure {
                kick: &[(0.0, 0.95), (2.0, 0.9)],
                snare: &[
                    (0.0, 0.6),
                    (0.25, 0.5),
                    (0.5, 0.9),
                    (0.75, 0.5),
                    (1.0, 0.98),
                    (1.25, 0.5),
                    (1.5, 0.9),
                    (1.75, 0.5),
                    (2.0, 0.6),
                    (2.25, 0.5),
                    (2.5, 0.9),
                    (2.75, 0.5),
                    (3.0, 0.98),
                    (3.25, 0.5),
                    (3.5, 0.9),
                    (3.75, 0.5),
                ],
                on: &[SNARE, 40],
            },
            Self::DoubleKick => Figure { kick: HALVES, snare: WEAK, on: &[SNARE, 40] },
            Self::SixteenthKick => Figure {
                kick: &[
                    (0.0, 0.99),
                    (0.25, 0.9),
                    (0.5, 0.95),
                    (0.75, 0.9),
                    (1.0, 0.95),
                    (1.25, 0.9),
                    (1.5, 0.95),
                    (1.75, 0.9),
                    (2.0, 0.99),
                    (2.25, 0.9),
                    (2.5, 0.95),
                    (2.75, 0.9),
                    (3.0, 0.95),
                    (3.25, 0.9),
                    (3.5, 0.95),
                    (3.75, 0.9),
                ],
                snare: WEAK,
                on: &[SNARE, 40],
            },
            Self::Gallop => Figure {
                kick: &[
                    (0.0, 0.98),
                    (0.5, 0.9),
                    (0.75, 0.9),
                    (1.0, 0.9),
                    (1.5, 0.9),
                    (1.75, 0.9),
                    (2.0, 0.98),
                    (2.5, 0.9),
                    (2.75, 0.9),
                    (3.0, 0.9),
                    (3.5, 0.9),
                    (3.75, 0.9),
                ],
                snare: WEAK,
                on: &[SNARE, 40],
            },
            Self::Skank => Figure {
                kick: &[(0.0, 0.98), (1.0, 0.95), (2.0, 0.98), (3.0, 0.95)],
                snare: &[(0.5, 0.97), (1.5, 0.97), (2.5, 0.97), (3.5, 0.97)],
                on: &[SNARE, 40],
            },
            Self::Blast => Figure { kick: HALVES, snare: BETWEEN_HALVES, on: &[SNARE, 40] },
            Self::Hammer => Figure { kick: HALVES, snare: HALVES, on: &[SNARE, 40] },
            _ => return None,
        })
    }
}

impl Pattern {
    /// Draws a pattern of a family.
    pub fn draw(family: Family, feel: &Feel, random: &mut Random) -> Self {
        let mut hits = Vec::new();
        timekeeper(family, feel, random, &mut hits);
        match (family, family.figure()) {
            (Family::Hands, _) => hands(feel, random, &mut hits),
            (_, Some(figure)) => figured(&figure, feel, random, &mut hits),
            _ => kit(family, feel, random, &mut hits),
        }
        Self { family, hits }
    }

    /// A variation: a few hits fewer, a few kicks more.
    pub fn varied(&self, feel: &Feel, random: &mut Random) -> Self {
        let mut hits: Vec<_> =
            self.hits.iter().filter(|hit| feel.on_beat(hit.0) || random.random_bool(0.85)).copied().collect();
        if self.family != Family::Hands && random.random_bool(0.5) {
            hits.push((random.random_range(0..feel.steps()), KICK, 84));
        }
        Self { family: self.family, hits }
    }

    /// The pattern in a bar that starts at `bar_start` beats.
    pub fn bar(&self, feel: &Feel, bar_start: f64) -> Vec<Event> {
        self.hits.iter().map(|&(step, key, velocity)| hit(bar_start + feel.beat_of_step(step), key, velocity)).collect()
    }
}

/// A crash for the start of a section.
pub fn crash(bar_start: f64, random: &mut Random) -> Event {
    hit(bar_start, pick(&[CRASH, 57, 52, 55], random), random.random_range(85..118))
}

/// A fill over the last `beats` beats of a bar; the hits get louder as it goes.
pub fn fill(feel: &Feel, bar_start: f64, beats: u8, random: &mut Random) -> Vec<Event> {
    let first = feel.steps() - usize::from(beats.min(feel.beats_per_bar)) * usize::from(feel.steps_per_beat);
    let steps = first..feel.steps();
    let density = random.random_range(0.5..0.95);
    let count = steps.len().max(1);
    let descending = random.random_bool(0.6);
    steps
        .filter(|_| random.random_bool(density))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|step| {
            let progress = (step - first) as f64 / count as f64;
            let key = match random.random_bool(0.35) {
                true => SNARE,
                false if descending => TOMS[(progress * TOMS.len() as f64) as usize],
                false => pick(&TOMS, random),
            };
            hit(bar_start + feel.beat_of_step(step), key, (75.0 + 35.0 * progress) as u8)
        })
        .collect()
}

/// A count-in of sticks over one bar.
pub fn count_in(feel: &Feel, bar_start: f64, random: &mut Random) -> Vec<Event> {
    let key = pick(&[SIDE_STICK, 75, 31, PEDAL_HAT], random);
    (0..feel.beats_per_bar).map(|beat| hit(bar_start + f64::from(beat), key, 90)).collect()
}

fn hit(beat: f64, key: u8, velocity: u8) -> Event {
    Event { beat, length: 0.2, key, velocity }
}

fn timekeeper(family: Family, feel: &Feel, random: &mut Random, hits: &mut Vec<(usize, u8, u8)>) {
    let per_beat = usize::from(feel.steps_per_beat);
    let key = match family {
        Family::Ride => pick(&[RIDE, RIDE, 59, CLOSED_HAT, 53], random),
        Family::Hands => pick(&[54, 69, 70, 82], random),
        Family::SixteenthKick | Family::Gallop | Family::Skank | Family::Blast | Family::Hammer => {
            pick(&[OPEN_HAT, OPEN_HAT, RIDE, CRASH, 52, CLOSED_HAT], random)
        }
        _ => pick(&TIMEKEEPERS, random),
    };
    let plays: fn(usize, usize) -> bool = match (family, random.random_range(0..6)) {
        (Family::Sparse | Family::Train | Family::March, _) => |_, _| false,
        (Family::Samba | Family::Funk, 0..=3) => |_, _| true,
        (Family::Bossa | Family::OneDrop | Family::Breakbeat | Family::DoubleKick, 0..=3) => {
            |step, per_beat| step.is_multiple_of((per_beat / 2).max(1))
        }
        (Family::SixteenthKick | Family::Gallop | Family::Skank | Family::Blast | Family::Hammer, 0..=3) => {
            |step, _| step == 0
        }
        (Family::EveryBeat, 0..=3) => |step, per_beat| step == per_beat / 2,
        (_, 0) => |step, _| step == 0,
        (_, 1) => |step, per_beat| per_beat > 2 || step < per_beat,
        (_, 2) => |step, per_beat| step == per_beat / 2,
        (_, 3) => |step, per_beat| step == 0 || step == per_beat - 1,
        _ => |step, per_beat| step.is_multiple_of((per_beat / 2).max(1)),
    };
    let (strong, weak) = (random.random_range(60..100), random.random_range(35..75));
    let open_on = random.random_bool(0.3).then(|| random.random_range(0..feel.steps()));
    for step in (0..feel.steps()).filter(|step| plays(step % per_beat, per_beat)) {
        let key = if key == CLOSED_HAT && open_on == Some(step) { OPEN_HAT } else { key };
        hits.push((step, key, if feel.on_beat(step) { strong } else { weak }));
    }
    if family == Family::Ride && random.random_bool(0.7) {
        let beats = (0..feel.beats_per_bar).filter(|beat| beat % 2 == 1);
        hits.extend(beats.map(|beat| (usize::from(beat) * per_beat, PEDAL_HAT, 70)));
    }
}

/// The strokes of a figure that fall into the bar and on one of its steps; those between the beats are softer.
fn figured(figure: &Figure, feel: &Feel, random: &mut Random, hits: &mut Vec<(usize, u8, u8)>) {
    let snare = pick(figure.on, random);
    let (kick_velocity, snare_velocity) = (random.random_range(92..116), random.random_range(84..112));
    let soft = pick(&[40, 50, 64], random);
    for (strokes, key) in [(figure.kick, KICK), (figure.snare, snare)] {
        for &(beat, probability) in strokes {
            let step = beat * f64::from(feel.steps_per_beat);
            if beat >= f64::from(feel.beats_per_bar) || step.fract() != 0.0 || !random.random_bool(probability) {
                continue;
            }
            let velocity = match (key, probability >= 0.8) {
                (KICK, _) => kick_velocity,
                (SIDE_STICK, _) | (_, true) => snare_velocity,
                _ => soft,
            };
            hits.push((step as usize, key, velocity));
        }
    }
}

fn kit(family: Family, feel: &Feel, random: &mut Random, hits: &mut Vec<(usize, u8, u8)>) {
    let per_beat = usize::from(feel.steps_per_beat);
    let groups = feel.group_starts();
    let syncopation = pick(&[0.02, 0.08, 0.2], random);
    let backbeat = pick(&[SNARE, SNARE, SNARE, 40, CLAP, SIDE_STICK], random);
    let ghosts = pick(&[0.0, 0.0, 0.06, 0.15], random);
    for step in 0..feel.steps() {
        let beat = (step / per_beat) as u8;
        let on_beat = feel.on_beat(step);
        let strong = on_beat && groups.contains(&beat);
        let kick: f64 = match family {
            _ if step == 0 => 0.94,
            Family::EveryBeat if on_beat => 0.98,
            Family::Backbeat if strong => 0.75,
            Family::Backbeat | Family::HalfTime => syncopation,
            Family::Ride => 0.08,
            Family::Sparse if strong => 0.4,
            _ => 0.03,
        };
        if random.random_bool(kick) {
            hits.push((step, KICK, if strong { 108 } else { 92 }));
        }
        let weak_beat = on_beat && !strong && (feel.beats_per_bar > 3 || beat > 0);
        let middle = on_beat && beat == feel.beats_per_bar / 2 && beat > 0;
        let snare: f64 = match family {
            Family::Backbeat if weak_beat && feel.beats_per_bar == 3 => 0.6,
            Family::Backbeat | Family::EveryBeat if weak_beat => 0.93,
            Family::Backbeat | Family::EveryBeat if feel.beats_per_bar == 2 && beat == 1 && on_beat => 0.93,
            Family::HalfTime if middle => 0.97,
            Family::Ride => 0.07,
            Family::Sparse if weak_beat => 0.25,
            _ => 0.0,
        };
        if random.random_bool(snare) {
            hits.push((step, backbeat, if family == Family::Ride { 62 } else { 104 }));
        } else if random.random_bool(ghosts) && !on_beat {
            hits.push((step, SNARE, 42));
        }
    }
}

fn hands(feel: &Feel, random: &mut Random, hits: &mut Vec<(usize, u8, u8)>) {
    let (low, high) = (pick(&HAND_DRUMS, random), pick(&HAND_DRUMS, random));
    let density = random.random_range(0.25..0.7);
    for step in 0..feel.steps() {
        let strong = feel.on_beat(step);
        if random.random_bool(if step == 0 { 0.9 } else { density }) {
            let key = if strong == random.random_bool(0.75) { low } else { high };
            hits.push((step, key, if strong { 100 } else { 74 }));
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn patterns_stay_within_their_bar_in_every_metre() {
        let mut random = Random::seed_from_u64(2);
        for index in 0..300u16 {
            let feel = Feel::draw(2 + (index % 6) as u8, &mut random);
            let pattern = Pattern::draw(Family::draw(&mut random), &feel, &mut random);
            let mut events = pattern.varied(&feel, &mut random).bar(&feel, 8.0);
            events.extend(fill(&feel, 8.0, 2, &mut random));
            for event in events {
                assert!((8.0..8.0 + f64::from(feel.beats_per_bar)).contains(&event.beat), "{event:?} in {feel:?}");
            }
        }
    }
}
