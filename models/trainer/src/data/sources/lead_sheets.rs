//! Lead sheets: OpenEWLD (Simonetta et al., *Symbolic music similarity through a graph-based representation*, 2018), tunes
//! with chord symbols, which the trainer's own rhythm section accompanies.

use std::path::{Path, PathBuf};

use attacca_models::description::DataSource;
use rand::Rng;

use super::{
    Piece, Source, SourceError, band,
    written::{Manner, scores},
};
use crate::{
    compose::Random,
    data::{dataset::Split, fetch::Material},
    score::{Score, WrittenScore, music_xml},
};

/// Where it lies and comes from.
pub(in crate::data) const MATERIAL: Material =
    Material { places: &["openewld/dataset"], origin: "the folder dataset of the repository 00sapo/OpenEWLD" };

const REMEDY: &str = "Get the repository 00sapo/OpenEWLD and put it there as openewld.";

/// Fewest chord symbols of a sheet.
const FEWEST_SYMBOLS: usize = 4;

/// The sheets.
#[derive(Clone, Debug)]
pub struct LeadSheets {
    folder: PathBuf,
    pieces: Vec<Piece>,
    drums: f64,
    free_tempo: f64,
}

impl LeadSheets {
    /// Opens the sheets in `folder/openewld`, one group for all tunes of the same authors.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there are none.
    pub fn open(folder: &Path, drums: f64, free_tempo: f64) -> Result<Self, SourceError> {
        let folder = folder.join("openewld/dataset");
        let pieces = scores(&folder, 1)?;
        if pieces.is_empty() {
            let expected = "AUTHORS/TUNE/TUNE.mxl";
            return Err(SourceError::Missing { name: "lead_sheets", expected, folder, remedy: REMEDY });
        }
        Ok(Self { folder, pieces, drums, free_tempo })
    }
}

impl Source for LeadSheets {
    fn provenance(&self) -> Vec<DataSource> {
        vec![DataSource {
            name: "OpenEWLD".to_owned(),
            source: "https://github.com/00sapo/OpenEWLD".to_owned(),
            licence: "MIT (Federico Simonetta); the tunes are in the public domain".to_owned(),
        }]
    }

    fn pieces(&self) -> Option<&[Piece]> {
        Some(&self.pieces)
    }

    fn excerpt(&self, piece: &Piece, seconds: f64, _split: Split, random: &mut Random) -> Result<Score, SourceError> {
        let unfit = |reason| SourceError::Unfit { piece: piece.name.clone(), reason };
        let sheet = music_xml::read(&self.folder.join(&piece.name))?;
        if sheet.symbols.len() < FEWEST_SYMBOLS {
            return Err(unfit("hardly any chord symbols"));
        }
        let bpm = band::draw_bpm(random);
        // Few sheets have tempo marks: all are played at a drawn one.
        let unmarked = WrittenScore { tempi: Vec::new(), ..sheet };
        let manner = Manner { bpm, factor: 1.0, free_tempo: self.free_tempo };
        let score = band::perform(&unmarked, manner, self.drums, random).map_err(unfit)?;
        let latest = (score.end() - seconds).max(0.0);
        Ok(score.excerpt(latest * random.random_range(0.0..=1.0), seconds))
    }
}
