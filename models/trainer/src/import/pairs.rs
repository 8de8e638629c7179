//! Which annotations belong to which recording.
//!
//! `X.wav` goes with `X.beats`, `X.lab`, `X_onsets.csv`, `X.chords.lab` and the like; a recording `X_mic` or `X_mix` with
//! what is called `X` (GuitarSet). An annotation in the recording's folder goes before one in a parallel folder
//! (`audio/a/X.wav`, `annotations/a/X.lab`), and that before one anywhere else.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use attacca_decode::is_audio_name;

use super::{layout, problem::Problem};

/// Ends of recordings' names that annotations of several microphones leave out.
const MICROPHONES: [&str; 4] = ["_mic", "_mix", "_hex_cln", "_hex"];

/// A recording and what is annotated of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The recording.
    pub recording: PathBuf,
    /// Its annotations, by name.
    pub annotations: Vec<PathBuf>,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Pairs {
    /// Recordings with annotations, by name.
    pub pairs: Vec<Pair>,
    /// What could not be paired.
    pub problems: Vec<Problem>,
    /// Text files that belong to no recording.
    pub others: Vec<PathBuf>,
}

/// Pairs the recordings below a folder with the annotations below it.
///
/// # Errors
/// [`Problem::Read`] for a folder that cannot be listed.
pub fn find(folder: &Path) -> Result<Pairs, Problem> {
    let mut files = Vec::new();
    walk(folder, &mut files)?;
    let (recordings, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_audio_name(file));
    let mut found = Pairs {
        pairs: recordings.into_iter().map(|recording| Pair { recording, annotations: Vec::new() }).collect(),
        ..Pairs::default()
    };
    for annotation in others.into_iter().filter(|file| layout::is_possible(file)) {
        let mut owners: Vec<(usize, u8)> = Vec::new();
        for (index, pair) in found.pairs.iter().enumerate() {
            if let Some(closeness) = closeness(folder, &pair.recording, &annotation) {
                owners.push((index, closeness));
            }
        }
        let best = owners.iter().map(|owner| owner.1).min();
        owners.retain(|owner| Some(owner.1) == best);
        let stem = |index: usize| found.pairs[index].recording.file_stem();
        let clash = owners.windows(2).find(|pair| stem(pair[0].0) == stem(pair[1].0));
        if let Some(clash) = clash {
            found.problems.push(Problem::TwoRecordings {
                annotation,
                first: found.pairs[clash[0].0].recording.clone(),
                second: found.pairs[clash[1].0].recording.clone(),
            });
        } else if owners.is_empty() && layout::is_certain(&annotation) {
            found.problems.push(Problem::NoRecording { file: annotation });
        } else if owners.is_empty() {
            found.others.push(annotation);
        } else {
            for (index, _) in owners {
                found.pairs[index].annotations.push(annotation.clone());
            }
        }
    }
    let (annotated, bare) = found.pairs.into_iter().partition(|pair| !pair.annotations.is_empty());
    found.pairs = annotated;
    let bare: Vec<Pair> = bare;
    found.problems.extend(bare.into_iter().map(|pair| Problem::NoAnnotation { file: pair.recording }));
    Ok(found)
}

/// How far an annotation is from a recording that it may belong to, 0 for the closest; `None` where the names differ.
fn closeness(folder: &Path, recording: &Path, annotation: &Path) -> Option<u8> {
    let name = annotation.file_name()?.to_string_lossy();
    let stem = recording.file_stem()?.to_string_lossy();
    let exact = is_named_after(&name, &stem);
    let microphone =
        || MICROPHONES.iter().any(|end| stem.strip_suffix(end).is_some_and(|stem| is_named_after(&name, stem)));
    if !exact && !microphone() {
        return None;
    }
    let place = |file: &Path| file.parent().and_then(|parent| parent.strip_prefix(folder).ok()).map(Path::to_path_buf);
    let below_top = |place: &PathBuf| place.components().skip(1).collect::<PathBuf>();
    let (here, there) = (place(recording)?, place(annotation)?);
    let distance = if here == there {
        0
    } else if below_top(&here) == below_top(&there) {
        1
    } else {
        2
    };
    Some(2 * distance + u8::from(!exact))
}

/// Whether an annotation's file name is a recording's name, maybe a word for what it holds, and an extension.
fn is_named_after(name: &str, stem: &str) -> bool {
    let Some(rest) = name.strip_prefix(stem) else { return false };
    let Some((word, _)) = rest.rsplit_once('.') else { return false };
    word.is_empty() || word.strip_prefix(['.', '_', '-', ' ']).is_some_and(layout::is_kind_word)
}

/// Files below a folder, sorted. Hidden entries are left out, links to folders are not followed.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Problem> {
    let unreadable = |source| Problem::Read { file: folder.to_owned(), source };
    let mut entries = fs::read_dir(folder).map_err(unreadable)?.collect::<io::Result<Vec<_>>>().map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            walk(&path, found)?;
        } else if path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        folder
    }

    /// The pairs of a folder as `recording: annotations`, and its problems.
    fn pairs(files: &[&str]) -> (Vec<String>, Vec<String>) {
        let folder = folder(files);
        let found = find(folder.path()).unwrap();
        let name = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned();
        let pair = |pair: &Pair| {
            format!("{}: {}", name(&pair.recording), pair.annotations.iter().map(name).collect::<Vec<_>>().join(" "))
        };
        let root = format!("{}/", folder.path().display());
        let problems = found.problems.iter().map(|problem| problem.to_string().replace(&root, ""));
        (found.pairs.iter().map(pair).collect(), problems.collect())
    }

    #[test]
    fn annotations_are_found_beside_their_recording_and_in_parallel_folders() {
        let (pairs, problems) = pairs(&[
            "x.wav",
            "x.beats",
            "x_onsets.csv",
            "x2.flac",
            "x2.lab",
            "audio/a/y.mp3",
            "audio/b/y.mp3",
            "chords/a/y.lab",
            "chords/b/y.lab",
            "audio/z_mic.wav",
            "audio/z_mix.wav",
            "annotation/z.jams",
            "LICENSE.txt",
        ]);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            pairs,
            [
                "audio/a/y.mp3: chords/a/y.lab",
                "audio/b/y.mp3: chords/b/y.lab",
                "audio/z_mic.wav: annotation/z.jams",
                "audio/z_mix.wav: annotation/z.jams",
                "x.wav: x.beats x_onsets.csv",
                "x2.flac: x2.lab",
            ]
        );
    }

    #[test]
    fn what_cannot_be_paired_is_named() {
        let (pairs, problems) = pairs(&["x.wav", "x.flac", "x.beats", "alone.wav", "typo.lab"]);
        assert!(pairs.is_empty());
        assert!(problems.iter().any(|problem| problem.starts_with("x.beats: belongs to x.flac as well as to x.wav")));
        assert!(problems.iter().any(|problem| problem.starts_with("typo.lab: has no recording")), "{problems:?}");
        assert!(problems.iter().any(|problem| problem.starts_with("alone.wav: has no annotation")), "{problems:?}");
    }
}
