//! JSON lines: one object a line, whose fields are called as in the analyser's JSON.

use attacca_engine::{Event, EventKind, OnsetBand, Snapshot};
use serde::Serialize;

use super::StateReport;
use crate::ear::InputFormat;

/// The line that says that a file has been played to its end.
pub const END: &str = r#"{"kind":"end"}"#;

#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    what: What,
    time_seconds: f64,
    sample: u64,
    confidence: f32,
    latency_samples: u32,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum What {
    Onset { strength: f32, band: OnsetBand },
    Beat { beat_in_bar: u8, beats_per_bar: u8, tempo_bpm: f32 },
    Voice { active: bool },
    Chord { label: &'static str },
    Key { label: &'static str },
}

#[derive(Serialize)]
#[serde(tag = "kind", rename = "input")]
struct Input<'a> {
    name: &'a str,
    sample_rate_hz: u32,
    channels: Vec<usize>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename = "state")]
struct State {
    beat: Option<Beat>,
    voice: bool,
    chord: Option<&'static str>,
    key: Option<&'static str>,
    level_dbfs: f32,
}

#[derive(Serialize)]
struct Beat {
    beat_in_bar: u8,
    beats_per_bar: u8,
    tempo_bpm: f32,
    confidence: f32,
    until_next_seconds: f64,
}

/// The line of an event.
pub fn event_line(event: &Event, sample_rate_hz: u32) -> String {
    let what = match event.kind {
        EventKind::Onset { strength, bands } => What::Onset { strength, band: bands.strongest() },
        EventKind::Beat { beat_in_bar, beats_per_bar, tempo } => {
            What::Beat { beat_in_bar, beats_per_bar, tempo_bpm: tempo.0 }
        }
        EventKind::Voice { active } => What::Voice { active },
        EventKind::Chord { chord, bass } => What::Chord { label: chord.map_or("N", |chord| chord.label_over(bass)) },
        EventKind::Key { key } => What::Key { label: key.label() },
    };
    line(&Line {
        what,
        time_seconds: (event.position.seconds(sample_rate_hz) * 1e6).round() / 1e6,
        sample: event.position.0,
        confidence: event.confidence,
        latency_samples: event.latency_samples,
    })
}

/// The line with which listening to an input begins; its channels are counted from 1.
pub fn input_line(format: &InputFormat) -> String {
    let channels = format.heard.iter().map(|channel| channel + 1).collect();
    line(&Input { name: &format.name, sample_rate_hz: format.sample_rate_hz, channels })
}

/// The line of a state, for browsers.
pub fn state_line(state: &StateReport) -> String {
    let Snapshot { beat, voice, chord, key, level_dbfs, .. } = state.snapshot;
    line(&State {
        beat: beat.zip(state.until_next_beat_seconds).map(|(beat, until_next_seconds)| Beat {
            beat_in_bar: beat.beat_in_bar,
            beats_per_bar: beat.beats_per_bar,
            tempo_bpm: beat.tempo.0,
            confidence: beat.confidence,
            until_next_seconds,
        }),
        voice,
        chord: chord.and_then(|state| state.chord.map(|chord| chord.label_over(state.bass))),
        key: key.map(|state| state.key.label()),
        level_dbfs,
    })
}

/// Plain fields, which can always be written.
fn line<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use attacca_engine::{Bpm, SamplePosition};

    use super::*;

    #[test]
    fn fields_are_called_as_in_the_analyser() {
        let kind = EventKind::Beat { beat_in_bar: 1, beats_per_bar: 4, tempo: Bpm(120.5) };
        let event = Event { position: SamplePosition(44_101), latency_samples: 3528, confidence: 0.5, kind };
        let expected = r#"{"kind":"beat","beat_in_bar":1,"beats_per_bar":4,"tempo_bpm":120.5,"time_seconds":1.000023,"sample":44101,"confidence":0.5,"latency_samples":3528}"#;
        assert_eq!(event_line(&event, 44_100), expected);
    }

    #[test]
    fn an_input_is_named_and_its_channels_counted_from_one() {
        let format = InputFormat::new("JACK: \"in\"".to_owned(), 48_000, 4, &[2, 3]);
        assert_eq!(
            input_line(&format),
            r#"{"kind":"input","name":"JACK: \"in\"","sample_rate_hz":48000,"channels":[2,3]}"#
        );
    }
}
