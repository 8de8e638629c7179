//! Set-up, demo and tests of Attacca in one command each: `cargo xtask COMMAND`.

mod bench;
mod bundle;
mod demo;
mod instructions;
mod live;
mod neon;
mod prove;
mod scores;
mod shell;
mod system_packages;
mod test;
mod validate;

use std::process::ExitCode;

const USAGE: &str = "\
Attacca's chores. Each command installs the system packages it needs, or says how.

Usage: cargo xtask COMMAND

  demo     analyse a real recording and write a page that shows what was heard
  live     build the live app and open its window (what follows goes to it, such as --headless)
  soak     let the live app listen for an hour (or as many minutes as you say) and watch its memory
  prepare  install the system packages that building and testing everything needs
  test     run every test of the workspace
  bundle   build the plugin as Attacca.vst3 and Attacca.clap under target/bundled (--release for the fast one)
  install  bundle the plugin and copy it to your plugin folders
  validate bundle the plugin, load it into real hosts and print what each was content with
  pictures draw the window of the plugin while a recording plays, for its README
  prove    look for blocking calls, data races, lost graphs and stray memory accesses with sanitizers, loom, Valgrind and
           an hour of audio (realtime, threads, handover, memory, soak)
  scores   measure Attacca and its peers on an evaluation set that it makes, and print the tables
           (--without-peers, --venv FOLDER, --sources FOLDER: see xtask/scores/README.md)
  bench    measure what Attacca costs, print it beside the machine's limits and write target/bench.json
           (--peers FOLDER: a Python environment with librosa or essentia to compare with)
  neon     run the tests of the networks' arithmetic on AArch64, under emulation
  instructions
           count the instructions of the shipped networks, and refuse more of them than before
  setup    install the system packages of every command, the trainer's data included
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["demo"] => demo::run(),
        ["live", ..] => live::run(&arguments[1..]),
        ["soak", ..] => live::soak(&arguments[1..]),
        ["prepare"] => test::prepare(),
        ["bundle", ..] => system_packages::install(&system_packages::BUILD).and_then(|()| bundle::run(&arguments[1..])),
        ["install"] => system_packages::install(&system_packages::BUILD).and_then(|()| bundle::install()),
        ["test"] => test::run(),
        ["validate"] => validate::run(),
        ["pictures"] => validate::draw_pictures(),
        ["prove", ..] => prove::run(&arguments[1..]),
        ["scores", ..] => scores::run(&arguments[1..]),
        ["bench", ..] => bench::run(&arguments[1..]),
        ["neon"] => neon::run(),
        ["instructions"] => instructions::run(),
        ["setup"] => test::prepare()
            .and_then(|()| system_packages::install(&system_packages::EMULATION))
            .and_then(|()| system_packages::install(&system_packages::VALGRIND))
            .and_then(|()| system_packages::install(&system_packages::HOSTS))
            .and_then(|()| system_packages::install(&system_packages::TRAINER))
            .and_then(|()| system_packages::install(&system_packages::SCORES))
            .and_then(|()| system_packages::install(&system_packages::PEERS)),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("expected one command, found `{}`\n\n{USAGE}", arguments.join(" "))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
