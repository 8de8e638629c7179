//! The programs by which Ardour and Qtractor look at plugins before they load them.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use super::{Row, Subject};

/// Both scanners' rows.
pub fn scan(subject: &Subject) -> [Row; 2] {
    [
        Row::new(named("Ardour", "ardour"), "VST3: listed by its scanner", ardour(subject)),
        Row::new(named("Qtractor", "qtractor"), "CLAP: listed by its scanner", qtractor(subject)),
    ]
}

fn ardour(subject: &Subject) -> Result<String, String> {
    let scanner = file_of("ardour", "/ardour-vst3-scanner")?;
    let mut command = Command::new(&scanner);
    // Its libraries lie beside it; what it finds is kept in its own cache here, not in the user's.
    command.args(["-f", "-v"]).arg(&subject.vst3).env("LD_LIBRARY_PATH", scanner.parent().unwrap_or(&scanner));
    for variable in ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
        command.env(variable, &subject.scratch);
    }
    expect(command, "", "name=\"Attacca\"")
}

fn qtractor(subject: &Subject) -> Result<String, String> {
    let mut command = Command::new(file_of("qtractor", "/qtractor_plugin_scan")?);
    command.env("QT_QPA_PLATFORM", "offscreen").env("HOME", &subject.scratch);
    expect(command, &format!("CLAP:{}\n", subject.clap.display()), "CLAP|Attacca|")
}

/// Runs a command and expects a line of its output to hold a text; gives that line.
fn expect(mut command: Command, input: &str, wanted: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let found = said.lines().any(|line| line.contains(wanted));
    if found { Ok(String::new()) } else { Err(format!("expected `{wanted}`, found:\n{said}")) }
}

/// A file that a Debian package brought, by how its path ends.
fn file_of(package: &str, ending: &str) -> Result<PathBuf, String> {
    let output = Command::new("dpkg").args(["-L", package]).output().map_err(|error| format!("dpkg: {error}"))?;
    let files = String::from_utf8_lossy(&output.stdout);
    let found = files.lines().find(|file| file.ends_with(ending)).map(PathBuf::from);
    found.ok_or_else(|| format!("expected …{ending} in the Debian package {package}; run `cargo xtask setup`"))
}

/// A host with the version of its package.
fn named(host: &str, package: &str) -> String {
    let query = Command::new("dpkg-query").args(["--show", "--showformat", "${Version}", package]).output();
    let version = query.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    // Debian writes `epoch:version+repacked-revision`.
    let upstream = version.split_once(':').map_or(version.as_str(), |(_, rest)| rest);
    format!("{host} {}", upstream.split(['-', '+', '~']).next().unwrap_or_default())
}
