use attacca_models::vocabulary::KeyClass;

use super::*;
use crate::score::written::{Bar, Symbol};

/// The one tune of a text.
fn tune(header: &str, body: &str) -> Result<WrittenScore, AbcError> {
    let text = format!("X:1\nT:A tune\n{header}\n{body}\n");
    tunes(&text)[0].read(Path::new("tunes.abc"))
}

/// Start, length and key of each note, in eighths.
fn notes(header: &str, body: &str) -> Vec<(f64, f64, u8)> {
    let score = tune(header, body).unwrap();
    score.parts[0].notes.iter().map(|note| (2.0 * note.start, 2.0 * note.length, note.key)).collect()
}

fn keys(header: &str, body: &str) -> Vec<u8> {
    notes(header, body).into_iter().map(|(.., key)| key).collect()
}

fn lengths(body: &str) -> Vec<f64> {
    notes(PLAIN, body).into_iter().map(|(_, length, _)| length).collect()
}

const PLAIN: &str = "M:4/4\nL:1/8\nK:C";

#[test]
fn files_hold_tunes_with_fields_for_all() {
    let text = "% a book\nM:3/4\nsome words\n\nX:1\nT:One\nT:Uno\nK:C\nC2E2G2|\n\nbetween\n\nX:2\nT:Two\nM:2/4\nK:G\nG8|\nX:3\nK:C\nC6|\n";
    let found = tunes(text);
    let names: Vec<_> = found.iter().map(|tune| (tune.number.as_str(), tune.title.as_str(), tune.line)).collect();
    assert_eq!(names, [("1", "One", 5), ("2", "Two", 13), ("3", "", 18)]);
    let metres = found.iter().map(|tune| tune.read(Path::new("x")).unwrap().bars[0].metre).collect::<Vec<_>>();
    assert_eq!(metres, [(3, 4), (2, 4), (3, 4)]);
}

#[test]
fn notes_have_octaves_accidentals_and_lengths() {
    assert_eq!(keys(PLAIN, "C, C c c' ^F _B ^^G __A"), [48, 60, 72, 84, 66, 70, 69, 67]);
    assert_eq!(lengths("A A2 A3/2 A/ A/4 A// A3/ A16"), [1.0, 2.0, 1.5, 0.5, 0.25, 0.25, 1.5, 16.0]);
    assert_eq!(notes(PLAIN, "C z2 x E|Z|G"), [(0.0, 1.0, 60), (4.0, 1.0, 64), (13.0, 1.0, 67)]);
}

#[test]
fn accidentals_hold_to_the_end_of_the_bar_in_every_octave() {
    assert_eq!(keys("M:4/4\nL:1/8\nK:D", "F =F f F | F"), [66, 65, 77, 65, 66]);
    // A tied note keeps its accidental over the bar line; the next does not have it.
    assert_eq!(notes(PLAIN, "^F4-|F2F2"), [(0.0, 6.0, 66), (6.0, 2.0, 65)]);
}

#[test]
fn ties_join_notes_and_slurs_do_not() {
    assert_eq!(notes(PLAIN, "(C2-C2 D2) E2-|E2 -E2"), [(0.0, 4.0, 60), (4.0, 2.0, 62), (6.0, 6.0, 64)]);
    assert_eq!(notes(PLAIN, "[C-E]2[CG]2"), [(0.0, 4.0, 60), (0.0, 2.0, 64), (2.0, 2.0, 67)]);
    assert_eq!(notes(PLAIN, "B2-c2"), [(0.0, 2.0, 71), (2.0, 2.0, 72)]);
}

#[test]
fn broken_rhythm_and_tuplets_change_lengths() {
    assert_eq!(lengths("A>B A<B A>>B"), [1.5, 0.5, 0.5, 1.5, 1.75, 0.25]);
    assert_eq!(lengths("(A\"4\" >{c}B)"), [1.5, 0.5]);
    let third = 2.0 / 3.0;
    assert_eq!(lengths("(3ABc d"), [third, third, third, 1.0]);
    assert_eq!(lengths("(3:2:2A2B ((3ABc)"), [2.0 * third, third, third, third, third]);
    assert_eq!(lengths("(2AB"), [1.5, 1.5]);
}

#[test]
fn chords_and_overlays_sound_together() {
    assert_eq!(
        notes(PLAIN, "[CEG]2 [C2E/]"),
        [(0.0, 2.0, 60), (0.0, 2.0, 64), (0.0, 2.0, 67), (2.0, 2.0, 60), (2.0, 0.5, 64)]
    );
    assert_eq!(notes(PLAIN, "c4 & E2G2|c2"), [(0.0, 4.0, 72), (0.0, 2.0, 64), (2.0, 2.0, 67), (4.0, 2.0, 72)]);
}

#[test]
fn symbols_are_told_from_words() {
    let score = tune(PLAIN, "\"Am7\"A4 \"^softly\"B2\"G\"G2|\"4\"c4\"N.C.\"c4|").unwrap();
    let chord = |label| Symbol::Chord(crate::score::Chord::parse(label).unwrap());
    assert_eq!(score.symbols, [(0.0, chord("A:min7")), (3.0, chord("G:maj")), (6.0, Symbol::NoChord)]);
}

#[test]
fn repeats_are_played_out_with_their_endings() {
    assert_eq!(keys(PLAIN, "|:C8:|D8|"), [60, 60, 62]);
    assert_eq!(keys(PLAIN, "C8::D8:|"), [60, 60, 62, 62]);
    assert_eq!(keys(PLAIN, "|:C8|1 D8:|2 E8||F8|"), [60, 62, 60, 64, 65]);
    assert_eq!(keys(PLAIN, "C8|[1 D8:|[2 E8|]"), [60, 62, 60, 64]);
    assert_eq!(keys(PLAIN, "|:C8|1,2 D8:|3 E8|]"), [60, 62, 60, 62, 60, 64]);
    assert_eq!(keys(PLAIN, "|::C8::|D8|]"), [60, 60, 60, 62]);
    // Endings that begin within a line that another continues.
    assert_eq!(keys(PLAIN, "C8|\\\n[1 D8:|\\\n[2 E8|:F8:|"), [60, 62, 60, 64, 65, 65]);
}

#[test]
fn bars_follow_changes_of_key_and_metre() {
    let score = tune("M:6/8\nQ:3/8=60\nK:Em", "B3 e3|[M:3/4][K:G]G4 A2|\nM:2/4\nK:Dmix\nQ:1/4=120\nF4|").unwrap();
    let bar =
        |start, length, metre, sharps, key: Option<&str>| Bar { start, length, metre, sharps, key: key.map(class) };
    assert_eq!(
        score.bars,
        [
            bar(0.0, 3.0, (6, 8), 1, Some("E:min")),
            bar(3.0, 3.0, (3, 4), 1, Some("G:maj")),
            bar(6.0, 2.0, (2, 4), 1, None)
        ]
    );
    assert_eq!(score.tempi, [(0.0, 90.0), (6.0, 120.0)]);
}

fn class(label: &str) -> KeyClass {
    crate::score::chord::parse_key(label).unwrap()
}

#[test]
fn what_does_not_sound_is_left_out() {
    let body =
        "%%MIDI program 1\n!trill!.~TA2 {gf}u(B2 v+fermata+c2)!|!\nw: la la % words\n[r:remark]d2 y2 \"_x\"e2 % d2\n";
    assert_eq!(keys(PLAIN, body), [69, 71, 72, 74, 76]);
}

#[test]
fn faults_are_named_with_file_and_line() {
    let message = |header, body| tune(header, body).unwrap_err().to_string();
    assert_eq!(message(PLAIN, "CDEF|\nG#A"), "tunes.abc:7: expected notes, rests and bar lines, found #A");
    assert_eq!(message("M:6/7\nK:C", "C"), "tunes.abc:3: expected a metre such as 6/8 or C|, found 6/7");
    assert_eq!(message("K:C", "C"), "tunes.abc:4: expected a metre (M:), found none");
    assert_eq!(message("M:4/4", "C"), "tunes.abc:4: expected a key (K:) before the notes, found C");
    assert_eq!(message(PLAIN, "V:1\nC|\nV:2\nE|"), "tunes.abc:8: expected a tune in one voice, found the voice 2");
    assert_eq!(
        message(PLAIN, "[CE|"),
        "tunes.abc:6: expected the notes of a chord and a bracket that closes it, found |"
    );
    assert_eq!(message(PLAIN, "\"Am C"), "tunes.abc:6: expected a text that ends in a quote, found \"Am C");
    assert_eq!(message(PLAIN, ">C"), "tunes.abc:6: expected a note before broken rhythm, found >");
    assert_eq!(message(PLAIN, "|"), "tunes.abc:6: expected notes, found none");
}
