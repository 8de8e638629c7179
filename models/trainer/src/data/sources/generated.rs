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

/// The composer as a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Generated {
    /// Probability of drums.
    pub drums: f64,
    /// Probability of a tempo that ramps, steps or breathes.
    pub free_tempo: f64,
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
        let form = Form { seconds, drums: self.drums, free_tempo: self.free_tempo };
        let score = piece(form, random)
            .ok_or_else(|| SourceError::Unfit { piece: from.name.clone(), reason: "fewer than two beats" })?;
        Ok(score.excerpt(0.0, seconds))
    }
}
