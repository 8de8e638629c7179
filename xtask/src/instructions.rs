//! `cargo xtask instructions`: how many instructions the shipped networks take, as a guard against slow changes.
//!
//! Times differ from run to run; instructions hardly do. Valgrind counts those of one second of each network on the
//! portable instruction set, the only one that every machine and Valgrind itself run alike.

use std::{path::Path, process::Command};

use crate::{shell, system_packages};

/// Millions of instructions for one second of each task's network. A change that saves some lowers its number here.
const MILLIONS: [(&str, f64); 4] = [("onset", 10.53), ("beat", 12.15), ("voice", 19.54), ("chord", 18.41)];

/// How far above its number a network may lie: another C library copies a little differently.
const TOLERANCE: f64 = 0.03;

/// How far below it a network may lie before the number is to be lowered.
const SLACK: f64 = 0.1;

/// Counts, and compares with what is stated.
///
/// # Errors
/// Where a network takes more instructions than is stated, or so many fewer that the statement guards nothing.
pub fn run() -> Result<(), String> {
    if !cfg!(target_arch = "x86_64") {
        println!("Instructions are counted on x86-64 alone.");
        return Ok(());
    }
    system_packages::install(&system_packages::VALGRIND)?;
    let example = ["--package", "attacca-models", "--example", "one_second"];
    shell::cargo(&[&["build", "--quiet", "--release", "--locked"], &example[..]].concat())?;
    let program = shell::target_folder()?.join("release/examples/one_second");
    let mut complaints = Vec::new();
    for (task, stated) in MILLIONS {
        let counted = count(&program, task)? / 1e6;
        println!("{task:6} {counted:8.2} million instructions a second, {stated:.2} stated");
        complaints.extend(complaint(task, counted, stated));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n")) }
}

/// What is wrong with a count.
fn complaint(task: &str, counted: f64, stated: f64) -> Option<String> {
    let place = "xtask/src/instructions.rs";
    if counted > stated * (1.0 + TOLERANCE) {
        Some(format!("{task}: expected {stated:.2} million instructions as {place} states, found {counted:.2}"))
    } else if counted < stated * (1.0 - SLACK) {
        Some(format!(
            "{task}: found {counted:.2} million instructions only; state so in {place} instead of {stated:.2}"
        ))
    } else {
        None
    }
}

/// Instructions of one second of a task's network.
fn count(program: &Path, task: &str) -> Result<f64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*one_second::one_second*"])
        .arg(program)
        .arg(task)
        .output()
        .map_err(|error| format!("expected to run valgrind, found: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{task}: valgrind ended with {}:\n{report}", output.status));
    }
    collected(&report).ok_or_else(|| format!("{task}: expected `Collected : N` from valgrind, found:\n{report}"))
}

/// The number in `==12345== Collected : 678`.
fn collected(report: &str) -> Option<f64> {
    let line = report.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_the_report() {
        let report = "==7== Events    : Ir\n==7== Collected : 12345678\n==7== \n";
        assert_eq!(collected(report), Some(12_345_678.0));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
    }

    #[test]
    fn too_many_are_refused_and_so_is_a_bound_that_guards_nothing() {
        assert_eq!(complaint("beat", 102.0, 100.0), None);
        assert_eq!(complaint("beat", 91.0, 100.0), None);
        assert!(complaint("beat", 104.0, 100.0).is_some_and(|message| message.contains("expected 100.00")));
        assert!(complaint("beat", 89.0, 100.0).is_some_and(|message| message.contains("state so")));
    }
}
