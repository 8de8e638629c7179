//! From a file or a pipe to a container whose tracks are known.

use std::{
    fs::File,
    io::{self, Cursor, Read, Seek},
};

use symphonia::core::{
    formats::{FormatOptions, FormatReader, probe::Hint},
    io::{MediaSource, MediaSourceStream, ReadOnlySource},
    meta::MetadataOptions,
};

use crate::{
    DecodeError, Source,
    edit_list::{self, Edit},
};

/// First bytes of a file that an error message shows.
const HEAD_BYTES: u64 = 12;

/// A container whose tracks are known.
pub struct OpenedContainer {
    /// The container.
    pub container: Box<dyn FormatReader>,
    /// Whether the length that it announces can be relied on, which a pipe's cannot.
    pub length_is_reliable: bool,
    /// The stretch that is meant to be heard, where an MP4 file says so.
    pub edit: Option<Edit>,
}

/// Opens a container.
///
/// # Errors
/// When the source cannot be read or is of no known kind.
pub fn open_container(source: &Source) -> Result<OpenedContainer, DecodeError> {
    let mut hint = Hint::new();
    let (media, head, edit) = match source {
        Source::Stdin => {
            hint.with_extension("wav");
            let (media, head) = unseekable(io::stdin())?;
            (media, head, None)
        }
        Source::File(path) => {
            if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
                hint.with_extension(extension);
            }
            let mut file = File::open(path)?;
            if file.is_seekable() {
                let edit = edit_list::read(&mut file);
                file.rewind()?;
                let head = read_head(&mut file)?;
                file.rewind()?;
                (Box::new(file) as Box<dyn MediaSource>, head, edit)
            } else {
                let (media, head) = unseekable(file)?;
                (media, head, None)
            }
        }
    };
    if head.is_empty() {
        return Err(DecodeError::Empty);
    }
    let length_is_reliable = media.is_seekable();
    let stream = MediaSourceStream::new(media, Default::default());
    let container = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|reason| DecodeError::Unrecognised { found: describe_start(&head), reason })?;
    Ok(OpenedContainer { container, length_is_reliable, edit })
}

/// Wraps a stream that cannot be rewound; also returns its first bytes.
fn unseekable(mut stream: impl Read + Send + Sync + 'static) -> io::Result<(Box<dyn MediaSource>, Vec<u8>)> {
    let head = read_head(&mut stream)?;
    Ok((Box::new(ReadOnlySource::new(Cursor::new(head.clone()).chain(stream))), head))
}

/// The first bytes, which say what a file is that cannot be read.
fn read_head(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    stream.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

/// The first bytes of a file as a quoted string, for an error message.
fn describe_start(head: &[u8]) -> String {
    format!("a file that starts with \"{}\"", head.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_audio() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("song.mp3");
        std::fs::write(&path, "<!DOCTYPE html><title>404</title>").unwrap();
        let Err(error) = open_container(&Source::File(path)) else { panic!("opened") };
        assert!(error.to_string().contains("starts with \"<!DOCTYPE ht\""), "{error}");
    }

    #[test]
    fn an_empty_file_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("song.wav");
        std::fs::write(&path, "").unwrap();
        assert!(matches!(open_container(&Source::File(path)), Err(DecodeError::Empty)));
    }
}
