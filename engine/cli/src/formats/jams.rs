//! JAMS, the JSON Annotated Music Specification of Humphrey et al. (ISMIR 2014), version 0.3.
//!
//! Annotations, in this order and as far as the tasks were wanted: `onset`, `beat` (value: position in the bar),
//! `beat_position` (value: position, bar, beats of the bar, beat unit), `tempo` (value: BPM, from each beat to the
//! next), `segment_open` (value: `voice`, for JAMS has no namespace of its own for it), `chord` (Harte's syntax) and
//! `key_mode`. The beat unit is a guess: nothing in the sound tells 4 from 8.

use std::{
    io::{self, Write},
    path::Path,
};

use attacca_engine::models::{
    Task,
    vocabulary::{Mode, PITCH_CLASSES},
};
use serde::{Serialize, Serializer};

use crate::analysis::{
    Analysis, NetworkIdentity,
    states::{Stretch, chord_label},
};

/// Version of the specification.
const JAMS_VERSION: &str = "0.3.4";
/// The note value of a beat.
const BEAT_UNITS: u32 = 4;

#[derive(Serialize)]
struct Root<'a> {
    file_metadata: FileMetadata<'a>,
    annotations: Vec<Annotation<'a>>,
    sandbox: Empty,
}

#[derive(Serialize)]
struct FileMetadata<'a> {
    title: &'a str,
    artist: &'a str,
    release: &'a str,
    duration: f64,
    identifiers: Empty,
    jams_version: &'static str,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Annotation<'a> {
    namespace: &'static str,
    annotation_metadata: AnnotationMetadata<'a>,
    #[serde(serialize_with = "observations")]
    data: (&'a Analysis, Content),
    time: f64,
    duration: f64,
    sandbox: Empty,
}

#[derive(Serialize)]
struct AnnotationMetadata<'a> {
    annotation_tools: String,
    annotator: Annotator<'a>,
    corpus: &'a str,
    version: &'static str,
    data_source: &'static str,
    annotation_rules: &'static str,
    validation: &'static str,
}

#[derive(Serialize)]
struct Annotator<'a> {
    network: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct Observation<T> {
    time: f64,
    duration: f64,
    value: T,
    confidence: Option<f32>,
}

impl<T> Observation<T> {
    fn of<S>(stretch: &Stretch<S>, value: T) -> Self {
        Self { time: stretch.start, duration: stretch.seconds(), value, confidence: stretch.confidence }
    }
}

#[derive(Serialize)]
struct BeatPosition {
    position: u8,
    measure: u32,
    num_beats: u8,
    beat_units: u32,
}

#[derive(Clone, Copy)]
enum Content {
    Onsets,
    Beats,
    BeatPositions,
    Tempo,
    Voice,
    Chords,
    Keys,
}

impl Content {
    const ALL: [Self; 7] =
        [Self::Onsets, Self::Beats, Self::BeatPositions, Self::Tempo, Self::Voice, Self::Chords, Self::Keys];

    const fn namespace(self) -> &'static str {
        match self {
            Self::Onsets => "onset",
            Self::Beats => "beat",
            Self::BeatPositions => "beat_position",
            Self::Tempo => "tempo",
            Self::Voice => "segment_open",
            Self::Chords => "chord",
            Self::Keys => "key_mode",
        }
    }

    const fn task(self) -> Task {
        match self {
            Self::Onsets => Task::Onset,
            Self::Beats | Self::BeatPositions | Self::Tempo => Task::Beat,
            Self::Voice => Task::Voice,
            Self::Chords => Task::Chord,
            Self::Keys => Task::Key,
        }
    }
}

fn observations<S: Serializer>((analysis, content): &(&Analysis, Content), serializer: S) -> Result<S::Ok, S::Error> {
    match content {
        Content::Onsets => serializer.collect_seq(analysis.onsets.iter().map(|onset| Observation {
            time: analysis.seconds(onset.position),
            duration: 0.0,
            value: onset.strength,
            confidence: Some(onset.confidence),
        })),
        Content::Beats => serializer.collect_seq(analysis.beats.iter().map(|beat| Observation {
            time: analysis.seconds(beat.position),
            duration: 0.0,
            value: beat.beat_in_bar,
            confidence: Some(beat.confidence),
        })),
        Content::BeatPositions => serializer.collect_seq(analysis.numbered_beats().map(|(bar, beat)| Observation {
            time: analysis.seconds(beat.position),
            duration: 0.0,
            value: BeatPosition {
                position: beat.beat_in_bar,
                measure: bar,
                num_beats: beat.beats_per_bar,
                beat_units: BEAT_UNITS,
            },
            confidence: Some(beat.confidence),
        })),
        Content::Tempo => serializer.collect_seq(analysis.beats.iter().enumerate().map(|(index, beat)| {
            let time = analysis.seconds(beat.position);
            let end =
                analysis.beats.get(index + 1).map_or(analysis.duration_seconds(), |b| analysis.seconds(b.position));
            Observation {
                time,
                duration: (end - time).max(0.0),
                value: beat.tempo.0,
                confidence: Some(beat.confidence),
            }
        })),
        Content::Voice => serializer.collect_seq(analysis.voiced().map(|voice| Observation::of(&voice, "voice"))),
        Content::Chords => {
            let chords = analysis.chord_stretches().map(|chord| Observation::of(&chord, chord_label(chord.value)));
            serializer.collect_seq(chords)
        }
        Content::Keys => serializer.collect_seq(analysis.key_stretches().map(|key| {
            let mode = if key.value.mode == Mode::Major { "major" } else { "minor" };
            Observation::of(&key, format!("{}:{mode}", PITCH_CLASSES[usize::from(key.value.tonic % 12)]))
        })),
    }
}

fn annotation<'a>(analysis: &'a Analysis, network: &'a NetworkIdentity, content: Content) -> Annotation<'a> {
    Annotation {
        namespace: content.namespace(),
        annotation_metadata: AnnotationMetadata {
            annotation_tools: format!("attacca {}", env!("CARGO_PKG_VERSION")),
            annotator: Annotator { network: &network.name, sha256: &network.sha256 },
            corpus: "",
            version: env!("CARGO_PKG_VERSION"),
            data_source: "program",
            annotation_rules: "",
            validation: "",
        },
        data: (analysis, content),
        time: 0.0,
        duration: analysis.duration_seconds(),
        sandbox: Empty {},
    }
}

/// Writes `X.jams`.
pub fn write(analysis: &Analysis, _folder: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    let info = &analysis.recording;
    let annotations = Content::ALL
        .into_iter()
        .filter(|content| analysis.listened_for(content.task()))
        .filter_map(|content| {
            let network = analysis.network(content.task())?;
            Some(annotation(analysis, network, content))
        })
        .collect();
    let root = Root {
        file_metadata: FileMetadata {
            title: info.title.as_deref().unwrap_or(&info.name),
            artist: info.artist.as_deref().unwrap_or_default(),
            release: "",
            duration: analysis.duration_seconds(),
            identifiers: Empty {},
            jams_version: JAMS_VERSION,
        },
        annotations,
        sandbox: Empty {},
    };
    serde_json::to_writer(&mut *out, &root)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::example;
    use serde_json::{Value, json};

    /// The part of that package's pattern of chords without degrees in brackets.
    const CHORD: &str = "^(N|X|[A-G](b*|#*)(:(maj|min|dim|aug|1|5|sus2|sus4|maj6|min6|7|maj7|min7|dim7|hdim7|minmaj7|aug7))?(/(b*|#*)([1-9]|1[0-3]))?)$";

    /// The parts of the `jams` 0.3.4 package's schema and namespaces that apply to what is written here.
    fn schema() -> Value {
        let observation = |value: Value| {
            json!({
                "type": "object",
                "required": ["value", "time", "duration", "confidence"],
                "properties": {
                    "time": {"type": "number", "minimum": 0},
                    "duration": {"type": "number", "minimum": 0},
                    "confidence": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                    "value": value,
                },
            })
        };
        let annotation = |namespace: &str, value: Value| {
            json!({
                "type": "object",
                "required": ["annotation_metadata", "data", "namespace"],
                "properties": {
                    "namespace": {"const": namespace},
                    "data": {"type": "array", "items": observation(value)},
                    "time": {"type": ["number", "null"], "minimum": 0},
                    "duration": {"type": ["number", "null"], "minimum": 0},
                    "sandbox": {"type": "object"},
                    "annotation_metadata": {"type": "object", "properties": {
                        "corpus": {"type": "string"},
                        "version": {"type": ["string", "number"]},
                        "annotator": {"type": "object"},
                        "annotation_tools": {"type": "string"},
                        "annotation_rules": {"type": "string"},
                        "validation": {"type": "string"},
                        "data_source": {"type": "string"},
                    }},
                },
            })
        };
        let beat_position = json!({
            "type": "object",
            "required": ["position", "measure", "num_beats", "beat_units"],
            "properties": {
                "position": {"type": "number", "minimum": 1},
                "measure": {"type": "integer", "minimum": 0},
                "num_beats": {"type": "integer", "minimum": 1},
                "beat_units": {"enum": [1, 2, 4, 8, 16, 32, 64, 128, 256]},
            },
        });
        json!({
            "type": "object",
            "required": ["file_metadata", "annotations", "sandbox"],
            "properties": {
                "file_metadata": {"type": "object", "properties": {
                    "identifiers": {"type": "object"},
                    "artist": {"type": "string"},
                    "title": {"type": "string"},
                    "release": {"type": "string"},
                    "duration": {"type": "number", "minimum": 0},
                    "jams_version": {"type": "string", "pattern": "[0-9].[0-9].[0-9]"},
                }},
                "annotations": {"type": "array", "minItems": 7, "maxItems": 7, "prefixItems": [
                    annotation("onset", json!({})),
                    annotation("beat", json!({"type": ["number", "null"]})),
                    annotation("beat_position", beat_position),
                    annotation("tempo", json!({"type": "number", "minimum": 0})),
                    annotation("segment_open", json!({"const": "voice"})),
                    annotation("chord", json!({"type": "string", "pattern": CHORD})),
                    annotation("key_mode", json!({"type": "string", "pattern": "^([A-G]#?:(major|minor))$"})),
                ]},
                "sandbox": {"type": "object"},
            },
        })
    }

    #[test]
    fn the_specification_is_met() {
        let analysis = example::analysis();
        let mut text = Vec::new();
        write(&analysis, None, &mut text).unwrap();
        let value: Value = serde_json::from_slice(&text).unwrap();
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let chords = analysis.chord_stretches().count();
        for (annotation, observations) in [(0, analysis.onsets.len()), (1, analysis.beats.len()), (4, 2), (5, chords)] {
            assert_eq!(value["annotations"][annotation]["data"].as_array().unwrap().len(), observations);
        }
    }

    #[test]
    fn only_what_was_listened_for_is_annotated() {
        let mut analysis = example::analysis();
        analysis.tasks = vec![Task::Onset];
        let mut text = Vec::new();
        write(&analysis, None, &mut text).unwrap();
        let value: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["annotations"].as_array().unwrap().len(), 1);
    }
}
