//! `cargo xtask validate`: the optimised plugin in real hosts, and a table of what was checked.

mod hosts;
mod scanners;
mod windows;

use std::{fs, path::PathBuf};

use crate::{bundle, shell, system_packages};

/// A bundle is meant to be small enough to be sent by mail.
const LARGEST_BUNDLE_BYTES: u64 = 15_000_000;

/// What a host was asked, and how that went.
struct Row {
    host: String,
    checked: &'static str,
    outcome: Outcome,
}

enum Outcome {
    Passed(String),
    Failed(String),
    /// It is optional, and what it takes is not there.
    Skipped(String),
}

impl From<Result<String, String>> for Outcome {
    fn from(result: Result<String, String>) -> Self {
        result.map_or_else(Self::Failed, Self::Passed)
    }
}

impl Row {
    fn new(host: impl Into<String>, checked: &'static str, outcome: impl Into<Outcome>) -> Self {
        Self { host: host.into(), checked, outcome: outcome.into() }
    }
}

/// The plugin under test, and a folder for what hosts write.
struct Subject {
    vst3: PathBuf,
    clap: PathBuf,
    scratch: PathBuf,
}

impl Subject {
    /// What was bundled last.
    fn bundled() -> Result<Self, String> {
        let target = shell::target_folder()?;
        let bundled = target.join("bundled");
        let scratch = target.join("validate");
        fs::create_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
        Ok(Self { vst3: bundled.join("Attacca.vst3"), clap: bundled.join("Attacca.clap"), scratch })
    }
}

/// Bundles the plugin, loads it into every host and prints the table.
///
/// # Errors
/// Where a host was not content, or could not be had.
pub fn run() -> Result<(), String> {
    system_packages::install(&system_packages::BUILD)?;
    system_packages::install(&system_packages::TEST)?;
    system_packages::install(&system_packages::HOSTS)?;
    bundle::run(&["--release".to_owned()])?;
    let subject = Subject::bundled()?;

    let mut rows = vec![Row::new("bundles", "at most 15 MB each", sizes(&subject))];
    rows.extend(hosts::python(&subject));
    rows.extend(scanners::scan(&subject));
    rows.extend(hosts::rust(&subject));
    rows.push(windows::check());
    print(&rows);
    let failed = rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed(_))).count();
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} checks failed", rows.len())) }
}

/// Bundles the plugin and draws its window into `plugin/pictures`.
///
/// # Errors
/// Where it cannot be built or drawn.
pub fn draw_pictures() -> Result<(), String> {
    system_packages::install(&system_packages::BUILD)?;
    system_packages::install(&system_packages::HOSTS)?;
    bundle::run(&["--release".to_owned()])?;
    hosts::pictures(&Subject::bundled()?)
}

fn sizes(subject: &Subject) -> Result<String, String> {
    let mut sizes = Vec::new();
    for library in [subject.clap.clone(), hosts::library_in(&subject.vst3)] {
        let bytes = fs::metadata(&library).map_err(|error| format!("{}: {error}", library.display()))?.len();
        if bytes > LARGEST_BUNDLE_BYTES {
            return Err(format!("{} has {bytes} bytes", library.display()));
        }
        sizes.push(format!("{:.1} MB", bytes as f64 / 1e6));
    }
    Ok(sizes.join(", "))
}

fn print(rows: &[Row]) {
    let width = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
    let (hosts, checks) = (width(|row| &row.host), width(|row| row.checked));
    println!();
    for Row { host, checked, outcome } in rows {
        let (word, detail) = match outcome {
            Outcome::Passed(detail) => ("ok", detail),
            Outcome::Failed(detail) => ("FAILED", detail),
            Outcome::Skipped(detail) => ("skipped", detail),
        };
        println!("{host:hosts$}  {checked:checks$}  {word:7}  {detail}");
    }
}
