//! Many recordings, pipes, and options that must not change the results.

use std::{
    fs::{self, File},
    process::Stdio,
};

use crate::support::{analyze, assert_same_files, drums_file, folder, names, run};

const FORMATS: &str = "text,json,csv,lab,jams,midi,audacity,html";

#[test]
fn the_block_length_changes_nothing() {
    let music = folder();
    let file = drums_file(music.path(), "drums.wav", 9.0);
    let results = folder();
    let out = |block: &str| {
        let out = results.path().join(block);
        let run = run(["-q", "-f", FORMATS, "--block", block, "-o", out.to_str().unwrap(), file.to_str().unwrap()]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        out
    };
    let reference = out("1024");
    for block in ["1", "441", "8192"] {
        assert_same_files(&reference, &out(block));
    }
}

#[test]
fn jobs_change_neither_results_nor_the_order_of_summaries() {
    let music = folder();
    for (index, seconds) in [9.0, 2.0, 5.0, 1.0].into_iter().enumerate() {
        drums_file(music.path(), format!("{index}.wav"), seconds);
    }
    let results = folder();
    let out = |jobs: &str| {
        let out = results.path().join(jobs);
        let run = run(["-f", FORMATS, "--jobs", jobs, "-o", out.to_str().unwrap(), music.path().to_str().unwrap()]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let headings: Vec<_> =
            run.stdout.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).map(String::from).collect();
        assert_eq!(headings, ["0.wav", "1.wav", "2.wav", "3.wav"]);
        out
    };
    assert_same_files(&out("1"), &out("4"));
}

#[test]
fn a_pipe_gives_the_same_events_as_the_file() {
    let music = folder();
    let file = drums_file(music.path(), "drums.wav", 6.0);
    let from_file = run(["-f", "csv", file.to_str().unwrap()]);
    let output = analyze().args(["-f", "csv", "-"]).stdin(File::open(&file).unwrap()).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), from_file.stdout);

    let mut child = analyze().args(["-f", "csv", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    // A program that writes into a pipe does not know the length and says 2³² − 1, as ffmpeg does.
    bytes[4..8].fill(0xff);
    bytes[40..44].fill(0xff);
    // The reader takes packets of 1,152 frames and drops an incomplete last one of a stream without a length.
    bytes.truncate(44 + 2 * 1152 * 100);
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &bytes).unwrap());
    let piped = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    writer.join().unwrap();
    let seconds_of = |line: &str| line.split(',').nth(1).and_then(|time| time.parse::<f64>().ok());
    let certain = |csv: &str| -> Vec<String> {
        csv.lines().filter(|line| seconds_of(line).is_some_and(|time| time < 4.5)).map(String::from).collect()
    };
    assert!(!certain(&piped).is_empty());
    assert_eq!(certain(&piped), certain(&from_file.stdout));
}

#[test]
fn a_summary_is_for_musicians() {
    let music = folder();
    let file = drums_file(music.path(), "drums.wav", 24.0);
    let run = run(["--bars", file.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for part in
        ["drums.wav", "Length          0:24.0", "BPM", "beats to the bar", "onsets", "First downbeat", "   Bar "]
    {
        assert!(run.stdout.contains(part), "{part} is missing from\n{}", run.stdout);
    }
    assert_eq!(names(music.path()), ["drums.wav"]);
}

#[test]
fn only_the_wanted_tasks_run() {
    let music = folder();
    let file = drums_file(music.path(), "drums.wav", 4.0);
    let out = folder();
    let run = run(["-t", "onset", "-f", "text,audacity", "-o", out.path().to_str().unwrap(), file.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stdout.contains("Tempo"));
    assert_eq!(names(out.path()), ["drums.onsets", "drums.onsets.txt"]);
}

#[test]
fn an_album_keeps_its_folders_and_namesakes_their_extensions() {
    let music = folder();
    fs::create_dir(music.path().join("one")).unwrap();
    drums_file(music.path(), "one/song.wav", 1.0);
    drums_file(music.path(), "one/song.wave", 1.0);
    drums_file(music.path(), "other.wav", 1.0);
    fs::write(music.path().join("cover.jpg"), "picture").unwrap();
    let out = folder();
    let run = run(["-f", "json", "-o", out.path().to_str().unwrap(), music.path().to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(names(out.path()), ["one", "other.json"]);
    assert_eq!(names(&out.path().join("one")), ["song.wav.json", "song.wave.json"]);
}

#[cfg(target_os = "linux")]
#[test]
fn odd_names_are_no_obstacle() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let music = folder();
    let out = folder();
    let odd = [b"-dash.wav".as_slice(), b"caf\xe9.wav", "na\u{ef}ve \u{266a}.wav".as_bytes(), b"line\nbreak.wav"];
    for name in odd {
        drums_file(music.path(), OsStr::from_bytes(name), 1.0);
    }
    let output = analyze().args(["-f", "html,json", "-o"]).arg(out.path()).arg(music.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in odd {
        let stem = &name[..name.len() - 4];
        assert!(out.path().join(OsStr::from_bytes(&[stem, b".html"].concat())).is_file());
    }
}

#[test]
fn the_shipped_networks_are_listed() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_attacca")).arg("models").output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for task in ["onset", "beat"] {
        assert!(table.lines().any(|line| line.starts_with(task)), "{table}");
    }
}

#[test]
fn help_tells_of_examples_and_exit_codes() {
    let run = run(["--help"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("Examples:") && run.stdout.contains("Exit codes:"), "{}", run.stdout);
}
