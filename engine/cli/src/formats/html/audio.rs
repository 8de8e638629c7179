//! The recording itself, so that one can listen along.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Component, Path, PathBuf},
};

use attacca_decode::Source;
use base64::{engine::general_purpose::STANDARD, write::EncoderWriter};

use super::template::{Escaped, percent_encoded};

/// Recordings up to this size are part of the page; larger ones are linked.
pub const LARGEST_EMBEDDED_BYTES: u64 = 3 << 20;

/// Writes a player, where browsers play the recording's format and the page can reach it.
///
/// # Errors
/// When writing fails. A recording that cannot be read again is left out.
pub fn write(source: &Source, folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let Source::File(path) = source else { return Ok(()) };
    let Some(media_type) = media_type(path) else { return Ok(()) };
    let Ok(file_facts) = fs::metadata(path) else { return Ok(()) };
    if file_facts.len() <= LARGEST_EMBEDDED_BYTES && file_facts.is_file() {
        let Ok(mut file) = File::open(path) else { return Ok(()) };
        write!(out, "<audio id=\"audio\" controls preload=\"auto\" src=\"data:{media_type};base64,")?;
        let mut encoder = EncoderWriter::new(&mut *out, &STANDARD);
        io::copy(&mut file, &mut encoder)?;
        encoder.finish()?;
        drop(encoder);
        writeln!(out, "\"></audio>")
    } else if let Some(link) = folder.and_then(|folder| relative_link(folder, path)) {
        writeln!(out, "<audio id=\"audio\" controls preload=\"metadata\" src=\"{}\"></audio>", Escaped(&link))
    } else {
        Ok(())
    }
}

/// The type of what browsers play; AIFF is not among it.
fn media_type(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "wav" | "wave" => "audio/wav",
        "flac" => "audio/flac",
        "ogg" | "oga" => "audio/ogg",
        "mp3" => "audio/mpeg",
        "m4a" | "m4b" => "audio/mp4",
        "aac" => "audio/aac",
        _ => return None,
    })
}

/// The way from a folder to a file as a URL without a scheme.
fn relative_link(folder: &Path, file: &Path) -> Option<String> {
    let folder = fs::canonicalize(folder).ok()?;
    let file = fs::canonicalize(file).ok()?;
    relative_path(&folder, &file).map(|path| percent_encoded(path.as_os_str().as_encoded_bytes()).replace("%5C", "/"))
}

/// The way from one absolute path to another; `None` between drives.
fn relative_path(folder: &Path, file: &Path) -> Option<PathBuf> {
    let shared = folder.components().zip(file.components()).take_while(|(left, right)| left == right).count();
    if shared == 0 {
        return None;
    }
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let mut path: PathBuf = up.chain(file.components().skip(shared)).collect();
    if !path.starts_with(Component::ParentDir) {
        path = Path::new(".").join(path);
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative() {
        let link = |folder: &str, file: &str| relative_path(Path::new(folder), Path::new(file)).unwrap();
        assert_eq!(link("/music/out", "/music/album/song.wav"), Path::new("../album/song.wav"));
        assert_eq!(link("/music", "/music/a:b.wav"), Path::new("./a:b.wav"));
    }

    #[test]
    fn small_recordings_are_embedded_and_large_ones_linked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b.wav");
        let source = Source::File(path.clone());
        let written = |folder: Option<&Path>| {
            let mut out = Vec::new();
            write(&source, folder, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        fs::write(&path, b"RIFF").unwrap();
        assert!(written(None).contains("src=\"data:audio/wav;base64,UklGRg==\""));
        File::create(&path).unwrap().set_len(LARGEST_EMBEDDED_BYTES + 1).unwrap();
        assert!(written(Some(folder.path())).contains("src=\"./a%20b.wav\""));
        assert_eq!(written(None), "");
    }
}
