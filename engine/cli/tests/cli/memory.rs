//! A long recording needs no more memory than a short one.

#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{ErrorKind, Write},
    process::{ChildStdin, Stdio},
    thread,
};

use crate::support::{SAMPLE_RATE_HZ, analyze, drums};

/// One bar of drums that is repeated.
const BAR_SECONDS: f64 = 2.0;

/// Peak resident memory, in KiB, of an analysis of so many bars that come through a pipe.
fn peak_kibibytes(bars: usize) -> u64 {
    let results = tempfile::tempdir().unwrap();
    let mut child = analyze()
        .args(["--quiet", "--format", "html,json,midi", "--out"])
        .arg(results.path())
        .arg("-")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let process = child.id();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || {
        feed(&mut stdin, bars);
        // The analyser is blocked on its input here, with everything but the end analysed.
        let peak = high_water_mark(process);
        drop(stdin);
        peak
    });
    assert!(child.wait().unwrap().success());
    feeder.join().unwrap()
}

fn feed(stdin: &mut ChildStdin, bars: usize) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut header = spec.into_header_for_infinite_file();
    let unknown = u32::MAX.to_le_bytes();
    header[4..8].copy_from_slice(&unknown);
    let length_at = header.len() - 4;
    header[length_at..].copy_from_slice(&unknown);
    let bar: Vec<u8> = drums(BAR_SECONDS).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let pieces = std::iter::once(&header).chain(std::iter::repeat_n(&bar, bars));
    for piece in pieces {
        match stdin.write_all(piece) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => panic!("the analyser stopped reading"),
            outcome => outcome.unwrap(),
        }
    }
}

fn high_water_mark(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn twenty_minutes_need_no_more_memory_than_one() {
    let short = peak_kibibytes(30);
    let long = peak_kibibytes(600);
    // What grows are 24 bytes for each event (some 8,000 in 20 minutes, and the spare half of their vectors: 0.4 MB)
    // and the page's columns, which stop growing at 128 KiB (waveform and three curves: 160 KiB together).
    // The samples alone would be 53 MB.
    let limit = short + 3 * 1024;
    assert!(long <= limit, "{long} KiB for 20 minutes, {short} KiB for one");
}
