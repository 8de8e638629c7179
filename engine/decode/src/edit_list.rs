//! The edit list of an MP4 file: which stretch of the audio is meant to be heard.
//!
//! AAC encoders put 1,024 to 2,112 samples of priming before the music, 20 to 50 ms, and say so in an edit list
//! (ISO/IEC 14496-12, 8.6.6). Symphonia reads past it, so it is read here. Only box headers and a few fields are
//! looked at; a file that is not MP4, or one without a usable list, has no edit.

use std::io::{self, Read, Seek, SeekFrom};

/// Boxes looked at on any level; a sane file has a few dozen.
const MAXIMUM_BOXES: usize = 4096;

/// The stretch of an audio track that is meant to be heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edit {
    /// Seconds before it.
    pub skip_seconds: f64,
    /// Its length in seconds, where the list says so.
    pub length_seconds: Option<f64>,
}

/// A box: its type, and where its contents begin and end.
struct BoxHeader {
    kind: [u8; 4],
    start: u64,
    end: u64,
}

/// Reads the edit of the first audio track.
pub fn read(file: &mut (impl Read + Seek)) -> Option<Edit> {
    let end = file.seek(SeekFrom::End(0)).ok()?;
    let top = boxes(file, 0, end)?;
    if top.first()?.kind != *b"ftyp" {
        return None;
    }
    let movie = find(&top, b"moov")?;
    let movie_boxes = boxes(file, movie.start, movie.end)?;
    let movie_timescale = timescale(file, find(&movie_boxes, b"mvhd")?)?;
    movie_boxes
        .iter()
        .filter(|part| &part.kind == b"trak")
        .find_map(|track| edit_of_track(file, track, movie_timescale))
}

fn edit_of_track(file: &mut (impl Read + Seek), track: &BoxHeader, movie_timescale: u32) -> Option<Edit> {
    let parts = boxes(file, track.start, track.end)?;
    let media = find(&parts, b"mdia")?;
    let media_boxes = boxes(file, media.start, media.end)?;
    // Version and flags (4 bytes) and a reserved field (4 bytes) come before the handler's type.
    let handler: [u8; 4] = read_at(file, find(&media_boxes, b"hdlr")?.start + 8)?;
    if handler != *b"soun" {
        return None;
    }
    let media_timescale = timescale(file, find(&media_boxes, b"mdhd")?)?;
    let edits = find(&parts, b"edts")?;
    let list = boxes(file, edits.start, edits.end)?;
    first_entry(file, find(&list, b"elst")?, media_timescale, movie_timescale)
}

/// The first entry that shows media; empty ones, which delay the track, have a media time of −1.
fn first_entry(
    file: &mut (impl Read + Seek),
    list: &BoxHeader,
    media_timescale: u32,
    movie_timescale: u32,
) -> Option<Edit> {
    let [version, ..]: [u8; 4] = read_at(file, list.start)?;
    let entries = u32::from_be_bytes(read_at(file, list.start + 4)?);
    let entry_bytes = if version == 1 { 20 } else { 12 };
    for index in 0..entries.min(MAXIMUM_BOXES as u32) {
        let at = list.start + 8 + u64::from(index) * entry_bytes;
        if at + entry_bytes > list.end {
            return None;
        }
        let (length, media_time) = if version == 1 {
            (u64::from_be_bytes(read_at(file, at)?), i64::from_be_bytes(read_at(file, at + 8)?))
        } else {
            let length = u32::from_be_bytes(read_at(file, at)?);
            (length.into(), i32::from_be_bytes(read_at(file, at + 4)?).into())
        };
        if media_time >= 0 {
            return Some(Edit {
                skip_seconds: media_time as f64 / f64::from(media_timescale),
                length_seconds: (length > 0 && entries == 1).then(|| length as f64 / f64::from(movie_timescale)),
            });
        }
    }
    None
}

/// The timescale of a movie or media header: two times of 4 or 8 bytes lie before it, after version and flags.
fn timescale(file: &mut (impl Read + Seek), header: &BoxHeader) -> Option<u32> {
    let [version, ..]: [u8; 4] = read_at(file, header.start)?;
    let offset = if version == 1 { 20 } else { 12 };
    Some(u32::from_be_bytes(read_at(file, header.start + offset)?)).filter(|timescale| *timescale > 0)
}

fn find<'a>(boxes: &'a [BoxHeader], kind: &[u8; 4]) -> Option<&'a BoxHeader> {
    boxes.iter().find(|candidate| &candidate.kind == kind)
}

/// The boxes one after the other in a stretch of the file; those before the first that is broken.
fn boxes(file: &mut (impl Read + Seek), start: u64, end: u64) -> Option<Vec<BoxHeader>> {
    let mut found = Vec::new();
    let mut at = start;
    while at + 8 <= end && found.len() < MAXIMUM_BOXES {
        let size = u64::from(u32::from_be_bytes(read_at(file, at)?));
        let kind = read_at(file, at + 4)?;
        let (header, size) = match size {
            0 => (8, end - at),
            1 => (16, u64::from_be_bytes(read_at(file, at + 8)?)),
            size => (8, size),
        };
        let Some(box_end) = at.checked_add(size).filter(|box_end| size >= header && *box_end <= end) else { break };
        found.push(BoxHeader { kind, start: at + header, end: box_end });
        at = box_end;
    }
    Some(found)
}

fn read_at<const BYTES: usize>(file: &mut (impl Read + Seek), position: u64) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    let read: io::Result<()> = file.seek(SeekFrom::Start(position)).and_then(|_| file.read_exact(&mut bytes));
    read.ok().map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn boxed(kind: &[u8; 4], contents: &[&[u8]]) -> Vec<u8> {
        let contents = contents.concat();
        [&(contents.len() as u32 + 8).to_be_bytes(), kind.as_slice(), &contents].concat()
    }

    fn movie(edit_list: &[u8]) -> Vec<u8> {
        let header = |kind, timescale: u32| boxed(kind, &[&[0; 12], &timescale.to_be_bytes(), &[0; 8]]);
        let track = |handler: &[u8; 4], edits: &[u8]| {
            let handler = boxed(b"hdlr", &[&[0; 8], handler, &[0; 12]]);
            boxed(b"trak", &[&boxed(b"mdia", &[&header(b"mdhd", 44_100), &handler]), edits])
        };
        let parts = [header(b"mvhd", 1000), track(b"vide", &[]), track(b"soun", edit_list)].concat();
        [boxed(b"ftyp", &[b"M4A "]), boxed(b"mdat", &[&[7; 100]]), boxed(b"moov", &[&parts])].concat()
    }

    fn list(entries: &[(u32, i32)]) -> Vec<u8> {
        let mut contents = vec![0; 4];
        contents.extend((entries.len() as u32).to_be_bytes());
        for (length, media_time) in entries {
            contents.extend([length.to_be_bytes(), media_time.to_be_bytes(), [0, 1, 0, 0]].concat());
        }
        boxed(b"edts", &[&boxed(b"elst", &[&contents])])
    }

    #[test]
    fn the_priming_of_the_audio_track_is_found() {
        let edit = read(&mut Cursor::new(movie(&list(&[(2500, 2112)])))).unwrap();
        assert_eq!(edit, Edit { skip_seconds: 2112.0 / 44_100.0, length_seconds: Some(2.5) });
        let edit = read(&mut Cursor::new(movie(&list(&[(500, -1), (2500, 1024)])))).unwrap();
        assert_eq!(edit, Edit { skip_seconds: 1024.0 / 44_100.0, length_seconds: None });
    }

    #[test]
    fn files_without_an_edit_have_none() {
        assert_eq!(read(&mut Cursor::new(movie(&[]))), None);
        assert_eq!(read(&mut Cursor::new(movie(&list(&[])))), None);
        assert_eq!(read(&mut Cursor::new(b"RIFF....WAVEfmt ".to_vec())), None);
        assert_eq!(read(&mut Cursor::new(Vec::new())), None);
    }

    #[test]
    fn damaged_files_do_no_harm() {
        let whole = movie(&list(&[(2500, 2112)]));
        for length in 0..whole.len() {
            read(&mut Cursor::new(&whole[..length]));
        }
        for position in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut damaged = whole.clone();
                damaged[position] = value;
                read(&mut Cursor::new(damaged));
            }
        }
    }
}
