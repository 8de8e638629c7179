//! Every format of one recording, read back and compared with the JSON.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{beat_times, chords, drums_file, folder, names, run, write_wav};

const SECONDS: f64 = 24.0;
const FORMATS: &str = "text,json,csv,lab,jams,midi,audacity,html";

/// Results of the drums in every format; made once for all tests here.
static RESULTS: LazyLock<TempDir> = LazyLock::new(|| {
    let results = folder();
    let music = folder();
    let file = drums_file(music.path(), "drums.wav", SECONDS);
    let out = results.path().to_str().unwrap();
    let run = run(["--format", FORMATS, "--tasks", "onset,beat", "--out", out, file.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    results
});

fn path(suffix: &str) -> PathBuf {
    RESULTS.path().join(format!("drums.{suffix}"))
}

fn text(suffix: &str) -> String {
    fs::read_to_string(path(suffix)).unwrap()
}

fn json() -> Value {
    serde_json::from_str(&text("json")).unwrap()
}

fn numbers(list: &Value, field: &str) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|event| event[field].as_f64().unwrap()).collect()
}

/// Columns of a text, as numbers.
fn column(text: &str, separator: char, index: usize) -> Vec<f64> {
    text.lines().map(|line| line.split(separator).nth(index).unwrap().parse().unwrap()).collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
    }
}

#[test]
fn every_format_has_its_files_and_nothing_is_left_over() {
    let mut expected = ["onsets", "beats", "json", "csv", "lab", "jams", "mid", "onsets.txt", "beats.txt", "html"]
        .map(|suffix| format!("drums.{suffix}"));
    expected.sort();
    assert_eq!(names(RESULTS.path()), expected);
}

#[test]
fn the_drums_are_heard() {
    let json = json();
    assert_eq!(json["recording"]["length_samples"], (SECONDS * 22_050.0) as u64);
    let onsets = numbers(&json["onsets"], "time_seconds");
    let beats = beat_times(SECONDS);
    // ±50 ms is the tolerance of the field's onset metric (F50); four of five is far below what the networks reach
    // and far above chance.
    let found = beats.iter().filter(|beat| onsets.iter().any(|onset| (onset - **beat).abs() < 0.05)).count();
    assert!(found * 5 >= beats.len() * 4, "{found} of {} drums have an onset", beats.len());
    let beats = json["beats"].as_array().unwrap();
    assert!(beats.len() >= 10, "{} beats", beats.len());
    for (time, sample) in [("onsets", "onsets"), ("beats", "beats")]
        .map(|(list, _)| (numbers(&json[list], "time_seconds"), numbers(&json[list], "sample")))
    {
        let seconds: Vec<f64> = sample.iter().map(|sample| sample / 22_050.0).collect();
        assert_close(&time, &seconds, 1e-6);
        assert!(time.is_sorted() && time.iter().all(|time| *time < SECONDS));
    }
}

#[test]
fn bars_are_numbered_from_the_first_downbeat() {
    let json = json();
    let mut bar = 0;
    for beat in json["beats"].as_array().unwrap() {
        bar += u64::from(beat["beat_in_bar"] == 1);
        assert_eq!(beat["bar"], bar);
    }
    assert_eq!(json["summary"]["bar_count"], bar);
}

#[test]
fn plain_columns_tell_the_same() {
    let json = json();
    assert_close(&column(&text("onsets"), '\t', 0), &numbers(&json["onsets"], "time_seconds"), 1e-6);
    assert_close(&column(&text("beats"), '\t', 0), &numbers(&json["beats"], "time_seconds"), 1e-6);
    assert_close(&column(&text("beats"), '\t', 1), &numbers(&json["beats"], "beat_in_bar"), 0.0);
}

#[test]
fn label_files_tell_the_same() {
    let json = json();
    let beats = numbers(&json["beats"], "time_seconds");
    assert_close(&column(&text("lab"), ' ', 0), &beats, 1e-6);
    assert!(text("lab").lines().all(|line| {
        let fields: Vec<&str> = line.split(' ').collect();
        fields[0].parse::<f64>().unwrap() < fields[1].parse().unwrap() && fields[2].contains('.')
    }));
    assert_close(&column(&text("beats.txt"), '\t', 0), &beats, 1e-6);
    assert_close(&column(&text("beats.txt"), '\t', 1), &beats, 1e-6);
    assert_close(&column(&text("onsets.txt"), '\t', 0), &numbers(&json["onsets"], "time_seconds"), 1e-6);
}

#[test]
fn the_table_tells_the_same() {
    let json = json();
    let csv = text("csv");
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut kinds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let time = header.iter().position(|name| *name == "time_seconds").unwrap();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), header.len());
        let kind = if fields[0] == "downbeat" { "beat" } else { fields[0] };
        kinds.entry(kind).or_default().push(fields[time].parse().unwrap());
    }
    assert_close(&kinds["onset"], &numbers(&json["onsets"], "time_seconds"), 1e-6);
    assert_close(&kinds["beat"], &numbers(&json["beats"], "time_seconds"), 1e-6);
}

#[test]
fn jams_tells_the_same() {
    let json = json();
    let jams: Value = serde_json::from_str(&text("jams")).unwrap();
    assert_eq!(jams["file_metadata"]["duration"], SECONDS);
    let annotations: BTreeMap<&str, &Value> = jams["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|annotation| (annotation["namespace"].as_str().unwrap(), &annotation["data"]))
        .collect();
    assert_eq!(annotations.keys().copied().collect::<Vec<_>>(), ["beat", "beat_position", "onset", "tempo"]);
    assert_close(&numbers(annotations["onset"], "time"), &numbers(&json["onsets"], "time_seconds"), 1e-6);
    for namespace in ["beat", "beat_position", "tempo"] {
        assert_close(&numbers(annotations[namespace], "time"), &numbers(&json["beats"], "time_seconds"), 1e-6);
    }
    assert_close(&numbers(annotations["beat"], "value"), &numbers(&json["beats"], "beat_in_bar"), 0.0);
}

/// C, F, G and C major, in close position over their roots.
const CADENCE: [&[u8]; 4] = [&[48, 64, 67, 72], &[53, 65, 69, 72], &[43, 62, 67, 71], &[48, 64, 67, 72]];

/// Analyses the cadence three times over with these arguments: the folder of the results, and what was printed.
fn analysed_cadence(folder: &Path, arguments: &[&str]) -> (PathBuf, String) {
    let recording = folder.join("cadence.wav");
    write_wav(&recording, &chords(&CADENCE.repeat(3)));
    let out = folder.join("out");
    let paths = [OsStr::new("--out"), out.as_os_str(), recording.as_os_str()];
    let run = run(arguments.iter().map(OsStr::new).chain(paths));
    assert_eq!(run.code, 0, "{}", run.stderr);
    (out, run.stdout)
}

#[test]
fn numerals_are_for_people_and_harte_is_for_programs() {
    let folder = folder();
    let (out, stdout) =
        analysed_cadence(folder.path(), &["--tasks=chord,key", "--spelling=roman", "--format=text,audacity,midi,html"]);
    let read = |suffix: &str| fs::read_to_string(out.join("cadence").with_extension(suffix)).unwrap();
    let labels = |text: &str| text.lines().map(|line| line.rsplit('\t').next().unwrap().to_owned()).collect::<Vec<_>>();
    let (harte, roman) = (labels(&read("chords")), labels(&read("chords.txt")));
    // The root alone is certain: the quality is what the network hears.
    let degree_of_root = |label: &String| match label.split(':').next().unwrap() {
        "C" => "I",
        "F" => "IV",
        "G" => "V",
        "N" => "N",
        other => panic!("{other} in a cadence"),
    };
    let numeral = |label: &String| label.chars().take_while(|c| "IVN".contains(*c)).collect::<String>();
    assert_eq!(harte.iter().map(degree_of_root).collect::<Vec<_>>(), roman.iter().map(numeral).collect::<Vec<_>>());
    assert!(["I", "IV", "V"].iter().all(|degree| roman.iter().any(|label| numeral(label) == *degree)), "{roman:?}");
    assert_eq!((labels(&read("keys")), labels(&read("keys.txt"))), (vec!["C:maj".into()], vec!["C major".into()]));
    assert!(stdout.contains("Chords          I ") && read("html").contains("\"IV\"]"), "{stdout}");
    let bytes = fs::read(out.join("cadence.mid")).unwrap();
    let smf = midly::Smf::parse(&bytes).unwrap();
    let texts = smf.tracks.iter().flatten().filter_map(|event| match event.kind {
        midly::TrackEventKind::Meta(midly::MetaMessage::Text(text)) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), roman);
}

#[test]
fn keys_are_read_from_chords_that_nobody_asked_for() {
    let folder = folder();
    let (out, stdout) = analysed_cadence(folder.path(), &["--tasks=key", "--format=text,json,jams"]);
    assert_eq!(names(&out), ["cadence.jams", "cadence.json", "cadence.keys"]);
    assert!(stdout.contains("Key             C major") && !stdout.contains("Chords"), "{stdout}");
    let keys = fs::read_to_string(out.join("cadence.keys")).unwrap();
    assert!(keys.lines().count() == 1 && keys.ends_with("C:maj\n"), "{keys}");
    let json: Value = serde_json::from_slice(&fs::read(out.join("cadence.json")).unwrap()).unwrap();
    assert_eq!(json["networks"][0]["task"], "chord");
    assert!(json["chords"].as_array().unwrap().is_empty(), "{json}");
}

#[test]
fn midi_tells_the_same_within_a_millisecond() {
    let bytes = fs::read(path("mid")).unwrap();
    let smf = midly::Smf::parse(&bytes).unwrap();
    let json = json();
    assert_close(&note_times(&smf, 1), &numbers(&json["beats"], "time_seconds"), 0.001);
    assert_close(&note_times(&smf, 2), &numbers(&json["onsets"], "time_seconds"), 0.001);
}

/// Times of the notes of a track, by integrating the tempo events of the first.
fn note_times(smf: &midly::Smf<'_>, track: usize) -> Vec<f64> {
    use midly::{MetaMessage, MidiMessage, TrackEventKind};
    let midly::Timing::Metrical(resolution) = smf.header.timing else { panic!("ticks a quarter expected") };
    let absolute = |track: usize| {
        smf.tracks[track].iter().scan(0_u64, |tick, event| {
            *tick += u64::from(event.delta.as_int());
            Some((*tick, event.kind))
        })
    };
    let mut tempi = absolute(0)
        .filter_map(|(tick, kind)| match kind {
            TrackEventKind::Meta(MetaMessage::Tempo(tempo)) => Some((tick, f64::from(tempo.as_int()) * 1e-6)),
            _ => None,
        })
        .peekable();
    let (mut seconds, mut at, mut quarter_seconds) = (0.0, 0, 0.5);
    let mut advance = |tick: u64, quarter_seconds: f64| {
        seconds += (tick - at) as f64 / f64::from(resolution.as_int()) * quarter_seconds;
        at = tick;
        seconds
    };
    let mut times = Vec::new();
    for (tick, kind) in absolute(track) {
        while let Some((change, tempo)) = tempi.next_if(|(change, _)| *change <= tick) {
            advance(change, quarter_seconds);
            quarter_seconds = tempo;
        }
        if let TrackEventKind::Midi { message: MidiMessage::NoteOn { .. }, .. } = kind {
            times.push(advance(tick, quarter_seconds));
        }
    }
    times
}

#[test]
fn the_page_holds_the_events_and_the_recording() {
    let json = json();
    let page = text("html");
    let start = page.find("id=\"analysis\">").unwrap() + "id=\"analysis\">".len();
    let end = start + page[start..].find("</script>").unwrap();
    let data: Value = serde_json::from_str(&page[start..end]).unwrap();
    let times = |list: &str| -> Vec<f64> {
        data[list].as_array().unwrap().iter().map(|row| row[0].as_f64().unwrap()).collect()
    };
    assert_close(&times("onsets"), &numbers(&json["onsets"], "time_seconds"), 1e-4);
    assert_close(&times("beats"), &numbers(&json["beats"], "time_seconds"), 1e-4);
    assert!(page.contains("src=\"data:audio/wav;base64,UklGR"));
    assert!(page.contains("<svg viewBox"));
}
