//! JAMS, the JSON Annotated Music Specification (Humphrey et al., ISMIR 2014).
//!
//! | namespace | becomes |
//! | --- | --- |
//! | `onset` | onsets |
//! | `note_midi`, `note_hz` | onsets at the notes' starts, all such annotations together (GuitarSet has one a string), unless there is `onset` |
//! | `beat_position`, `beat` | beats with their positions; the first of them where there are both |
//! | `chord`, `chord_harte` | chords |
//! | `key_mode` | keys, as far as they are major or minor |
//! | `segment_open`, `tag_open` | voice, where every value is a word for singing or for not singing |
//!
//! Of several annotations of a kind, by several annotators, the first is taken. All others are passed over with a word in
//! the report. Data are a list of observations, or, as in dense namespaces, lists under the observations' fields.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    data::{
        Labels,
        labels::{Annotation, merged},
    },
    score::{TimedKey, chord::parse_key},
};

use super::{
    beats, chords,
    problem::{Place, Problem},
    timeline::Timeline,
    voice,
};

#[derive(Deserialize)]
struct Root {
    annotations: Vec<JamsAnnotation>,
}

#[derive(Deserialize)]
struct JamsAnnotation {
    namespace: String,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    List(Vec<Observation>),
    Columns { time: Vec<f64>, duration: Vec<f64>, value: Vec<Value> },
}

impl Default for Data {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

#[derive(Clone, Deserialize)]
struct Observation {
    time: f64,
    #[serde(default)]
    duration: f64,
    value: Value,
}

/// The observations of an annotation in order of time, with their places.
type Observations = Vec<(Place, Observation)>;

/// Reads a JAMS file for a recording of `seconds`; also returns remarks for the report.
///
/// # Errors
/// [`Problem`] with the observation.
pub fn parse(file: &Path, contents: &[u8], seconds: f64) -> Result<(Labels, Vec<String>), Problem> {
    let root: Root =
        serde_json::from_slice(contents).map_err(|source| Problem::Json { file: file.to_owned(), source })?;
    let mut labels = Labels::default();
    let mut remarks = Vec::new();
    let mut notes = Vec::new();
    for (number, annotation) in root.annotations.into_iter().enumerate() {
        let namespace = annotation.namespace;
        let mut pass_over =
            |why: &str| remarks.push(format!("{}: annotations[{number}] ({namespace}): {why}", file.display()));
        let observations = observations(file, number, &namespace, annotation.data);
        if observations.is_empty() {
            continue;
        }
        let is_taken = match namespace.as_str() {
            "onset" => labels.onsets.is_some(),
            "beat" | "beat_position" => labels.beats.is_some(),
            "chord" | "chord_harte" => labels.chords.is_some(),
            "key_mode" => labels.keys.is_some(),
            "segment_open" | "tag_open" => labels.voice.is_some(),
            "note_midi" | "note_hz" => false,
            _ => {
                pass_over("passed over: no task learns from it");
                continue;
            }
        };
        if is_taken {
            pass_over("passed over: an annotation of this kind came before it");
            continue;
        }
        match namespace.as_str() {
            "onset" => labels.onsets = Some(onsets(observations, seconds)?),
            "note_midi" | "note_hz" => notes.extend(observations),
            "beat" | "beat_position" => labels.beats = Some(read_beats(file, observations, seconds)?),
            "chord" | "chord_harte" => {
                let (read, unknown) = read_chords(&observations, seconds)?;
                labels.chords = Some(read);
                remarks.extend(unknown);
            }
            "key_mode" => labels.keys = Some(keys(&observations, seconds)?),
            _ => match sung(&observations) {
                Some(stretches) => labels.voice = Some(voice::labels(stretches, seconds)?),
                None => pass_over("passed over: its values are not all words for singing or for not singing"),
            },
        }
    }
    if labels.onsets.is_none() && !notes.is_empty() {
        notes.sort_by(|a, b| a.1.time.total_cmp(&b.1.time));
        labels.onsets = Some(onsets(notes, seconds)?);
    }
    Ok((labels, remarks))
}

fn observations(file: &Path, annotation: usize, namespace: &str, data: Data) -> Observations {
    let list = match data {
        Data::List(list) => list,
        Data::Columns { time, duration, value } => time
            .into_iter()
            .zip(duration)
            .zip(value)
            .map(|((time, duration), value)| Observation { time, duration, value })
            .collect(),
    };
    let place = |observation| Place::Observation {
        file: file.to_owned(),
        annotation,
        namespace: namespace.to_owned(),
        observation,
    };
    let mut placed: Observations = list.into_iter().enumerate().map(|(index, one)| (place(index), one)).collect();
    // The specification keeps no order.
    placed.sort_by(|a, b| a.1.time.total_cmp(&b.1.time));
    placed
}

fn onsets(observations: Observations, seconds: f64) -> Result<Annotation<f64>, Problem> {
    let mut timeline = Timeline::new(seconds, true);
    let mut onsets = Vec::new();
    for (place, Observation { time, .. }) in observations {
        if timeline.event(place, time)? {
            onsets.push(time);
        }
    }
    Ok(Annotation::unmasked(merged(onsets)))
}

fn read_beats(
    file: &Path,
    observations: Observations,
    seconds: f64,
) -> Result<Annotation<crate::data::labels::LabelledBeat>, Problem> {
    if observations.iter().all(|(_, observation)| observation.value.is_null()) {
        return Err(Problem::NoPositions { file: file.to_owned() });
    }
    let mut timeline = Timeline::new(seconds, false);
    let mut found = Vec::new();
    for (place, Observation { time, value, .. }) in observations {
        let position = value.get("position").unwrap_or(&value).as_f64();
        let Some(position) = position.filter(|position| (1.0..=64.0).contains(position)) else {
            return Err(Problem::Contents {
                place,
                expected: "a position in the bar from 1 to 64",
                actual: value.to_string(),
            });
        };
        if timeline.event(place, time)? {
            found.push((time, position as u8));
        }
    }
    Ok(Annotation::unmasked(beats::with_bars(&found)))
}

fn read_chords(
    observations: &Observations,
    seconds: f64,
) -> Result<(Annotation<crate::score::TimedChord>, Vec<String>), Problem> {
    let stretches = observations.iter().map(|(place, Observation { time, duration, value })| {
        let label = value.as_str().ok_or_else(|| refused(place, "a chord in Harte's syntax", value))?;
        Ok((place.clone(), *time, time + duration, label))
    });
    chords::labels(stretches.collect::<Result<_, Problem>>()?, seconds)
}

fn keys(observations: &Observations, seconds: f64) -> Result<Annotation<TimedKey>, Problem> {
    let mut timeline = Timeline::new(seconds, false);
    let mut keys = Vec::new();
    for (place, Observation { time, duration, value }) in observations {
        let label = value.as_str().ok_or_else(|| refused(place, "a key such as C:major", value))?;
        let stretch = timeline.stretch(place.clone(), *time, time + duration)?;
        let key = parse_key(&label.replace(":major", ":maj").replace(":minor", ":min"));
        if let (Some([start, end]), Some(key)) = (stretch, key) {
            keys.push(TimedKey { start, end, key });
        }
    }
    Ok(Annotation::unmasked(keys))
}

fn sung(observations: &Observations) -> Option<Vec<(Place, f64, f64, bool)>> {
    let stretch = |(place, one): &(Place, Observation)| {
        Some((place.clone(), one.time, one.time + one.duration, voice::is_sung(one.value.as_str()?)?))
    };
    observations.iter().map(stretch).collect()
}

fn refused(place: &Place, expected: &'static str, value: &Value) -> Problem {
    Problem::Contents { place: place.clone(), expected, actual: value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(annotations: Value) -> Result<(Labels, Vec<String>), String> {
        let root = serde_json::json!({ "annotations": annotations, "file_metadata": {} });
        parse(Path::new("x.jams"), root.to_string().as_bytes(), 10.0).map_err(|problem| problem.to_string())
    }

    fn annotation(namespace: &str, data: &[(f64, f64, Value)]) -> Value {
        let observation = |(time, duration, value): &(f64, f64, Value)| serde_json::json!({ "time": time, "duration": duration, "value": value, "confidence": null });
        serde_json::json!({ "namespace": namespace, "data": data.iter().map(observation).collect::<Vec<_>>() })
    }

    #[test]
    fn every_string_of_a_guitar_counts() {
        let low = annotation("note_midi", &[(1.0, 0.5, 44.0.into()), (3.0, 0.5, 44.0.into())]);
        let high = annotation("note_midi", &[(1.01, 0.5, 60.0.into()), (2.0, 0.5, 60.0.into())]);
        let (labels, _) = read(vec![low, high].into()).unwrap();
        assert_eq!(labels.onsets.unwrap().values, [1.0, 2.0, 3.0]);
    }

    #[test]
    fn each_namespace_becomes_its_labels() {
        let position = |position: u8| serde_json::json!({ "position": position, "num_beats": 3 });
        let (labels, remarks) = read(
            vec![
                annotation("beat_position", &[(1.0, 0.0, position(1)), (2.0, 0.0, position(2))]),
                annotation("chord", &[(0.0, 5.0, "C:min7".into()), (5.0, 5.0, "nonsense".into())]),
                annotation("key_mode", &[(0.0, 5.0, "Eb:minor".into()), (5.0, 5.0, "D:dorian".into())]),
                annotation("segment_open", &[(0.0, 2.0, "Vocal".into()), (2.0, 8.0, "instrumental".into())]),
                annotation("chord", &[(0.0, 10.0, "G:maj".into())]),
                annotation("tempo", &[(0.0, 10.0, 120.0.into())]),
            ]
            .into(),
        )
        .unwrap();
        assert_eq!(labels.beats.unwrap().values[1].position, 2);
        assert_eq!(labels.chords.unwrap().values.len(), 1);
        assert_eq!(labels.keys.unwrap().values[0].key.label(), "D#:min");
        assert_eq!(labels.voice.unwrap().values, [[0.0, 2.0]]);
        assert_eq!(labels.onsets, None);
        assert_eq!(remarks.len(), 3, "{remarks:?}");
        assert!(remarks[0].starts_with("x.jams: annotations[1] (chord), data[1]: `nonsense`"), "{}", remarks[0]);
    }

    #[test]
    fn observations_at_fault_are_named() {
        let message = read(vec![annotation("beat", &[(1.0, 0.0, 1.into()), (2.0, 0.0, 0.into())])].into()).unwrap_err();
        assert!(message.starts_with("x.jams: annotations[0] (beat), data[1]: expected a position"), "{message}");
        let message = read(vec![annotation("onset", &[(12.0, 0.0, Value::Null)])].into()).unwrap_err();
        assert!(message.contains("within the recording's 10.000 s"), "{message}");
        let message = read(vec![annotation("beat", &[(1.0, 0.0, Value::Null)])].into()).unwrap_err();
        assert!(message.contains("downbeats too"), "{message}");
        assert!(parse(Path::new("x.jams"), b"{", 1.0).unwrap_err().to_string().starts_with("x.jams: expected a JAMS"));
    }
}
