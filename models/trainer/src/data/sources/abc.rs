//! Tunes in ABC notation: melodies, some with chord symbols, as collections of traditional music are written.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use attacca_models::description::DataSource;
use rand::Rng;

use super::{Piece, Source, SourceError, band, files_below, written::Manner};
use crate::{
    compose::Random,
    data::{dataset::Split, fetch::Material},
    score::{
        Score, WrittenScore,
        abc::{Tune, tunes},
        written::metre,
    },
};

/// Where it lies and comes from.
pub(in crate::data) const MATERIAL: Material = Material { places: &["abc"], origin: "a folder of ABC files" };

const REMEDY: &str = "Put a folder with ABC files there, or a link to one.";

/// How far a performance's tempo lies from the mark, as a factor either way.
const TEMPO_SPREAD: f64 = 0.25;

/// Shortest that half of a tune's notes may become at a drawn tempo, in seconds: faster reels than this are not played.
const SHORTEST_SECONDS: f64 = 0.1;

/// The tunes.
#[derive(Clone, Debug)]
pub struct Abc {
    tunes: BTreeMap<String, (PathBuf, Tune)>,
    pieces: Vec<Piece>,
    drums: f64,
    free_tempo: f64,
    provenance: DataSource,
}

impl Abc {
    /// Lists the tunes in the ABC files below `folder/abc`, one group for all tunes with the same title. `provenance` is
    /// the recipe's word for where they are from.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there are none, and where a file cannot be read.
    pub fn open(folder: &Path, drums: f64, free_tempo: f64, provenance: DataSource) -> Result<Self, SourceError> {
        let folder = folder.join("abc");
        let (mut all, mut pieces) = (BTreeMap::new(), Vec::new());
        for file in files_below(&folder, "abc")? {
            let path = folder.join(&file);
            let text = std::fs::read(&path).map_err(|source| SourceError::Read { file: path.clone(), source })?;
            for tune in tunes(&String::from_utf8_lossy(&text)) {
                let name = format!("{file}:{}", tune.line);
                let title = tune.title.to_lowercase();
                let group = if title.is_empty() { name.clone() } else { title };
                pieces.push(Piece { name: name.clone(), group });
                all.insert(name, (path.clone(), tune));
            }
        }
        if pieces.is_empty() {
            let expected = "tunes in **/*.abc";
            return Err(SourceError::Missing { name: "abc", expected, folder, remedy: REMEDY });
        }
        Ok(Self { tunes: all, pieces, drums, free_tempo, provenance })
    }
}

impl Source for Abc {
    fn provenance(&self) -> Vec<DataSource> {
        vec![self.provenance.clone()]
    }

    fn pieces(&self) -> Option<&[Piece]> {
        Some(&self.pieces)
    }

    fn excerpt(&self, piece: &Piece, seconds: f64, _split: Split, random: &mut Random) -> Result<Score, SourceError> {
        let unfit = |reason| SourceError::Unfit { piece: piece.name.clone(), reason };
        let (file, tune) = self.tunes.get(&piece.name).ok_or_else(|| unfit("no tune of this source"))?;
        let tune = tune.read(file)?;
        let spread = if tune.tempi.is_empty() { 0.0 } else { TEMPO_SPREAD };
        let factor = (spread * random.random_range(-1.0..=1.0f64)).exp();
        let bpm = band::draw_bpm(random).min(fastest_bpm(&tune));
        let manner = Manner { bpm, factor, free_tempo: self.free_tempo };
        let score = band::perform(&tune, manner, self.drums, random).map_err(unfit)?;
        let latest = (score.end() - seconds).max(0.0);
        Ok(score.excerpt(latest * random.random_range(0.0..=1.0), seconds))
    }
}

/// The counted tempo at which half of a tune's notes last [`SHORTEST_SECONDS`] or less, in beats a minute.
fn fastest_bpm(tune: &WrittenScore) -> f64 {
    let mut lengths: Vec<f64> = tune.parts.iter().flat_map(|part| &part.notes).map(|note| note.length).collect();
    let middle = lengths.len() / 2;
    if lengths.is_empty() {
        return f64::INFINITY;
    }
    let (_, median, _) = lengths.select_nth_unstable_by(middle, f64::total_cmp);
    let unit = tune.bars.first().map_or(1.0, |bar| metre::counted(bar.metre).0);
    60.0 / SHORTEST_SECONDS * *median / unit
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::score::Role;

    const BOOK: &str = "X:1\nT:With chords\nM:4/4\nL:1/4\nQ:1/4=120\nK:G\n\"G\"GABc|\"D7\"d4|\"G\"GBAG|\"C\"c4|\n\n\
        X:2\nT:Alone\nM:6/8\nL:1/8\nK:Ador\nABA a3|efg a3|efe A3|\n\nX:3\nT:alone\nM:6/8\nK:C\n#|\n";

    fn opened() -> Abc {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("abc/book")).unwrap();
        std::fs::write(folder.path().join("abc/book/one.abc"), BOOK).unwrap();
        let words = || "somewhere".to_owned();
        let provenance = DataSource { name: words(), source: words(), licence: words() };
        Abc::open(folder.path(), 0.0, 0.0, provenance).unwrap()
    }

    fn excerpt(source: &Abc, piece: usize, seed: u64) -> Result<Score, SourceError> {
        source.excerpt(&source.pieces[piece], 60.0, Split::Train, &mut Random::seed_from_u64(seed))
    }

    #[test]
    fn tunes_of_one_title_go_together() {
        let groups: Vec<_> = opened().pieces.into_iter().map(|piece| (piece.name, piece.group)).collect();
        let expected = [("book/one.abc:1", "with chords"), ("book/one.abc:9", "alone"), ("book/one.abc:16", "alone")];
        assert_eq!(groups, expected.map(|(name, group)| (name.to_owned(), group.to_owned())));
    }

    #[test]
    fn a_tune_with_symbols_has_chords_and_others_play_them() {
        let source = opened();
        let score = excerpt(&source, 0, 1).unwrap();
        let labels: Vec<_> = score.chords.iter().map(|chord| chord.label.as_str()).collect();
        assert_eq!(labels, ["G:maj", "D:7", "G:maj", "C:maj"]);
        assert_eq!(score.keys.iter().map(|key| key.key.label()).collect::<Vec<_>>(), ["G:maj"]);
        assert!(score.parts.iter().any(|part| part.role == Role::Accompaniment));
        assert_eq!(score.beats.iter().filter(|beat| beat.position == 1).count(), 4);
    }

    #[test]
    fn a_tune_without_symbols_is_played_alone() {
        let source = opened();
        for seed in 0..20 {
            let score = excerpt(&source, 1, seed).unwrap();
            assert_eq!(score.parts.iter().map(|part| part.role).collect::<Vec<_>>(), [Role::Melody]);
            assert_eq!((score.parts[0].notes.len(), score.beats.len()), (12, 6));
            // Dorian is neither major nor minor.
            assert!(score.chords.is_empty() && score.keys.is_empty());
        }
    }

    #[test]
    fn sixteenths_are_not_played_faster_than_people_do() {
        let read = |header: &str| tunes(&format!("X:1\n{header}\nK:C\nCDEF GABc|\n"))[0].read(Path::new("x")).unwrap();
        // Ten notes a second are 150 quarters a minute in sixteenths, and 200 dotted quarters in eighths.
        assert!((fastest_bpm(&read("M:2/4\nL:1/16")) - 150.0).abs() < 1e-9);
        assert!((fastest_bpm(&read("M:12/8\nL:1/8")) - 200.0).abs() < 1e-9);
    }

    #[test]
    fn another_tune_is_taken_for_one_that_cannot_be_read() {
        let error = excerpt(&opened(), 2, 1).unwrap_err();
        assert!(error.is_of_one_piece());
        assert!(error.to_string().ends_with("one.abc:20: expected notes, rests and bar lines, found #|"), "{error}");
    }
}
