//! Without a window: events as JSON lines on the standard output, words for people on the standard error.

use std::{
    io,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::RecvTimeoutError,
    },
    time::Duration,
};

use crate::{arguments::Arguments, configuration::Configuration, report::Told, session::Session};

/// How often it is looked whether a signal came.
const PERIOD: Duration = Duration::from_millis(50);

/// Listens until a signal comes, the file ends, or nobody reads what is said.
pub fn run(arguments: &Arguments, configuration: &Configuration, stop: &Arc<AtomicBool>) -> ExitCode {
    let session = match Session::start(configuration, Some(Box::new(io::stdout()))) {
        Ok(session) => session,
        Err(error) => {
            eprintln!("attacca-live: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(url) = session.url() {
        eprintln!("attacca-live: browsers find the stage view at {url}");
    }
    let is_file = arguments.file.is_some();
    session.listen(arguments.first_input(configuration));
    let (mut has_heard, mut xruns) = (false, 0);
    while !stop.load(Ordering::Relaxed) {
        let input = session.input();
        has_heard |= input.is_open;
        if input.xruns > xruns {
            xruns = input.xruns;
            eprintln!("attacca-live: {xruns} buffers of the input came too late or not at all so far (xruns)");
        }
        match session.told().recv_timeout(PERIOD) {
            Ok(Told::Notice(text)) => eprintln!("attacca-live: {text}"),
            // A file that could not be opened has ended as well.
            Ok(Told::Ended) if is_file => return if has_heard { ExitCode::SUCCESS } else { ExitCode::FAILURE },
            Ok(Told::Ended) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Told::Unread) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    ExitCode::SUCCESS
}
