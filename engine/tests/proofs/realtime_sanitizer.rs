//! The real-time sanitizer watches every entry point of the processor in the other tests: here it is shown to see what they
//! must not do.

use std::{env, process::Command};

/// Set in the process that is to be stopped.
const DO_WRONG: &str = "ATTACCA_ALLOCATE_WHERE_IT_IS_FORBIDDEN";

#[sanitize(realtime = "nonblocking")]
fn allocate_where_it_is_forbidden() -> usize {
    std::hint::black_box(vec![0_u8; 100]).len()
}

#[test]
fn an_allocation_where_it_is_forbidden_is_seen() {
    if env::var_os(DO_WRONG).is_some() {
        allocate_where_it_is_forbidden();
        return;
    }
    let this = env::current_exe().expect("a test is a file");
    let output = Command::new(this)
        .args(["--exact", "realtime_sanitizer::an_allocation_where_it_is_forbidden_is_seen", "--nocapture"])
        .env(DO_WRONG, "1")
        .output()
        .expect("a test can be run again");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaint.contains("RealtimeSanitizer"), "{complaint}");
}
