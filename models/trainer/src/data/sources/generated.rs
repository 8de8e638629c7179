//! Pieces by the trainer's own composer: what the other sources lack.

use attacca_models::description::DataSource;

use super::{Piece, Source, SourceError};
use crate::{
    compose::{
        Random,
        form::{Form, piece},
    },
    data::dataset::Split,
    score::Score,
};

/// Fewest beats of a piece that must be marked by a note, as a share: of a solo line that avoids its beats nobody
/// could say where they are.
const FEWEST_MARKED: f64 = 0.4;

/// How near to a beat a note marks it, in seconds: three deviations of the loosest player.
const NEAR_SECONDS: f64 = 0.03;

/// The composer as a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// Probability of drums.
    pub drums: f64,
    /// Probability of a tempo that ramps, steps or breathes.
    pub free_tempo: f64,
    /// Names of the styles to draw from; all where there is none.
    pub styles: Vec<String>,
}

impl Source for Generated {
    fn provenance(&self) -> Vec<DataSource> {
        vec![DataSource {
            name: "generated pieces".to_owned(),
            source: "attacca-train's own composer".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
        }]
    }

    fn pieces(&self) -> Option<&[Piece]> {
        None
    }

    fn excerpt(&self, from: &Piece, seconds: f64, _split: Split, random: &mut Random) -> Result<Score, SourceError> {
        let form = Form { seconds, drums: self.drums, free_tempo: self.free_tempo, styles: &self.styles };
        let unfit = |reason| SourceError::Unfit { piece: from.name.clone(), reason };
        let score = piece(form, random).ok_or_else(|| unfit("fewer than two beats"))?.excerpt(0.0, seconds);
        if marked_share(&score) < FEWEST_MARKED {
            return Err(unfit("beats that too few notes mark"));
        }
        Ok(score)
    }
}

/// Share of the beats on which a note starts.
fn marked_share(score: &Score) -> f64 {
    let mut onsets: Vec<f64> = score.parts.iter().flat_map(|part| &part.notes).map(|note| note.onset).collect();
    onsets.sort_by(f64::total_cmp);
    let is_marked = |time: f64| {
        let next = onsets.partition_point(|onset| *onset < time - NEAR_SECONDS);
        onsets.get(next).is_some_and(|onset| *onset < time + NEAR_SECONDS)
    };
    let marked = score.beats.iter().filter(|beat| is_marked(beat.time)).count();
    marked as f64 / score.beats.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::{Beat, Note, Part, Role};

    #[test]
    fn a_beat_is_marked_by_a_note_that_starts_on_it() {
        let beat = |time| Beat { time, position: 1, beats_per_bar: 4 };
        let note = |onset| Note { onset, offset: onset + 0.2, key: 60, velocity: 90 };
        let notes = vec![note(3.1), note(0.99), note(2.5)];
        let score = Score {
            parts: vec![Part { role: Role::Melody, program: 0, notes }],
            beats: [0.0, 1.0, 2.0, 3.0].map(beat).to_vec(),
            ..Score::default()
        };
        assert_eq!(marked_share(&score), 0.25);
    }
}
