//! `cargo xtask bench`: what Attacca costs, beside the machine's own limits and its peers.
//!
//! Three programs measure, each compiled for speed, and print their tables as they go: the kernels beside the machine's
//! limits and candle, the front ends, the whole engine. Everything goes to `target/bench.json`. None of it is a test:
//! times are the machine's as much as Attacca's.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Map, Value};

use crate::{shell, system_packages};

/// What a front end may take: microseconds a hop, by the field in which it is reported.
const FEATURE_GOALS_US: [(&str, &str, f64); 2] =
    [("mel_us", "log-mel, 80 bands", 7.0), ("cqt_us", "constant-Q, 252 bins", 5.0)];

/// Runs everything.
///
/// # Errors
/// Where an option is not known, a program does not build or run, or what it reports is not what was expected.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let peers = match arguments {
        [] => None,
        [option, folder] if option == "--peers" => Some(PathBuf::from(folder)),
        _ => return Err(format!("expected --peers FOLDER or nothing, found `{}`", arguments.join(" "))),
    };
    system_packages::install(&system_packages::BUILD)?;
    let kernels = measured("attacca-trainer", "kernels")?;
    let features = measured("attacca-trainer", "features")?;
    let peers = peers.map(|environment| peers_features(&environment)).transpose()?;
    print_features(&features, peers.as_ref());
    let Value::Object(mut figures) = measured("attacca-tests", "engine")? else {
        return Err("expected the figures of the engine as a JSON object, found another value".to_owned());
    };
    figures.insert("features".to_owned(), features);
    figures.insert("kernels".to_owned(), kernels);
    let file = shell::target_folder()?.join("bench.json");
    write(&file, figures)?;
    println!("All figures: {}", file.display());
    Ok(())
}

/// Builds and runs one bench, whose figures are JSON on the last line of what it prints.
fn measured(package: &str, bench: &str) -> Result<Value, String> {
    println!("Building and running the bench `{bench}` …\n");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["bench", "--quiet", "--locked", "--package", package, "--bench", bench]);
    last_line(bench, &mut command)
}

/// What the same front ends take in librosa and in Essentia, as far as the environment has them.
fn peers_features(environment: &Path) -> Result<Value, String> {
    let mut python = Command::new(environment.join("bin/python"));
    python.arg(shell::root().join("xtask/bench/peers.py"));
    last_line("peers.py", &mut python)
}

fn last_line(name: &str, command: &mut Command) -> Result<Value, String> {
    let output = command
        .current_dir(shell::root())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("expected to run {}, found: {error}", command.get_program().display()))?;
    if !output.status.success() {
        return Err(format!("{name} ended with {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.trim_end().lines().next_back().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| format!("expected {name} to end with JSON, found `{line}`: {error}"))
}

/// A table of the front ends: their times, the share of the goal, and how many times longer the peers take.
fn print_features(features: &Value, peers: Option<&Value>) {
    println!("| front end            | µs a hop | time ÷ goal | peers, × Attacca's time");
    println!("|----------------------|----------|-------------|------------------------");
    for (field, name, goal_us) in FEATURE_GOALS_US {
        let own_us = features[field].as_f64().unwrap_or(f64::NAN);
        let peers = peers.and_then(Value::as_object).into_iter().flatten().filter_map(|(peer, times)| {
            let peer_us = times[field].as_f64()?;
            Some(format!("{peer} {peer_us:.0} µs, × {:.1}", peer_us / own_us))
        });
        let peers = peers.collect::<Vec<_>>().join("; ");
        println!("| {name:20} | {own_us:8.2} | {:11.2} | {peers}", own_us / goal_us);
    }
    println!();
}

fn write(file: &Path, figures: Map<String, Value>) -> Result<(), String> {
    let text = serde_json::to_string_pretty(&Value::Object(figures)).map_err(|error| error.to_string())?;
    fs::write(file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Result<Value, String> {
        last_line("a bench", Command::new("printf").arg(text))
    }

    #[test]
    fn figures_are_the_last_line() {
        assert_eq!(printed("a table\n{\"mel_us\": 3.5}\n"), Ok(serde_json::json!({ "mel_us": 3.5 })));
    }

    #[test]
    fn a_bench_without_figures_and_one_that_fails_are_named() {
        assert!(
            printed("nothing\n").is_err_and(|message| message.contains("a bench to end with JSON, found `nothing`"))
        );
        let failed = last_line("a bench", &mut Command::new("false"));
        assert!(failed.is_err_and(|message| message.starts_with("a bench ended with")));
    }

    #[test]
    fn options_that_are_not_known_are_refused() {
        assert!(run(&["--peer".to_owned()]).is_err_and(|message| message.contains("`--peer`")));
    }
}
