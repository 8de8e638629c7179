//! JSON, as `schema/attacca-analysis-1.schema.json` documents it.
//!
//! Onsets and beats are written as they are serialised, without a copy.

use std::{
    io::{self, Write},
    path::Path,
};

use attacca_engine::{OnsetBand, SamplePosition, models::Task};
use serde::{Serialize, Serializer};

use crate::{
    analysis::{
        Analysis,
        states::{Stretch, chord_label},
    },
    summary::Summary,
};

/// The version of the schema. It grows when a field changes its meaning or disappears; new fields leave it alone.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Root<'a> {
    schema: &'static str,
    schema_version: u32,
    generator: Generator,
    recording: Recording<'a>,
    networks: Vec<Network<'a>>,
    latency_samples: u32,
    summary: Summary,
    #[serde(serialize_with = "each")]
    onsets: Each<'a>,
    #[serde(serialize_with = "each")]
    beats: Each<'a>,
    voice: Vec<Voice>,
    chords: Vec<Labelled>,
    keys: Vec<Labelled>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Generator {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Recording<'a> {
    name: &'a str,
    title: Option<&'a str>,
    artist: Option<&'a str>,
    codec: &'a str,
    sample_rate_hz: u32,
    channels: usize,
    length_samples: u64,
    duration_seconds: f64,
}

#[derive(Serialize)]
struct Network<'a> {
    task: &'static str,
    name: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct Onset {
    time_seconds: f64,
    sample: u64,
    confidence: f32,
    latency_samples: u32,
    strength: f32,
    band: OnsetBand,
}

#[derive(Serialize)]
struct Beat {
    time_seconds: f64,
    sample: u64,
    confidence: f32,
    latency_samples: u32,
    bar: u32,
    beat_in_bar: u8,
    beats_per_bar: u8,
    tempo_bpm: f32,
}

#[derive(Serialize)]
struct Voice {
    start_seconds: f64,
    end_seconds: f64,
    confidence: Option<f32>,
}

#[derive(Serialize)]
struct Labelled {
    start_seconds: f64,
    end_seconds: f64,
    confidence: Option<f32>,
    label: &'static str,
}

impl Labelled {
    fn of<T>(stretch: &Stretch<T>, label: &'static str) -> Self {
        Self {
            start_seconds: to_microseconds(stretch.start),
            end_seconds: to_microseconds(stretch.end),
            confidence: stretch.confidence,
            label,
        }
    }
}

/// A list that is made while it is written.
enum Each<'a> {
    Onsets(&'a Analysis),
    Beats(&'a Analysis),
}

fn each<S: Serializer>(list: &Each<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match list {
        Each::Onsets(analysis) => serializer.collect_seq(analysis.onsets.iter().map(|onset| Onset {
            time_seconds: seconds(analysis, onset.position),
            sample: onset.position.0,
            confidence: onset.confidence,
            latency_samples: onset.latency_samples,
            strength: onset.strength,
            band: onset.bands.strongest(),
        })),
        Each::Beats(analysis) => serializer.collect_seq(analysis.numbered_beats().map(|(bar, beat)| Beat {
            time_seconds: seconds(analysis, beat.position),
            sample: beat.position.0,
            confidence: beat.confidence,
            latency_samples: beat.latency_samples,
            bar,
            beat_in_bar: beat.beat_in_bar,
            beats_per_bar: beat.beats_per_bar,
            tempo_bpm: beat.tempo.0,
        })),
    }
}

/// Seconds to a microsecond, so that the number is short; `sample` is exact.
fn seconds(analysis: &Analysis, position: SamplePosition) -> f64 {
    to_microseconds(analysis.seconds(position))
}

fn to_microseconds(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

fn voice(analysis: &Analysis) -> Vec<Voice> {
    let voice = |stretch: Stretch<bool>| Voice {
        start_seconds: to_microseconds(stretch.start),
        end_seconds: to_microseconds(stretch.end),
        confidence: stretch.confidence,
    };
    analysis.voiced().map(voice).collect()
}

/// The chords; none where nothing listened for them.
fn chords(analysis: &Analysis) -> Vec<Labelled> {
    if !analysis.listened_for(Task::Chord) {
        return Vec::new();
    }
    analysis.chord_stretches().map(|chord| Labelled::of(&chord, chord_label(chord.value))).collect()
}

/// Writes `X.json`.
pub fn write(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let info = &analysis.recording;
    let root = Root {
        schema: "attacca-analysis",
        schema_version: SCHEMA_VERSION,
        generator: Generator { name: "attacca", version: env!("CARGO_PKG_VERSION") },
        recording: Recording {
            name: &info.name,
            title: info.title.as_deref(),
            artist: info.artist.as_deref(),
            codec: info.codec,
            sample_rate_hz: info.sample_rate_hz,
            channels: info.channels,
            length_samples: info.length_samples,
            duration_seconds: analysis.duration_seconds(),
        },
        networks: analysis
            .networks
            .iter()
            .map(|network| Network { task: network.task.name(), name: &network.name, sha256: &network.sha256 })
            .collect(),
        latency_samples: analysis.latency_samples,
        summary: Summary::of(analysis),
        onsets: Each::Onsets(analysis),
        beats: Each::Beats(analysis),
        voice: voice(analysis),
        chords: chords(analysis),
        keys: analysis.key_stretches().map(|key| Labelled::of(&key, key.value.label())).collect(),
        warnings: &analysis.warnings,
    };
    serde_json::to_writer_pretty(&mut *out, &root)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;
    use serde_json::{Value, json};

    fn validator() -> jsonschema::Validator {
        let schema = serde_json::from_str(include_str!("../../schema/attacca-analysis-1.schema.json")).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    }

    fn written(analysis: &Analysis) -> Value {
        let mut text = Vec::new();
        write(analysis, None, &mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn the_schema_accepts_what_is_written() {
        let mut analysis = example::analysis();
        let value = written(&analysis);
        let errors: Vec<_> = validator().iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(value["schema_version"], SCHEMA_VERSION);
        assert_eq!(value["beats"].as_array().unwrap().len(), analysis.beats.len());
        assert_eq!(value["voice"][1]["start_seconds"], 7.0);
        assert_eq!(
            value["chords"][0],
            json!({"start_seconds": 0.0, "end_seconds": 0.9, "confidence": null, "label": "N"})
        );
        assert_eq!(value["chords"][1]["label"], "D:min7");
        assert_eq!(value["keys"][0]["label"], "C:maj");

        analysis.beats.clear();
        analysis.onsets.clear();
        analysis.voice.clear();
        analysis.chords.clear();
        analysis.keys.clear();
        assert!(validator().is_valid(&written(&analysis)));
    }

    #[test]
    fn the_schema_refuses_what_it_does_not_document() {
        let mut value = written(&example::analysis());
        value["beats"][0]["beat_in_bar"] = 0.into();
        assert!(!validator().is_valid(&value));
        let mut value = written(&example::analysis());
        value["chords"][0]["label"] = "H:maj".into();
        assert!(!validator().is_valid(&value));
        let mut value = written(&example::analysis());
        value["surprise"] = 1.into();
        assert!(!validator().is_valid(&value));
    }
}
