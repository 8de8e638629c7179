//! `cargo xtask scores`: the evaluation set, Attacca and its peers on it, and the table of what they reached.
//!
//! What makes the set, what runs the peers and what scores are Python programs in `xtask/scores`. Everything lies in
//! `target/scores`, and what is there is not made again, but for what Attacca hears.

mod environment;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{shell, system_packages};
use environment::Environment;

/// Parts of the evaluation set; a part that is not there is left out.
const PARTS: [&str; 5] = ["pieces", "metres", "bands", "voice", "nothing"];

/// Those in which chords are named.
const CHORD_PARTS: [&str; 2] = ["pieces", "metres"];

/// Lags of the chords that are tried besides the one that Attacca has where nobody chooses, in milliseconds.
const CHORD_LAGS_MS: [u32; 4] = [0, 100, 350, 500];

/// The singer of the voice mixes, a folder of the trainer's sources.
const SINGER: &str = "voice-erithacus";

/// What was asked for.
#[derive(Debug, Default, PartialEq)]
struct Options {
    without_peers: bool,
    environment: Option<PathBuf>,
    sources: Option<PathBuf>,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut folder = || {
                let folder =
                    arguments.next().ok_or_else(|| format!("expected a folder after {argument}, found nothing"))?;
                std::path::absolute(folder).map(Some).map_err(|error| format!("{folder}: {error}"))
            };
            match argument.as_str() {
                "--without-peers" => options.without_peers = true,
                "--venv" => options.environment = folder()?,
                "--sources" => options.sources = folder()?,
                _ => {
                    let expected = "--without-peers, --venv FOLDER or --sources FOLDER";
                    return Err(format!("expected {expected}, found `{argument}`"));
                }
            }
        }
        Ok(options)
    }
}

/// Makes the set as far as it is not there, lets everybody hear it, and prints the tables.
///
/// # Errors
/// Where an option is not known, or a package, a build or a program is not to be had. A peer that fails is left out.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let options = Options::parse(arguments)?;
    system_packages::install(&system_packages::BUILD)?;
    system_packages::install(&system_packages::TEST)?;
    system_packages::install(&system_packages::SCORES)?;
    let target = shell::target_folder()?;
    let folder = target.join("scores");
    let (sets, predictions) = (folder.join("set"), folder.join("predictions"));
    fs::create_dir_all(&predictions).map_err(|error| format!("{}: {error}", predictions.display()))?;

    let python = match &options.environment {
        Some(environment) => Environment::at(environment),
        None => Environment::made(&folder.join("peers"), !options.without_peers)?,
    };
    shell::cargo(&["build", "--release", "--locked", "--package", "attacca-cli"])?;
    println!("Making the evaluation set …");
    let sources = options.sources.unwrap_or_else(|| folder.join("sources"));
    build_set(&python, &sets, &target, &sources)?;

    println!("Attacca listens …");
    analyse(&target, &sets, &predictions)?;
    if !options.without_peers {
        println!("The peers listen, on one core: half an hour where they have heard nothing yet …");
        shell::run(python.script("run_peers.py").args([&sets, &predictions]))?;
    }
    let json = folder.join("scores.json");
    println!();
    shell::run(python.script("score.py").args([&sets, &predictions]).arg("--json").arg(&json))?;
    println!("The same for each recording: {}", json.display());
    Ok(())
}

/// Makes the set; the voice mixes only where their singer is there.
fn build_set(python: &Environment, sets: &Path, target: &Path, sources: &Path) -> Result<(), String> {
    let mut build = python.script("build_set.py");
    build.arg(sets);
    let singer = sources.join(SINGER);
    if singer.is_dir() {
        shell::cargo(&["build", "--release", "--locked", "--package", "attacca-trainer"])?;
        build.arg("--voice").arg(target.join("release/attacca-train")).arg(sources);
    } else {
        println!(
            "The voice mixes are left out: their singer is not there. To have them, clone \
             github.com/ErithacusProject/ErithacusVB to\n  {}\nand run this again, or name a folder that holds {SINGER} \
             with --sources FOLDER.",
            singer.display()
        );
    }
    shell::run(&mut build)
}

/// Lets Attacca hear every part with the networks that it ships, anew; the parts with chords with every lag.
fn analyse(target: &Path, sets: &Path, predictions: &Path) -> Result<(), String> {
    let hear = |system: &str, parts: &[&str], arguments: &[&str]| {
        let own = predictions.join(system);
        if own.exists() {
            fs::remove_dir_all(&own).map_err(|error| format!("{}: {error}", own.display()))?;
        }
        for part in parts {
            let recordings = sets.join(part);
            if recordings.is_dir() {
                let mut attacca = Command::new(target.join("release/attacca"));
                attacca.args(["analyze", "--quiet", "--out"]).arg(own.join(part)).args(arguments).arg(recordings);
                shell::run(&mut attacca)?;
            }
        }
        Ok(())
    };
    hear("attacca", &PARTS, &["--format", "text,csv"])?;
    CHORD_LAGS_MS.into_iter().try_for_each(|milliseconds| {
        let lag = (f64::from(milliseconds) / 1000.0).to_string();
        let system = format!("attacca with a chord lag of {milliseconds} ms");
        hear(&system, &CHORD_PARTS, &["--format", "text", "--tasks", "chord", "--chord-lag", &lag])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_in_any_order() {
        let expected =
            Options { without_peers: true, environment: Some("/environment".into()), sources: Some("/sources".into()) };
        assert_eq!(parse("--sources /sources --without-peers --venv /environment"), Ok(expected));
        assert_eq!(parse(""), Ok(Options::default()));
    }

    #[test]
    fn what_is_not_known_or_not_whole_is_refused_by_name() {
        assert!(parse("--without-peer").is_err_and(|message| message.contains("`--without-peer`")));
        assert!(parse("--venv").is_err_and(|message| message.contains("after --venv")));
    }
}
