//! A user's recordings in every layout become a dataset, and what is wrong with them is said.

use std::{
    fs,
    path::{Path, PathBuf},
};

use attacca_trainer::{
    data::{Dataset, Labels},
    import::{ImportError, Settings, import},
};

/// A recording of silence.
fn wav(path: &Path, seconds: f64) {
    let format =
        hound::WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, format).unwrap();
    (0..(seconds * 8000.0) as usize).for_each(|_| writer.write_sample(0_i16).unwrap());
    writer.finalize().unwrap();
}

/// A compressed recording of one second from the decoder's own fixtures.
fn compressed(path: &Path) {
    let fixture = format!("burst.{}", path.extension().unwrap().to_str().unwrap());
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/decode/tests/data");
    fs::copy(fixtures.join(fixture), path).unwrap();
}

/// A folder of files; recordings are made, two seconds long where they are WAV files.
fn material(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, contents) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("wav") if contents.is_empty() => wav(&path, 2.0),
            Some("ogg" | "flac") => compressed(&path),
            _ => fs::write(&path, contents).unwrap(),
        }
    }
    folder
}

fn settings(folder: &Path, output: &Path) -> Settings {
    Settings {
        folder: folder.to_owned(),
        output: output.to_owned(),
        source_name: "test material".to_owned(),
        licence: "CC0-1.0".to_owned(),
        seed: 0,
        validation_share: 0.0,
        groups: None,
        midi_beats: false,
        strict: false,
        threads: 2,
    }
}

/// Labels of a dataset's first example of a piece.
fn labels(dataset: &Dataset, piece: &str) -> Labels {
    let example = dataset.examples().iter().find(|example| example.record().piece == piece);
    example.unwrap_or_else(|| panic!("{piece} is imported")).labels().clone()
}

/// Imports files that have a problem; returns what the strict import says, without the folder's name.
fn refusal(files: &[(&str, &str)]) -> String {
    let (folder, output) = (material(files), tempfile::tempdir().unwrap());
    let error = import(&Settings { strict: true, ..settings(folder.path(), output.path()) }).unwrap_err();
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn every_layout_becomes_labels() {
    let jams = r#"{"annotations": [{"namespace": "note_midi", "data": [
        {"time": 0.25, "duration": 0.1, "value": 60, "confidence": null}]}]}"#;
    let folder = material(&[
        ("a.wav", ""),
        ("a.beats", "0.5 1\n1.0 2\n1.5 1\n"),
        ("a_onsets.csv", "0.5,2\n0.51,1\n"),
        ("b.ogg", ""),
        ("b.lab", "0 0.4 sing\n0.4 1.0 nosing\n"),
        ("audio/c.flac", ""),
        ("annotations/c.lab", "0\t0.5\tA:min7/b3\n0.5\t1.0\tstrange\n"),
        ("audio/d_mic.wav", ""),
        ("annotations/d.jams", jams),
        ("bare.wav", ""),
    ]);
    let output = tempfile::tempdir().unwrap();
    let report = import(&settings(folder.path(), output.path())).unwrap();
    assert_eq!((report.recordings, report.examples), (4, 4), "{report}");
    assert!(report.skipped.iter().any(|line| line.contains("bare.wav: has no annotation")), "{report}");
    assert!(report.remarks.iter().any(|line| line.contains("c.lab:2: `strange` is no chord")), "{report}");
    assert_eq!(fs::read_to_string(output.path().join("import-report.txt")).unwrap(), report.to_string());

    let dataset = Dataset::open(output.path()).unwrap();
    assert_eq!(dataset.manifest().provenance[0].licence, "CC0-1.0");
    let a = labels(&dataset, "a");
    assert_eq!(a.onsets.unwrap().values, [0.5]);
    let beats: Vec<_> = a.beats.unwrap().values.iter().map(|beat| (beat.time, beat.position)).collect();
    assert_eq!(beats, [(0.5, 1), (1.0, 2), (1.5, 1)]);
    assert_eq!(labels(&dataset, "b").voice.unwrap().values, [[0.0, 0.4]]);
    let chords = labels(&dataset, "audio/c").chords.unwrap().values;
    assert_eq!((chords.len(), chords[0].label.as_str()), (1, "A:min7/b3"));
    assert_eq!(labels(&dataset, "audio/d_mic").onsets.unwrap().values, [0.25]);
    for example in dataset.examples() {
        let seconds = example.audio().unwrap().len() as f64 / 44_100.0;
        assert_eq!((example.record().source.as_str(), seconds), ("import", example.record().seconds));
    }
}

#[test]
fn long_recordings_are_cut_and_a_second_run_imports_only_what_changed() {
    let folder = material(&[("long.beats", "50 1\n70.5 2\n"), ("short.wav", ""), ("short.onsets", "0.5\n")]);
    wav(&folder.path().join("long.wav"), 100.0);
    let output = tempfile::tempdir().unwrap();
    let first = import(&settings(folder.path(), output.path())).unwrap();
    let dataset = Dataset::open(output.path()).unwrap();
    let long: Vec<_> = dataset.examples().iter().filter(|example| example.record().piece == "long").collect();
    assert_eq!(long.len(), 2);
    // The cut is at 50 s, and the beat on it belongs to what follows.
    assert!(long[0].labels().beats.as_ref().unwrap().values.is_empty());
    let times: Vec<f64> = long[1].labels().beats.as_ref().unwrap().values.iter().map(|beat| beat.time).collect();
    assert_eq!(times, [0.0, 20.5]);

    let audio = output.path().join("examples/long-000.wav");
    let written = fs::metadata(&audio).unwrap().modified().unwrap();
    fs::write(folder.path().join("short.onsets"), "0.5\n1.0\n").unwrap();
    let second = import(&settings(folder.path(), output.path())).unwrap();
    assert_eq!((first.examples, second.examples), (3, 3));
    assert_eq!(fs::metadata(&audio).unwrap().modified().unwrap(), written);
    let dataset = Dataset::open(output.path()).unwrap();
    assert_eq!(labels(&dataset, "short").onsets.unwrap().values, [0.5, 1.0]);
}

#[test]
fn groups_stay_together() {
    let names: Vec<(String, &str)> =
        (0..24).flat_map(|number| [(format!("{number}.wav"), ""), (format!("{number}.onsets"), "0.5\n")]).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|(name, contents)| (name.as_str(), *contents)).collect();
    let (folder, output) = (material(&files), tempfile::tempdir().unwrap());
    let groups: PathBuf = output.path().join("groups.txt");
    fs::write(&groups, (0..24).map(|number| format!("{number}\tartist {}\n", number % 6)).collect::<String>()).unwrap();
    let settings = Settings {
        validation_share: 0.5,
        groups: Some(groups),
        ..settings(folder.path(), &output.path().join("data"))
    };
    let report = import(&settings).unwrap();
    assert!((1..24).contains(&report.validation), "{report}");
    assert_eq!(report.validation % 4, 0, "{report}");
}

#[test]
fn problems_name_their_file_and_line() {
    let recording = ("x.wav", "");
    for (files, expected) in [
        (vec![recording, ("x.beats", "0.5 1\n0.4 2\n")], "x.beats:2: expected a time after 0.5 s, found 0.4 s"),
        (vec![recording, ("x.beats", "0.5\n")], "x.beats: expected each beat's position in the bar"),
        (vec![recording, ("x.onsets", "0.5\n7\n")], "x.onsets:2: expected a time within the recording's 2.000 s"),
        (vec![recording, ("x.onsets", "half\n")], "x.onsets:1: expected a time in seconds, found `half`"),
        (vec![recording, ("x.lab", "0 1 C\n0.5 2 G\n")], "x.lab:2: expected a start from 1 s on"),
        (vec![recording, ("x.voice.lab", "0 1 maybe\n")], "x.voice.lab:1: expected a start, an end and `sing`"),
        (vec![recording, ("x.txt", "0.5\n")], "x.txt: cannot tell what this holds"),
        (vec![recording, ("x.jams", "[")], "x.jams: expected a JAMS file"),
        (vec![recording, ("x.mid", "no")], "x.mid: no MIDI file"),
        (vec![recording], "x.wav: has no annotation"),
        (vec![recording, ("y.lab", "")], "y.lab: has no recording"),
        (vec![("x.wav", "no audio"), ("x.onsets", "0.5\n")], "x.wav: is not a recording"),
        (vec![recording, ("x.flac", ""), ("x.onsets", "0.5\n")], "x.onsets: belongs to x.flac as well as to x.wav"),
        (
            vec![recording, ("x.onsets", "0.5\n"), ("x_onsets.csv", "0.7\n")],
            "x.onsets and x_onsets.csv both hold onset labels of the same recording and differ",
        ),
    ] {
        let message = refusal(&files);
        assert!(message.starts_with(expected), "expected {expected}, found {message}");
    }
}

#[test]
fn an_import_that_yields_nothing_says_why() {
    let (folder, output) = (material(&[("x.wav", ""), ("x.beats", "0.5\n")]), tempfile::tempdir().unwrap());
    let error = import(&settings(folder.path(), output.path())).unwrap_err();
    assert!(matches!(error, ImportError::Nothing { .. }));
    assert!(error.to_string().contains("downbeats too"), "{error}");
}

#[test]
fn a_dataset_is_not_imported_into_its_own_recordings_or_another_dataset() {
    let folder = material(&[("x.wav", ""), ("x.onsets", "0.5\n")]);
    let inside = import(&settings(folder.path(), &folder.path().join("out"))).unwrap_err();
    assert!(matches!(inside, ImportError::Inside(_)), "{inside}");
    let output = tempfile::tempdir().unwrap();
    fs::write(output.path().join("recipe.json"), "{}").unwrap();
    assert!(matches!(import(&settings(folder.path(), output.path())), Err(ImportError::OtherDataset(_))));
}
