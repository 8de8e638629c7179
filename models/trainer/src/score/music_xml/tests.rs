use std::io::Write;

use super::*;
use crate::score::{
    Chord,
    written::{Bar, Symbol, WrittenPart},
};

/// A score of one part from the contents of its measures.
fn score(measures: &[&str]) -> Result<WrittenScore, MusicXmlError> {
    let measures: String = measures.iter().map(|measure| format!("<measure>{measure}</measure>\n")).collect();
    let text = format!(
        "<!DOCTYPE score-partwise PUBLIC '-//Recordare//DTD MusicXML 2.0 Partwise//EN' 'partwise.dtd'>\n\
         <score-partwise><part-list><score-part id='P1'><part-name>Voice</part-name></score-part></part-list>\n\
         <part id='P1'>\n{measures}</part></score-partwise>"
    );
    parse(&text, Path::new("song.musicxml"))
}

const FOUR_FOUR: &str = "<attributes><divisions>2</divisions><key><fifths>-3</fifths></key>\
    <time><beats>4</beats><beat-type>4</beat-type></time></attributes>";

fn note(step: &str, duration: u32, more: &str) -> String {
    format!("<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>{duration}</duration>{more}</note>")
}

fn notes(part: &WrittenPart) -> Vec<(f64, f64, u8)> {
    part.notes.iter().map(|note| (note.start, note.length, note.key)).collect()
}

#[test]
fn notes_chords_and_voices_are_read() {
    let chord =
        "<note><chord/><pitch><step>E</step><alter>-1</alter><octave>4</octave></pitch><duration>4</duration></note>";
    let grace = "<note><grace/><pitch><step>B</step><octave>4</octave></pitch></note>";
    let lower = note("A", 8, "<voice>2</voice>");
    let first = format!(
        "{FOUR_FOUR}{}{chord}{grace}<note><rest/><duration>4</duration></note><backup><duration>8</duration></backup>{lower}",
        note("C", 4, "<lyric><text>la</text></lyric>")
    );
    let score = score(&[&first]).unwrap();
    assert_eq!(notes(&score.parts[0]), [(0.0, 2.0, 60), (0.0, 2.0, 63), (0.0, 4.0, 69)]);
    assert_eq!((score.parts[0].name.as_str(), score.parts[0].sung), ("Voice", true));
    assert_eq!(score.bars, [Bar { start: 0.0, length: 4.0, metre: (4, 4), sharps: -3, key: None }]);
}

#[test]
fn ties_join_notes_over_the_bar_line() {
    let first = format!("{FOUR_FOUR}{}{}", note("C", 6, ""), note("D", 2, "<tie type='start'/>"));
    let second = format!("{}{}", note("D", 4, "<tie type='stop'/>"), note("D", 4, ""));
    let score = score(&[&first, &second]).unwrap();
    assert_eq!(notes(&score.parts[0]), [(0.0, 3.0, 60), (3.0, 3.0, 62), (6.0, 2.0, 62)]);
}

#[test]
fn repeats_are_played_out_with_their_symbols() {
    let harmony = "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>dominant</kind>\
        <degree><degree-value>9</degree-value><degree-alter>-1</degree-alter><degree-type>add</degree-type></degree></harmony>";
    let close = "<barline><repeat direction='backward'/></barline>";
    let score = score(&[&format!("{FOUR_FOUR}{harmony}{}{close}", note("C", 8, ""))]).unwrap();
    let chord = Symbol::Chord(Chord::parse("Bb:7(b9)").unwrap());
    assert_eq!(score.symbols, [(0.0, chord), (4.0, chord)]);
    assert_eq!(notes(&score.parts[0]), [(0.0, 4.0, 60), (4.0, 4.0, 60)]);
}

#[test]
fn symbols_are_read_with_their_degrees_and_bass() {
    let symbol = |kind: &str, more: &str| {
        let harmony = format!("<harmony><root><root-step>C</root-step></root><kind>{kind}</kind>{more}</harmony>");
        score(&[&format!("{FOUR_FOUR}{harmony}")]).unwrap().symbols[0].1
    };
    let degree = |value: u8, alter: i8, kind: &str| {
        format!(
            "<degree><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>\
             <degree-type>{kind}</degree-type></degree>"
        )
    };
    let label = |symbol| match symbol {
        Symbol::Chord(chord) => chord.label(),
        Symbol::NoChord => "N".to_owned(),
        Symbol::Unknown => "?".to_owned(),
    };
    assert_eq!(label(symbol("half-diminished", "")), "C:hdim7");
    assert_eq!(label(symbol("minor-13th", "")), "C:min9");
    assert_eq!(label(symbol("suspended-fourth", &degree(7, 0, "add"))), "C:sus4(b7)");
    assert_eq!(label(symbol("dominant", &degree(5, 1, "alter"))), "C:aug(b7)");
    assert_eq!(label(symbol("dominant", &degree(13, 0, "add"))), "C:7");
    assert_eq!(label(symbol("major", "<bass><bass-step>E</bass-step></bass>")), "C:maj/3");
    assert_eq!(label(symbol("none", "")), "N");
    assert_eq!(label(symbol("Neapolitan", "")), "?");
}

#[test]
fn tempo_dynamics_and_transposition_are_followed() {
    let marks = "<attributes><transpose><chromatic>-2</chromatic></transpose></attributes>\
        <direction><sound tempo='72' dynamics='50'/></direction>";
    let score = score(&[&format!("{FOUR_FOUR}{}{marks}{}", note("C", 4, ""), note("C", 4, ""))]).unwrap();
    assert_eq!(score.tempi, [(2.0, 72.0)]);
    let second = score.parts[0].notes[1];
    assert_eq!((second.key, second.velocity), (58, 45));
}

#[test]
fn faults_are_named_with_file_and_line() {
    let error = score(&[FOUR_FOUR, "<note><pitch><step>H</step></pitch><duration>1</duration></note>"]).unwrap_err();
    assert_eq!(error.to_string(), "song.musicxml:5: expected a step from A to G and an octave");
    let other = parse("<score-timewise/>", Path::new("a.xml")).unwrap_err();
    assert_eq!(other.to_string(), "a.xml:1: expected a partwise score (score-partwise)");
}

#[test]
fn compressed_scores_are_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    for named in ["x.xml", "that's x.xml"] {
        let file = folder.path().join("song.mxl");
        write_compressed(&file, named);
        assert_eq!(read(&file).unwrap().bars.len(), 1, "{named}");
    }
    let file = folder.path().join("other.mxl");
    std::fs::write(&file, b"no archive").unwrap();
    assert!(read(&file).unwrap_err().to_string().contains("compressed score"));
}

/// A score of one measure under a name, which the container gives in single quotes whatever it holds.
fn write_compressed(file: &Path, name: &str) {
    let mut archive = zip::ZipWriter::new(std::fs::File::create(file).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("META-INF/container.xml", options).unwrap();
    let container = format!("<container><rootfiles><rootfile full-path='{name}'/></rootfiles></container>");
    archive.write_all(container.as_bytes()).unwrap();
    archive.start_file(name, options).unwrap();
    archive.write_all(b"<score-partwise><part id='P1'><measure/></part></score-partwise>").unwrap();
    archive.finish().unwrap();
}
