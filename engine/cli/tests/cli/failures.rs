//! What goes wrong is one clear line, and leaves nothing half-done.

use std::{fs, path::Path};

use crate::support::{drums, drums_file, folder, names, run, write_wav};

const OK: i32 = 0;
const SOME_FAILED: i32 = 1;
const USAGE: i32 = 2;

/// Analyses one file into a folder and expects one line on stderr and no file.
fn assert_refused(file: &Path, reason: &str) {
    let out = folder();
    let run = run(["-f", "json,html", "-o", out.path().to_str().unwrap(), file.to_str().unwrap()]);
    assert_eq!(run.code, SOME_FAILED, "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(run.stderr.starts_with("attacca: ") && run.stderr.contains(name), "{}", run.stderr);
    assert!(run.stderr.contains(reason), "expected `{reason}` in: {}", run.stderr);
    assert_eq!(names(out.path()), [""; 0]);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_missing_file_is_refused() {
    assert_refused(&folder().path().join("missing.wav"), "cannot be read");
}

#[test]
fn an_empty_file_is_refused() {
    let music = folder();
    let file = music.path().join("empty.wav");
    fs::write(&file, "").unwrap();
    assert_refused(&file, "is empty");
}

#[test]
fn a_file_that_is_no_audio_is_refused() {
    let music = folder();
    let file = music.path().join("page.mp3");
    fs::write(&file, "<!doctype html><p>Not Found").unwrap();
    assert_refused(&file, "is not a recording");
}

#[test]
fn a_recording_of_no_length_is_refused() {
    let music = folder();
    let file = music.path().join("nothing.wav");
    write_wav(&file, &[]);
    assert_refused(&file, "holds no audio");
}

#[test]
fn a_header_alone_is_refused() {
    let music = folder();
    let file = drums_file(music.path(), "header.wav", 1.0);
    let bytes = fs::read(&file).unwrap();
    for length in [4, 13, 40, 44] {
        fs::write(&file, &bytes[..length]).unwrap();
        assert_refused(&file, "expected");
    }
}

#[test]
fn a_rate_beyond_the_engine_is_refused() {
    let music = folder();
    let file = music.path().join("slow.wav");
    write_wav(&file, &drums(1.0));
    let mut bytes = fs::read(&file).unwrap();
    bytes[24..28].copy_from_slice(&1000_u32.to_le_bytes());
    fs::write(&file, bytes).unwrap();
    assert_refused(&file, "1000");
}

#[test]
fn a_recording_that_is_cut_short_is_analysed_as_far_as_it_goes() {
    let music = folder();
    let file = drums_file(music.path(), "cut.wav", 8.0);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let run = run([file.to_str().unwrap()]);
    assert_eq!(run.code, OK, "{}", run.stderr);
    assert!(run.stdout.contains("cut short: its header announces 0:08.00, it holds 0:0"), "{}", run.stdout);
}

#[test]
fn good_files_are_analysed_beside_bad_ones() {
    let music = folder();
    drums_file(music.path(), "a.wav", 2.0);
    fs::write(music.path().join("b.flac"), "fLaC, or so it says").unwrap();
    drums_file(music.path(), "c.wav", 2.0);
    let out = folder();
    let missing = music.path().join("d.ogg");
    let arguments = ["-f", "json", "-o", out.path().to_str().unwrap()];
    let run = run(arguments.into_iter().chain([music.path().to_str().unwrap(), missing.to_str().unwrap()]));
    assert_eq!(run.code, SOME_FAILED);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    assert_eq!(names(out.path()), ["a.json", "c.json"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_one_line() {
    let music = folder();
    let file = drums_file(music.path(), "a.wav", 1.0);
    let out = folder();
    fs::create_dir(out.path().join("a.json")).unwrap();
    let run = run(["-f", "json", "-o", out.path().to_str().unwrap(), file.to_str().unwrap()]);
    assert_eq!(run.code, SOME_FAILED);
    assert!(run.stderr.contains("results cannot be written to"), "{}", run.stderr);
    assert_eq!(names(out.path()), ["a.json"]);
}

#[test]
fn a_command_line_that_makes_no_sense_analyses_nothing() {
    let music = folder();
    let file = drums_file(music.path(), "a.wav", 1.0);
    fs::create_dir(music.path().join("sub")).unwrap();
    let namesake = drums_file(music.path(), "sub/a.wav", 1.0);
    let [file, namesake] = [&file, &namesake].map(|path| path.to_str().unwrap());
    let out = music.path().join("out");
    let out = out.to_str().unwrap();
    let cases: [(&[&str], &str); 10] = [
        (&[], "required"),
        (&["--block", "0", file], "1 to 8192"),
        (&["--format", "mp3", file], "possible values"),
        (&["--tasks", "chords", file], "possible values"),
        (&["--jobs", "0", file], "--jobs"),
        (&["-f", "json,csv", file], "--out DIR"),
        (&["-f", "json", file, namesake], "--out DIR"),
        (&["-t", "onset", "-f", "lab", "-o", out, file], "--tasks beat"),
        (&["-t", "chord", "--spelling", "roman", file], "name key in --tasks"),
        (&["-o", file, namesake], "expected a folder, found a file"),
    ];
    for (arguments, reason) in cases {
        let run = run(arguments);
        assert_eq!(run.code, USAGE, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(reason), "expected `{reason}` in: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    let clash = run(["-o", out, file, namesake]);
    assert_eq!(clash.code, USAGE);
    assert!(clash.stderr.contains("would both write a.wav.*"), "{}", clash.stderr);
    assert!(!Path::new(out).exists());
}

#[test]
fn a_weights_file_that_is_none_is_refused_before_anything_is_analysed() {
    let music = folder();
    let file = drums_file(music.path(), "a.wav", 1.0);
    let run = run(["--model", file.to_str().unwrap(), file.to_str().unwrap()]);
    assert_eq!(run.code, USAGE);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("a.wav") && run.stderr.contains("expected"), "{}", run.stderr);
}
