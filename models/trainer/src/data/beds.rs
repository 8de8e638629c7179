//! Real recordings that voices sing over, and that nobody sings over.

use std::path::{Path, PathBuf};

use attacca_decode::{DecodeError, is_audio_name, mono};
use rand::Rng;

use super::{dataset::Split, make::split_of, recipe::Recipe};
use crate::{compose::Random, render::SAMPLE_RATE};

/// Why recordings could not be used.
#[derive(Debug, thiserror::Error)]
pub enum BedError {
    /// A folder or list could not be read.
    #[error("{}: {source}. Get it from: {source_name}", path.display())]
    Read {
        /// The folder or list.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// Where a stranger gets it.
        source_name: String,
    },
    /// A folder holds no recordings.
    #[error("{}: expected recordings (ogg, flac, mp3, wav). Get them from: {source_name}", folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
        /// Where a stranger gets it.
        source_name: String,
    },
    /// A line of a list could not be read.
    #[error("{}:{line}: expected file, start and end in seconds, with tabs between", file.display())]
    Line {
        /// The list.
        file: PathBuf,
        /// The line's number, from 1.
        line: usize,
    },
    /// A recording could not be decoded.
    #[error(transparent)]
    Recording(#[from] DecodeError),
}

/// The recordings of a recipe.
pub(super) struct Beds {
    stretches: Vec<Stretch>,
}

/// A stretch of a recording in which nobody sings.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    file: PathBuf,
    /// Seconds; infinite for the whole recording.
    within: [f64; 2],
    split: Split,
}

impl Beds {
    /// Finds the recordings; folders and lists are looked for in `folder`.
    pub fn open(recipe: &Recipe, folder: &Path) -> Result<Self, BedError> {
        let mut stretches = Vec::new();
        for bed in &recipe.beds {
            let place = folder.join(&bed.folder);
            let failed = |path: &Path| {
                let (path, source_name) = (path.to_owned(), bed.source.clone());
                move |source| BedError::Read { path, source, source_name }
            };
            let mut found = match &bed.clean {
                Some(list) => {
                    let list = folder.join(list);
                    clean(&std::fs::read_to_string(&list).map_err(failed(&list))?, &list, &place)?
                }
                None => {
                    let entries = std::fs::read_dir(&place).map_err(failed(&place))?;
                    let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
                    let mut files = files.map_err(failed(&place))?;
                    files.retain(|file| is_audio_name(file));
                    files.sort();
                    files.into_iter().map(|file| (file, [0.0, f64::INFINITY])).collect()
                }
            };
            if found.is_empty() {
                return Err(BedError::Empty { folder: place, source_name: bed.source.clone() });
            }
            stretches.extend(found.drain(..).map(|(file, within)| {
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let split = split_of(recipe, "bed", &name);
                Stretch { file, within, split }
            }));
        }
        Ok(Self { stretches })
    }

    /// A piece of `seconds` seconds cut out of one of the recordings at random; a shorter recording is repeated.
    /// `None` if there is none on that side.
    pub fn draw(&self, seconds: f64, split: Split, random: &mut Random) -> Result<Option<Vec<f32>>, BedError> {
        let those: Vec<&Stretch> = self.stretches.iter().filter(|stretch| stretch.split == split).collect();
        if those.is_empty() {
            return Ok(None);
        }
        let stretch = those[random.random_range(0..those.len())];
        let rate = f64::from(SAMPLE_RATE);
        let audio = mono::read_at(&stretch.file, SAMPLE_RATE)?.samples;
        let [from, to] = stretch.within.map(|time| ((time * rate) as usize).min(audio.len()));
        let length = (seconds * rate) as usize;
        let latest = (to - from).saturating_sub(length);
        let start = from + random.random_range(0..=latest);
        Ok((to > from).then(|| audio[from..to].iter().cycle().skip(start - from).take(length).copied().collect()))
    }
}

/// Reads a list of stretches.
fn clean(text: &str, list: &Path, folder: &Path) -> Result<Vec<(PathBuf, [f64; 2])>, BedError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let mut fields = line.split('\t');
            let name = fields.next().unwrap_or_default();
            let mut time = || fields.next()?.trim().parse::<f64>().ok();
            match (time(), time()) {
                (Some(start), Some(end)) if (0.0..end).contains(&start) => Ok((folder.join(name), [start, end])),
                _ => Err(BedError::Line { file: list.to_owned(), line: index + 1 }),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_files_and_stretches() {
        let read = clean("a b.ogg\t1.5\t20\n\nc.ogg\t0\t3.25\n", Path::new("list.txt"), Path::new("music")).unwrap();
        let expected = [("music/a b.ogg", [1.5, 20.0]), ("music/c.ogg", [0.0, 3.25])];
        assert_eq!(read, expected.map(|(file, within)| (PathBuf::from(file), within)));
    }

    #[test]
    fn a_stretch_that_does_not_advance_is_refused_with_its_line() {
        let error = clean("a.ogg\t0\t3\nb.ogg\t5\t4\n", Path::new("list.txt"), Path::new("music")).unwrap_err();
        assert!(error.to_string().starts_with("list.txt:2: expected file, start and end"), "{error}");
    }
}
