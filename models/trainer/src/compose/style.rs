//! Kinds of music: which metre, tempo, subdivision, drums, bass and accompaniment go together.
//!
//! A listener knows that a snare on every other quick beat means 170 BPM in drum and bass, and that the same distance
//! between snares is a whole bar of a ballad, from how everything else moves. A network can only learn that from music
//! in which tempo and style belong together. Tempi are those at which musicians count the styles.

use rand::Rng;

use super::{Feel, Random, bass::Line, comping::Rhythm, drums::Family, pick, weighted};

/// A kind of music.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Its name.
    pub name: &'static str,
    /// How often it is drawn.
    weight: f64,
    /// Beats in a bar.
    pub beats_per_bar: u8,
    /// Slowest and fastest tempo in counted beats a minute, drawn evenly over the logarithm.
    bpm: [f64; 2],
    /// Steps in a beat, of which one is drawn.
    steps: &'static [u8],
    /// Least and greatest swing; see [`Feel::swing`].
    swing: [f64; 2],
    /// What its drummers play; what is named twice is drawn twice as often.
    drums: &'static [Family],
    /// Factor on the probability of drums.
    pub drums_share: f64,
    /// Its bass lines.
    bass: &'static [Line],
    /// The rhythms of its accompaniments.
    comping: &'static [Rhythm],
    /// Factor on the probability of a tempo that moves.
    pub freedom: f64,
}

const STRAIGHT: [f64; 2] = [0.5, 0.5];

/// Probability that a style's players borrow from elsewhere: one drummer, bass line or accompaniment that is drawn from all.
const BORROWED: f64 = 0.12;

#[rustfmt::skip]
const STYLES: [Style; 35] = {
    use Family::*;
    use Line as L;
    use Rhythm as R;
    macro_rules! style {
        ($name:literal, $weight:literal, $beats_per_bar:literal, $bpm:expr, $steps:expr, $swing:expr,
         $drums:expr, $drums_share:literal, $bass:expr, $comping:expr, $freedom:literal) => {
            Style {
                name: $name, weight: $weight, beats_per_bar: $beats_per_bar, bpm: $bpm, steps: $steps, swing: $swing,
                drums: $drums, drums_share: $drums_share, bass: $bass, comping: $comping, freedom: $freedom,
            }
        };
    }
    [
        style!("rock", 8.0, 4, [84.0, 150.0], &[2, 2, 4], STRAIGHT, &[Backbeat], 1.2,
            &[L::Running, L::Running, L::Beats, L::RootFifth, L::Syncopated], &[R::Halves, R::Drawn, R::Held, R::Strummed, R::Syncopated], 0.6),
        style!("ballad", 8.0, 4, [54.0, 86.0], &[2, 4], STRAIGHT, &[Backbeat, Backbeat, Sparse, CrossStick], 0.6,
            &[L::Held, L::Held, L::RootFifth, L::Beats, L::Syncopated], &[R::BrokenHalves, R::BrokenHalves, R::Broken, R::Held, R::Beats, R::Strummed], 1.2),
        style!("ballad in triplets", 3.0, 4, [48.0, 78.0], &[3], STRAIGHT, &[Backbeat, Backbeat, Sparse], 0.7,
            &[L::Held, L::RootFifth, L::Syncopated], &[R::Broken, R::Broken, R::Steps, R::Held], 1.0),
        style!("pop", 7.0, 4, [86.0, 132.0], &[2, 4, 4], STRAIGHT, &[Backbeat, Backbeat, EveryBeat], 1.1,
            &[L::Running, L::Beats, L::RootFifth, L::Syncopated, L::Held], &[R::Drawn, R::BrokenHalves, R::Held, R::Halves, R::Beats, R::Strummed, R::Syncopated], 0.5),
        style!("disco and house", 6.0, 4, [108.0, 132.0], &[4, 4, 2], STRAIGHT, &[EveryBeat], 1.3,
            &[L::Octaves, L::OffBeats, L::Syncopated, L::Running], &[R::OffBeats, R::Drawn, R::Held, R::Syncopated], 0.2),
        style!("techno and trance", 3.0, 4, [124.0, 150.0], &[4, 2], STRAIGHT, &[EveryBeat], 1.3,
            &[L::OffBeats, L::Running, L::Octaves], &[R::Broken, R::Held, R::OffBeats, R::Drawn], 0.1),
        style!("funk", 6.0, 4, [84.0, 120.0], &[4], [0.5, 0.56], &[Funk], 1.3,
            &[L::Syncopated], &[R::Drawn, R::Syncopated, R::Held, R::OffBeats], 0.4),
        style!("hip-hop", 4.0, 4, [74.0, 104.0], &[4], [0.5, 0.62], &[HipHop], 1.2,
            &[L::Syncopated, L::Held], &[R::Drawn, R::Held, R::Beats, R::BrokenHalves], 0.2),
        style!("half-time", 1.5, 4, [126.0, 152.0], &[2, 4], STRAIGHT, &[HalfTime], 1.3,
            &[L::Held, L::Syncopated], &[R::Held, R::Broken, R::Drawn], 0.2),
        style!("drum and bass", 5.0, 4, [156.0, 182.0], &[2, 4], STRAIGHT, &[Breakbeat], 1.3,
            &[L::Held, L::Syncopated, L::Held], &[R::Held, R::Held, R::Drawn, R::BrokenHalves], 0.1),
        style!("reggae", 6.0, 4, [62.0, 94.0], &[2, 4], [0.5, 0.6], &[OneDrop, OneDrop, Steppers], 1.2,
            &[L::Syncopated, L::Dropped], &[R::OffBeats], 0.4),
        style!("ska", 2.0, 4, [112.0, 176.0], &[2], [0.5, 0.6], &[OneDrop, Backbeat, EveryBeat], 1.2,
            &[L::Beats, L::Walking, L::Running], &[R::OffBeats], 0.3),
        style!("bossa nova", 5.0, 4, [104.0, 152.0], &[2], STRAIGHT, &[Bossa], 1.0,
            &[L::Dotted], &[R::Clave, R::Clave, R::Drawn, R::Syncopated], 0.6),
        style!("samba", 2.0, 2, [84.0, 118.0], &[4], [0.5, 0.54], &[Samba], 1.2,
            &[L::Dotted, L::RootFifth], &[R::Drawn, R::Clave, R::Syncopated], 0.4),
        style!("latin", 3.0, 4, [92.0, 134.0], &[2, 4], STRAIGHT, &[Hands, Bossa, Hands], 1.2,
            &[L::Dotted, L::Syncopated, L::Dropped], &[R::Clave, R::Syncopated, R::Drawn], 0.4),
        style!("swing", 7.0, 4, [108.0, 240.0], &[2], [0.58, 0.68], &[Ride], 0.9,
            &[L::Walking], &[R::Charleston, R::Drawn, R::Drawn, R::AfterBeats, R::Beats], 0.5),
        style!("jazz waltz", 2.0, 3, [116.0, 196.0], &[2], [0.58, 0.67], &[Ride], 0.9,
            &[L::Walking, L::Held, L::RootFifth], &[R::Charleston, R::Drawn, R::AfterBeats], 0.5),
        style!("shuffle", 4.0, 4, [76.0, 150.0], &[2, 3], [0.6, 0.68], &[Backbeat], 1.2,
            &[L::Running, L::Walking, L::Beats], &[R::Halves, R::Drawn, R::OffBeats, R::Charleston, R::Held], 0.4),
        style!("waltz", 6.0, 3, [84.0, 192.0], &[2], STRAIGHT, &[Backbeat, Sparse, March], 0.5,
            &[L::Held, L::Held, L::Beats], &[R::AfterBeats, R::AfterBeats, R::BrokenHalves, R::Held], 1.2),
        style!("slow song in three", 3.0, 3, [58.0, 104.0], &[2, 4], STRAIGHT, &[Backbeat, Sparse], 0.5,
            &[L::Held, L::Beats], &[R::BrokenHalves, R::Broken, R::Held, R::Strummed], 1.2),
        style!("slow six eight", 3.0, 2, [40.0, 72.0], &[3], STRAIGHT, &[Backbeat, Sparse], 0.8,
            &[L::Held, L::RootFifth, L::Syncopated], &[R::Broken, R::Steps, R::Held, R::Drawn], 0.8),
        style!("jig", 2.0, 2, [92.0, 132.0], &[3], STRAIGHT, &[Hands, Backbeat], 0.7,
            &[L::RootFifth, L::Beats], &[R::Beats, R::Drawn, R::Steps], 0.6),
        style!("march and polka", 3.0, 2, [92.0, 132.0], &[2, 4], STRAIGHT, &[March], 1.0,
            &[L::RootFifth], &[R::OffBeats, R::OffBeats, R::Beats], 0.5),
        style!("country", 4.0, 4, [84.0, 132.0], &[2, 4], [0.5, 0.56], &[Train, Backbeat], 0.9,
            &[L::RootFifth, L::RootFifth, L::Walking], &[R::AfterBeats, R::Strummed, R::BrokenHalves, R::OffBeats], 0.5),
        style!("punk", 2.0, 4, [150.0, 220.0], &[2], STRAIGHT, &[Backbeat, Backbeat, Skank], 1.4,
            &[L::Running, L::Running, L::Beats], &[R::Halves, R::Halves, R::Drawn, R::Held], 0.4),
        style!("heavy rock", 2.0, 4, [80.0, 148.0], &[2, 4, 4], STRAIGHT, &[Backbeat, Backbeat, DoubleKick, Gallop, HalfTime], 1.4,
            &[L::Running, L::Beats, L::Syncopated, L::Held], &[R::Gallop, R::Chugs, R::Halves, R::Held, R::Syncopated, R::Drawn], 0.4),
        style!("thrash metal", 2.0, 4, [140.0, 216.0], &[2, 4, 4], STRAIGHT, &[Backbeat, DoubleKick, SixteenthKick, Gallop, Skank, HalfTime], 1.4,
            &[L::Running, L::Running, L::Beats], &[R::Gallop, R::Chugs, R::Steps, R::Halves, R::Held, R::Drawn], 0.3),
        style!("extreme metal", 1.0, 4, [150.0, 236.0], &[4], STRAIGHT, &[Blast, Hammer, SixteenthKick, Skank, DoubleKick, HalfTime], 1.4,
            &[L::Running, L::Beats, L::Held], &[R::Steps, R::Chugs, R::Gallop, R::Held, R::Halves], 0.3),
        style!("folk", 5.0, 4, [62.0, 128.0], &[2, 2, 4], STRAIGHT, &[Sparse, Hands], 0.2,
            &[L::Held, L::RootFifth], &[R::BrokenHalves, R::BrokenHalves, R::Broken, R::Strummed], 1.6),
        style!("chamber", 5.0, 4, [52.0, 116.0], &[2, 4], STRAIGHT, &[Sparse], 0.0,
            &[L::Held, L::Beats, L::RootFifth], &[R::Held, R::Beats, R::Beats, R::BrokenHalves], 2.0),
        style!("chamber in three", 2.0, 3, [60.0, 126.0], &[2], STRAIGHT, &[Sparse], 0.0,
            &[L::Held, L::Beats], &[R::Held, R::Beats, R::BrokenHalves, R::AfterBeats], 2.0),
        style!("five", 4.0, 5, [92.0, 200.0], &[2], [0.5, 0.62], &[Backbeat, Ride, Sparse], 1.0,
            &[L::RootFifth, L::Held, L::Syncopated, L::Walking], &[R::Drawn, R::Held, R::Beats, R::BrokenHalves], 0.5),
        style!("seven", 4.0, 7, [120.0, 250.0], &[2], STRAIGHT, &[Backbeat, Hands, Sparse], 1.0,
            &[L::RootFifth, L::Held, L::Syncopated], &[R::Drawn, R::Held, R::Beats, R::BrokenHalves], 0.4),
        style!("six", 2.0, 6, [96.0, 190.0], &[2], STRAIGHT, &[Backbeat, Hands, Sparse], 1.0,
            &[L::RootFifth, L::Held, L::Syncopated], &[R::Drawn, R::Held, R::Beats, R::BrokenHalves], 0.5),
        style!("anything", 9.0, 4, [60.0, 180.0], &[2, 3, 4], [0.5, 0.66], &[Backbeat, EveryBeat, HalfTime, Ride, Hands, Sparse, Funk, Breakbeat], 1.0,
            &[L::Held, L::Beats, L::Running, L::Octaves, L::RootFifth, L::Walking, L::Syncopated, L::Syncopated, L::Dotted],
            &[R::Held, R::Beats, R::OffBeats, R::AfterBeats, R::Halves, R::Steps, R::Broken, R::BrokenHalves, R::Strummed, R::Drawn, R::Syncopated], 1.0),
    ]
};

/// Beats faster than this are not divided in four, but in styles that are that fast by nature.
const FASTEST_SIXTEENTHS_BPM: f64 = 138.0;

/// The names of all styles.
pub fn names() -> [&'static str; STYLES.len()] {
    STYLES.map(|style| style.name)
}

impl Style {
    /// Draws one of the styles with these names, or one of all where there is no name.
    pub fn draw(names: &[String], random: &mut Random) -> Self {
        let is_wanted = |style: &Self| names.is_empty() || names.iter().any(|name| name == style.name);
        STYLES[weighted(&STYLES.map(|style| if is_wanted(&style) { style.weight } else { 0.0 }), random)]
    }

    /// Draws a tempo in counted beats a minute.
    pub fn bpm(&self, random: &mut Random) -> f64 {
        let [slowest, fastest] = self.bpm;
        slowest * (fastest / slowest).powf(random.random_range(0.0..1.0))
    }

    /// Draws how the bar is divided at a tempo.
    pub fn feel(&self, bpm: f64, random: &mut Random) -> Feel {
        let steps = pick(self.steps, random);
        let is_fast = bpm > FASTEST_SIXTEENTHS_BPM && self.bpm[0] < FASTEST_SIXTEENTHS_BPM;
        let steps_per_beat = if steps == 4 && is_fast { 2 } else { steps };
        let [least, greatest] = self.swing;
        let swing = if steps_per_beat == 3 || greatest <= least { 0.5 } else { random.random_range(least..greatest) };
        // A style that may swing is played straight as often as not.
        let swing = if least <= 0.5 && random.random_bool(0.6) { 0.5 } else { swing };
        Feel { steps_per_beat, swing, ..Feel::draw(self.beats_per_bar, random) }
    }

    /// Draws what the drummer plays.
    pub fn drums(&self, random: &mut Random) -> Family {
        if random.random_bool(BORROWED) { Family::draw(random) } else { pick(self.drums, random) }
    }

    /// Draws a bass line.
    pub fn bass(&self, random: &mut Random) -> Line {
        if random.random_bool(BORROWED) { super::bass::draw_line(random) } else { pick(self.bass, random) }
    }

    /// Draws the rhythm of an accompaniment.
    pub fn comping(&self, random: &mut Random) -> Rhythm {
        if random.random_bool(BORROWED) { Rhythm::draw(random) } else { pick(self.comping, random) }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn every_style_draws_what_fits_its_metre_and_tempo() {
        let mut random = Random::seed_from_u64(9);
        for style in STYLES {
            for _ in 0..50 {
                let bpm = style.bpm(&mut random);
                assert!((style.bpm[0]..=style.bpm[1]).contains(&bpm), "{}: {bpm}", style.name);
                let feel = style.feel(bpm, &mut random);
                assert_eq!(feel.beats_per_bar, style.beats_per_bar, "{}", style.name);
                assert!((0.5..0.7).contains(&feel.swing), "{}: {feel:?}", style.name);
            }
        }
    }
}
