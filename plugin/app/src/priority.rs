//! Real-time priority for the calling thread: by this user's own limits, or by rtkit and its like.

/// Frames and rate that rtkit is asked with: a millisecond, which is as often as the sending thread comes by.
const FRAMES: u32 = 48;
const RATE_HZ: u32 = 48_000;

/// Asks for real-time priority.
///
/// # Errors
/// Why it is not to be had, in the system's words.
pub fn ask() -> Result<(), String> {
    if by_limits() {
        return Ok(());
    }
    let asked = audio_thread_priority::promote_current_thread_to_real_time(FRAMES, RATE_HZ);
    asked.map(drop).map_err(|error| error.to_string())
}

/// Takes what `/etc/security/limits.d` allows this user; says whether that was something.
#[cfg(unix)]
fn by_limits() -> bool {
    use thread_priority::{
        RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
        thread_native_id,
    };

    /// Of 100. JACK's own threads are above it, and whatever else is in real time below.
    const PRIORITY: u8 = 50;

    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let priority = PRIORITY.try_into().map(ThreadPriority::Crossplatform);
    priority.is_ok_and(|priority| set_thread_priority_and_policy(thread_native_id(), priority, policy).is_ok())
}

#[cfg(not(unix))]
fn by_limits() -> bool {
    false
}
