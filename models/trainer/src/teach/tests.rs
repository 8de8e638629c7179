use super::*;
use crate::data::Dataset;

/// Where the teachers' answers about the demo's recording are.
const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/teachers");

const TASKS: [Task; 4] = [Task::Onset, Task::Beat, Task::Voice, Task::Chord];

fn request(recordings: &Path, output: &Path, tasks: &[Task]) -> Request {
    Request { recordings: recordings.to_owned(), output: output.to_owned(), tasks: tasks.iter().copied().collect() }
}

/// What the real teachers agree on about a guitarist who plays a bossa nova at 129 BPM.
fn guitar() -> Taught {
    let recording = Recording { path: PathBuf::new(), name: "bossa-nova-guitar.ogg".to_owned(), source: 0 };
    Taught::read(&request(Path::new(""), Path::new(FIXTURE), &TASKS), &recording).unwrap()
}

#[test]
fn nobody_sings_over_a_guitar() {
    let taught = guitar();
    let voice = taught.labels.voice.unwrap();
    assert!(voice.values.is_empty());
    assert_eq!(taught.beds.len(), 1, "{:?}", taught.beds);
    assert!(taught.beds[0][1] - taught.beds[0][0] > 20.0, "{:?}", taught.beds);
}

#[test]
fn the_guitars_beats_are_at_its_tempo() {
    let beats = guitar().labels.beats.unwrap();
    assert!(beats.values.len() >= 40, "{}", beats.values.len());
    let (first, last) = (beats.values[0].time, beats.values[beats.values.len() - 1].time);
    let bpm = 60.0 * (beats.values.len() - 1) as f64 / (last - first);
    // The take was played to a click of 129 BPM; a beat's time is rounded to 20 ms.
    assert!((bpm - 129.0).abs() < 1.0, "{bpm}");
}

#[test]
fn chords_are_kept_where_a_second_teacher_confirms_them() {
    let chords = guitar().labels.chords.unwrap();
    let at = |time: f64| chords.values.iter().find(|chord| chord.start <= time && time < chord.end);
    // At 5 s all three say B flat major; at 1 s nobody says the F major that the main teacher does.
    assert_eq!(at(5.0).map(|chord| &*chord.label), Some("A#:maj"));
    assert_eq!(at(1.0), None);
    assert!(chords.is_masked(1.0) && !chords.is_masked(5.0));
}

#[test]
fn most_of_the_guitars_onsets_are_heard_by_both() {
    let onsets = guitar().labels.onsets.unwrap();
    // Of the 72 rises of the spectrum.
    assert!((50..=72).contains(&onsets.values.len()), "{}", onsets.values.len());
    assert!(onsets.values.is_sorted());
}

/// A folder with a recording of 65 s that has been heard, and whose beats by two teachers are `periods` apart.
fn heard(periods: [f64; 2]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        file
    };
    let sources = "[[source]]\nfolder = \".\"\nname = \"Clicks\"\nsource = \"this test\"\nlicence = \"CC0-1.0\"\n";
    fs::write(file("music/recordings.toml"), sources).unwrap();
    fs::write(file("music/clicks.ogg"), "heard already").unwrap();
    fs::write(file("venv/bin/python"), "not needed").unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(file("out/recordings/clicks.ogg.wav"), spec).unwrap();
    for sample in 0..65 * SAMPLE_RATE {
        wav.write_sample((sample % 441) as i16).unwrap();
    }
    wav.finalize().unwrap();
    for (teacher, period) in [BEATNET, ESSENTIA_BEATS].iter().zip(periods) {
        let beats: Vec<(f64, usize)> =
            (0..).map(|beat| (period * beat as f64, beat % 4 + 1)).take_while(|beat| beat.0 < 65.0).collect();
        let answer = serde_json::json!({
            "format": 1, "teacher": teacher.name, "version": "1.2.3", "licence": "MIT", "seconds": 65.0, "beats": beats,
        });
        let file = file(&format!("out/answers/{}/clicks.ogg.json", teacher.name));
        fs::write(file, serde_json::to_vec(&answer).unwrap()).unwrap();
    }
    folder
}

fn taught(folder: &Path) -> Result<Report, TeachError> {
    let environment = Environment::open(&folder.join("venv")).unwrap();
    teach(&request(&folder.join("music"), &folder.join("out"), &[Task::Beat]), &environment)
}

#[test]
fn agreement_becomes_a_dataset_that_says_where_it_comes_from() {
    let folder = heard([0.5, 0.5]);
    let report = taught(folder.path()).unwrap();
    assert_eq!((report.excerpts, report.skipped.len()), (2, 0));
    let dataset = Dataset::open(&folder.path().join("out")).unwrap();
    let provenance: Vec<[&str; 3]> =
        dataset.manifest().provenance.iter().map(|origin| [&*origin.name, &*origin.source, &*origin.licence]).collect();
    assert_eq!(
        provenance,
        [
            ["Clicks", "this test", "CC0-1.0"],
            ["Labels (beat) by beatnet", "Python package beatnet 1.2.3", "MIT"],
            ["Labels (beat) by essentia-beats", "Python package essentia-beats 1.2.3", "MIT"],
        ]
    );
    let records: Vec<&Record> = dataset.examples().iter().map(|example| example.record()).collect();
    assert_eq!(records[0].split, records[1].split);
    let beats = records[1].labels.beats.as_ref().unwrap();
    assert_eq!((beats.values.len(), beats.values[0].time), (60, 0.0));
    assert!(records[1].labels.voice.is_none());
    assert_eq!(dataset.examples()[1].audio().unwrap().len(), 30 * SAMPLE_RATE as usize);
}

#[test]
fn of_several_recordings_some_are_for_validation_and_names_keep_their_side() {
    let names: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let all = splits(names.iter().map(String::as_str));
    let validation = all.iter().filter(|split| **split == Split::Validation).count();
    // 400 draws of 0.1 have a deviation of 6; the bounds are four of them.
    assert!((16..=64).contains(&validation), "{validation}");
    assert_eq!(splits(names[..200].iter().map(String::as_str)), all[..200]);
    assert!(splits(["a", "b"].into_iter()).contains(&Split::Validation));
    assert_eq!(splits(["a"].into_iter()), [Split::Train]);
}

#[test]
fn without_agreement_there_is_no_dataset() {
    let folder = heard([0.5, 0.7]);
    assert!(matches!(taught(folder.path()), Err(TeachError::Nothing { recordings: 1, .. })));
    assert!(Dataset::open(&folder.path().join("out")).is_err());
}

#[test]
fn a_broken_answer_names_its_file() {
    let folder = heard([0.5, 0.5]);
    let file = folder.path().join("out/answers/beatnet/clicks.ogg.json");
    fs::write(&file, "[1, 2").unwrap();
    let message = taught(folder.path()).unwrap_err().to_string();
    assert!(message.contains("clicks.ogg.json") && message.contains("Remove it"), "{message}");
}
