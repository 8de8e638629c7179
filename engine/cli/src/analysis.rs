//! What the engine found in a recording.
//!
//! Events are the only part that grows with the recording: some 24 bytes each.

mod decode_ahead;
pub mod run;
pub mod states;
mod written;

use std::time::Duration;

use attacca_decode::Source;
use attacca_engine::{
    Bpm, OnsetBands, SamplePosition,
    models::{
        Spelling, Task,
        vocabulary::{ChordOverBass, KeyClass},
    },
};

use crate::overview::Overview;

use self::states::Change;

/// The results of one recording.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// What was analysed.
    pub recording: RecordingInfo,
    /// What was listened for.
    pub tasks: Vec<Task>,
    /// How chords and keys are written where people read them; in Harte's syntax where it is `None`.
    pub spelling: Option<Spelling>,
    /// The networks that listened, at most one a task.
    pub networks: Vec<NetworkIdentity>,
    /// The longest time between an event and its report, in samples.
    pub latency_samples: u32,
    /// Onsets in order of time.
    pub onsets: Vec<Onset>,
    /// Beats in order of time.
    pub beats: Vec<Beat>,
    /// Where a voice begins and ends, in order of time; there is none before the first change.
    pub voice: Vec<Change<bool>>,
    /// Where the chord changes, in order of time; there is none before the first change.
    pub chords: Vec<Change<Option<ChordOverBass>>>,
    /// Where the key becomes clear or changes, in order of time.
    pub keys: Vec<Change<KeyClass>>,
    /// Curves for a page.
    pub overview: Overview,
    /// What was wrong with the recording, in words.
    pub warnings: Vec<String>,
    /// How long decoding and analysing took.
    pub elapsed: Duration,
}

/// A recording's facts.
#[derive(Clone, Debug)]
pub struct RecordingInfo {
    /// Where it came from.
    pub source: Source,
    /// File name without folder, as text.
    pub name: String,
    /// Title from its tags.
    pub title: Option<String>,
    /// Artist from its tags.
    pub artist: Option<String>,
    /// Name of the codec.
    pub codec: &'static str,
    /// Sample rate.
    pub sample_rate_hz: u32,
    /// Channels in the file.
    pub channels: usize,
    /// Samples of each channel.
    pub length_samples: u64,
}

/// A network that listened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkIdentity {
    /// What it listened for.
    pub task: Task,
    /// Its name and version.
    pub name: String,
    /// SHA-256 over its description and tensors, in hexadecimal.
    pub sha256: String,
}

/// A note or drum began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Onset {
    /// When.
    pub position: SamplePosition,
    /// How much later the engine reported it, in samples.
    pub latency_samples: u32,
    /// Probability that it is right, 0 to 1.
    pub confidence: f32,
    /// Peak activation, 0 to 1.
    pub strength: f32,
    /// Where in the spectrum it began.
    pub bands: OnsetBands,
}

/// A beat; a downbeat where `beat_in_bar` is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    /// When.
    pub position: SamplePosition,
    /// How much later the engine reported it, in samples.
    pub latency_samples: u32,
    /// Probability that it is right, 0 to 1.
    pub confidence: f32,
    /// Tempo at this beat.
    pub tempo: Bpm,
    /// Position in the bar, from 1.
    pub beat_in_bar: u8,
    /// Beats in a bar.
    pub beats_per_bar: u8,
}

impl Beat {
    /// Whether a bar begins here.
    pub fn is_downbeat(&self) -> bool {
        self.beat_in_bar == 1
    }
}

impl Analysis {
    /// Length of the recording.
    pub fn duration_seconds(&self) -> f64 {
        self.seconds(SamplePosition(self.recording.length_samples))
    }

    /// A position in seconds.
    pub fn seconds(&self, position: SamplePosition) -> f64 {
        position.seconds(self.recording.sample_rate_hz)
    }

    /// Whether this task was listened for.
    pub fn listened_for(&self, task: Task) -> bool {
        self.tasks.contains(&task)
    }

    /// The network that was heard for a task: for keys that of the chords where there is none of their own.
    pub fn network(&self, task: Task) -> Option<&NetworkIdentity> {
        let of = |task| self.networks.iter().find(|network| network.task == task);
        of(task).or_else(|| of(Task::Chord).filter(|_| task == Task::Key))
    }

    /// How many times faster than the music the analysis was.
    pub fn real_time_factor(&self) -> f64 {
        self.duration_seconds() / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Every beat with the number of its bar: the first downbeat begins bar 1, beats before it are in bar 0.
    pub fn numbered_beats(&self) -> impl Iterator<Item = (u32, &Beat)> {
        self.beats.iter().scan(0, |bar, beat| {
            *bar += u32::from(beat.is_downbeat());
            Some((*bar, beat))
        })
    }
}

#[cfg(test)]
pub mod example {
    //! A made-up analysis for the tests of the exporters.

    use super::*;
    use attacca_engine::models::vocabulary::{CHORD_LABELS, ChordClass};

    /// 12 s at 44.1 kHz: a pick-up beat at 0.4 s, then bars of four at 120 BPM that slow down to 100 BPM, an onset on
    /// every beat and one in between; a II–V–I in C, its I over E, that begins again, and a voice in two phrases.
    pub fn analysis() -> Analysis {
        let rate = 44_100;
        let mut overview = Overview::new(rate, |_| 882);
        let mut onsets = Vec::new();
        let mut beats = Vec::new();
        let mut seconds = 0.4;
        let mut index = 0_u8;
        let bands = OnsetBands { low: 0.2, mid: 0.9, high: 0.1 };
        while seconds < 11.5 {
            let tempo = 120.0 - 20.0 * (seconds / 12.0) as f32;
            let position = SamplePosition((seconds * f64::from(rate)) as u64);
            let beat_in_bar = (index + 3) % 4 + 1;
            beats.push(Beat {
                position,
                latency_samples: 2000,
                confidence: 0.9,
                tempo: Bpm(tempo),
                beat_in_bar,
                beats_per_bar: 4,
            });
            for offset in [0.0, 0.5] {
                let position = SamplePosition(((seconds + offset * 60.0 / f64::from(tempo)) * f64::from(rate)) as u64);
                onsets.push(Onset { position, latency_samples: 1000, confidence: 0.8, strength: 0.7, bands });
            }
            seconds += 60.0 / f64::from(tempo);
            index += 1;
        }
        let length_samples = 12 * u64::from(rate);
        let change = |seconds: f64| SamplePosition((seconds * f64::from(rate)) as u64);
        let chord = |seconds, label: &str| Change {
            position: change(seconds),
            latency_samples: 8820,
            confidence: 0.75,
            value: ChordClass::from_class(CHORD_LABELS.iter().position(|other| *other == label).unwrap())
                .map(|chord| ChordOverBass { chord, bass: (label == "C:maj7").then_some(4) }),
        };
        let voice =
            |seconds, value| Change { position: change(seconds), latency_samples: 9000, confidence: 0.85, value };
        for sample in 0..length_samples {
            let since =
                onsets.iter().rev().find(|onset| onset.position.0 <= sample).map_or(0, |o| sample - o.position.0);
            let level = (-(since as f32) / 4000.0).exp() * 0.8;
            overview.push_samples(&[level * (sample as f32 * 0.05).sin()], 1);
        }
        Analysis {
            recording: RecordingInfo {
                source: Source::File("music/Tea <for> Two & more.wav".into()),
                name: "Tea <for> Two & more.wav".into(),
                title: None,
                artist: Some("Nobody".into()),
                codec: "PCM",
                sample_rate_hz: rate,
                channels: 2,
                length_samples,
            },
            tasks: Task::ALL.into(),
            spelling: None,
            networks: Task::ALL
                .map(|task| NetworkIdentity { task, name: format!("{} 1", task.name()), sha256: "0f".repeat(32) })
                .into(),
            latency_samples: 2205,
            onsets,
            beats,
            voice: vec![voice(2.5, true), voice(5.25, false), voice(7.0, true), voice(9.5, false)],
            chords: vec![
                chord(0.9, "D:min7"),
                chord(2.9, "G:7"),
                chord(5.0, "C:maj7"),
                chord(7.2, "D:min7"),
                chord(9.4, "G:7"),
                chord(11.4, "N"),
            ],
            keys: vec![Change {
                position: change(2.0),
                latency_samples: 88_200,
                confidence: 0.9,
                value: KeyClass::from_class(0).unwrap(),
            }],
            overview,
            warnings: Vec::new(),
            elapsed: Duration::from_millis(120),
        }
    }
}
