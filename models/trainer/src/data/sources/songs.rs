//! Art songs: the OpenScore Lieder Corpus (Gotham and Jonas, *The OpenScore Lieder Corpus*, MEC 2021), a voice and a
//! piano, note by note. Their chords are not labelled: nobody wrote them down, and the corpus' analyses are automatic.

use std::path::{Path, PathBuf};

use attacca_models::description::DataSource;
use rand::Rng;

use super::{
    Piece, Source, SourceError,
    written::{Manner, Performance, scores},
};
use crate::{
    compose::{Random, perform},
    data::{dataset::Split, fetch::Material},
    score::{Part, Role, Score, music_xml},
};

/// Where it lies and comes from.
pub(in crate::data) const MATERIAL: Material =
    Material { places: &["lieder/scores"], origin: "the folder scores of the repository OpenScore/Lieder" };

const REMEDY: &str = "Get the repository OpenScore/Lieder and put it there as lieder.";

/// Counted tempo of a song without a mark, in beats a minute.
const UNMARKED_BPM: f64 = 80.0;

/// How far a performance's tempo lies from the editor's, as a factor either way.
const TEMPO_SPREAD: f64 = 0.25;

/// Deviation of the players' onsets in seconds.
const LOOSENESS_SECONDS: f64 = 0.006;

/// The voice's line, where nobody sings it: an oboe.
const VOICE_PROGRAM: u8 = 68;

const PIANO_PROGRAM: u8 = 0;

/// The songs.
#[derive(Clone, Debug)]
pub struct Songs {
    folder: PathBuf,
    pieces: Vec<Piece>,
    free_tempo: f64,
}

impl Songs {
    /// Opens the songs in `folder/lieder`, one group for each of a composer's collections.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if there are none.
    pub fn open(folder: &Path, free_tempo: f64) -> Result<Self, SourceError> {
        let folder = folder.join("lieder/scores");
        let pieces = scores(&folder, 2)?;
        if pieces.is_empty() {
            let expected = "COMPOSER/COLLECTION/SONG/*.mxl";
            return Err(SourceError::Missing { name: "songs", expected, folder, remedy: REMEDY });
        }
        Ok(Self { folder, pieces, free_tempo })
    }
}

impl Source for Songs {
    fn provenance(&self) -> Vec<DataSource> {
        vec![DataSource {
            name: "OpenScore Lieder Corpus".to_owned(),
            source: "https://github.com/OpenScore/Lieder".to_owned(),
            licence: "CC0-1.0".to_owned(),
        }]
    }

    fn pieces(&self) -> Option<&[Piece]> {
        Some(&self.pieces)
    }

    fn keeps_programs(&self) -> f64 {
        0.5
    }

    fn excerpt(&self, piece: &Piece, seconds: f64, _split: Split, random: &mut Random) -> Result<Score, SourceError> {
        let unfit = |reason| SourceError::Unfit { piece: piece.name.clone(), reason };
        let song = music_xml::read(&self.folder.join(&piece.name))?;
        if !song.parts.iter().any(|part| part.sung) {
            return Err(unfit("no part with lyrics"));
        }
        let factor = (TEMPO_SPREAD * random.random_range(-1.0..=1.0f64)).exp();
        let manner = Manner { bpm: UNMARKED_BPM, factor, free_tempo: self.free_tempo };
        let played = Performance::draw(&song, manner, random).map_err(unfit)?;
        let touch = random.random_range(2.0..6.0);
        let parts = song.parts.iter().map(|part| Part {
            role: if part.sung { Role::Melody } else { Role::Accompaniment },
            program: if part.sung { VOICE_PROGRAM } else { PIANO_PROGRAM },
            notes: perform(&played.events(&part.notes), &played.grid, LOOSENESS_SECONDS, touch, random),
        });
        let score = Score { parts: parts.collect(), beats: played.grid.beats().to_vec(), ..Score::default() };
        let latest = (score.end() - seconds).max(0.0);
        Ok(score.excerpt(latest * random.random_range(0.0..=1.0), seconds))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_song_has_a_melody_where_its_lyrics_are() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("lieder/scores/A/B/C");
        std::fs::create_dir_all(&place).unwrap();
        let mut archive = zip::ZipWriter::new(std::fs::File::create(place.join("c.mxl")).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file("META-INF/container.xml", options).unwrap();
        archive.write_all(b"<container><rootfile full-path='c.xml'/></container>").unwrap();
        archive.start_file("c.xml", options).unwrap();
        let note = |step: &str, lyric: &str| {
            format!("<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>1</duration>{lyric}</note>")
        };
        let bars = |note: &str| format!("<measure>{}</measure>", note.repeat(4)).repeat(3);
        let (sung, played) = (bars(&note("C", "<lyric/>")), bars(&note("E", "")));
        let text = format!("<score-partwise><part>{sung}</part><part>{played}</part></score-partwise>");
        archive.write_all(text.as_bytes()).unwrap();
        archive.finish().unwrap();

        let songs = Songs::open(folder.path(), 0.0).unwrap();
        assert_eq!(songs.pieces, [Piece { name: "A/B/C/c.mxl".to_owned(), group: "A/B".to_owned() }]);
        let score = songs.excerpt(&songs.pieces[0], 30.0, Split::Train, &mut Random::seed_from_u64(1)).unwrap();
        assert_eq!(score.parts.iter().map(|part| part.role).collect::<Vec<_>>(), [Role::Melody, Role::Accompaniment]);
        assert_eq!((score.parts[0].notes.len(), score.beats.len()), (12, 12));
        // Players are late or early by at most three deviations.
        for (note, beat) in score.parts[0].notes.iter().zip(&score.beats) {
            assert!((note.onset - beat.time).abs() < 0.02);
        }
    }
}
