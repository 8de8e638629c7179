//! What an annotation file holds: told by its extension, by a word in its name or in its folder's, else by its contents.

use std::{fs, path::Path};

use crate::data::Labels;

use super::{beats, chords, jams, midi, onsets, problem::Problem, text::Text, voice};

/// Extensions of files that are annotations whatever their name.
const CERTAIN: [&str; 9] = ["beats", "onsets", "chords", "voice", "lab", "jams", "mid", "midi", "downbeats"];

/// Extensions of files that are annotations if they are called like a recording.
const POSSIBLE: [&str; 2] = ["txt", "csv"];

/// Words in names that tell what a text file holds.
const WORDS: [(&str, Layout); 10] = [
    ("downbeat", Layout::Beats),
    ("beat", Layout::Beats),
    ("onset", Layout::Onsets),
    ("chord", Layout::Chords),
    ("voice", Layout::Voice),
    ("vocal", Layout::Voice),
    ("sing", Layout::Voice),
    ("jams", Layout::Jams),
    ("midi", Layout::Midi),
    ("annotation", Layout::Text),
];

/// How a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A beat list.
    Beats,
    /// An onset list.
    Onsets,
    /// Chords.
    Chords,
    /// Voice.
    Voice,
    /// JAMS.
    Jams,
    /// MIDI.
    Midi,
    /// Text of a kind that its contents must tell.
    Text,
}

/// Whether a file is an annotation by its extension alone.
pub fn is_certain(path: &Path) -> bool {
    has_extension(path, &CERTAIN)
}

/// Whether a file may be an annotation.
pub fn is_possible(path: &Path) -> bool {
    is_certain(path) || has_extension(path, &POSSIBLE)
}

/// Whether a word may stand between a recording's name and an annotation's extension, as in `X_beats.csv`.
pub fn is_kind_word(word: &str) -> bool {
    let word = word.to_lowercase();
    WORDS.iter().any(|(known, _)| word == *known || word.strip_suffix('s') == Some(known)) || word == "singing"
}

/// Reads an annotation for a recording of `seconds`; also returns remarks for the report.
///
/// # Errors
/// [`Problem`] with the file, and the line where there is one.
pub fn read(file: &Path, seconds: f64, midi_beats: bool) -> Result<(Labels, Vec<String>), Problem> {
    let unreadable = |source| Problem::Read { file: file.to_owned(), source };
    let layout = by_name(file);
    let bytes = fs::read(file).map_err(unreadable)?;
    match layout {
        Layout::Jams => return jams::parse(file, &bytes, seconds),
        Layout::Midi => return midi::parse(file, &bytes, seconds, midi_beats),
        _ => {}
    }
    let contents = String::from_utf8_lossy(&bytes);
    let text = Text { file, contents: &contents, seconds };
    let layout = if layout == Layout::Text { by_contents(text)? } else { layout };
    let mut labels = Labels::default();
    let mut remarks = Vec::new();
    match layout {
        Layout::Onsets => labels.onsets = Some(onsets::parse(text)?),
        Layout::Beats => labels.beats = Some(beats::parse(text)?),
        Layout::Voice => labels.voice = Some(voice::parse(text)?),
        _ => {
            let (chords, unknown) = chords::parse(text)?;
            labels.chords = Some(chords);
            remarks = unknown;
        }
    }
    Ok((labels, remarks))
}

fn by_name(file: &Path) -> Layout {
    let lower = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().to_lowercase();
    let extension = lower(file.extension());
    // The last word of the stem: what stands before it is the recording's name, which may hold any word.
    let stem = lower(file.file_stem());
    let last_word = stem.rsplit(['.', '_', '-', ' ']).next().filter(|word| stem.len() > word.len()).unwrap_or_default();
    let folder = lower(file.parent().and_then(Path::file_name));
    for (place, exact) in [(extension.as_str(), false), (last_word, true), (folder.as_str(), false)] {
        let holds =
            |word: &str| if exact { is_kind_word(place) && place.starts_with(word) } else { place.contains(word) };
        if let Some((_, layout)) = WORDS.iter().find(|(word, layout)| *layout != Layout::Text && holds(word)) {
            let is_text = !matches!(layout, Layout::Jams | Layout::Midi);
            if is_text || place == extension {
                return *layout;
            }
        }
        if place == "mid" {
            return Layout::Midi;
        }
    }
    Layout::Text
}

/// What a text holds by its first line: three fields are a stretch with a label, two a beat with its position.
fn by_contents(text: Text<'_>) -> Result<Layout, Problem> {
    let unknown = || Problem::UnknownLayout { file: text.file.to_owned() };
    let row = text.rows().next().ok_or_else(unknown)?;
    let is_number = |index| row.field(index).is_some_and(|field| field.parse::<f64>().is_ok());
    match (is_number(0), is_number(1), row.rest(2)) {
        (true, true, label) if voice::is_sung(label).is_some() => Ok(Layout::Voice),
        (true, true, "") => Ok(Layout::Beats),
        (true, true, _) if !is_number(2) => Ok(Layout::Chords),
        _ => Err(unknown()),
    }
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension().is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_file_holds() {
        for (name, layout) in [
            ("a/x.beats", Layout::Beats),
            ("a/x_onsets.csv", Layout::Onsets),
            ("a/x.beats.txt", Layout::Beats),
            ("beats/x.txt", Layout::Beats),
            ("a/x.MID", Layout::Midi),
            ("a/x.jams", Layout::Jams),
            ("a/x.chords.lab", Layout::Chords),
            ("a/My beat song.lab", Layout::Text),
            ("midi/x.txt", Layout::Text),
        ] {
            assert_eq!(by_name(Path::new(name)), layout, "{name}");
        }
    }

    #[test]
    fn contents_tell_what_a_name_does_not() {
        let read = |contents| by_contents(Text { file: Path::new("x.lab"), contents, seconds: 9.0 });
        assert_eq!(read("0 1 C:maj\n").unwrap(), Layout::Chords);
        assert_eq!(read("0 1 nosing\n").unwrap(), Layout::Voice);
        assert_eq!(read("0.5 1\n").unwrap(), Layout::Beats);
        assert!(read("0.5\n").unwrap_err().to_string().starts_with("x.lab: cannot tell what this holds"));
    }
}
