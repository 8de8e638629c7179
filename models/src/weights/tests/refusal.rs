//! Each thing that can be wrong with a file, and the field that the refusal names.

use std::collections::HashMap;

use super::*;
use crate::front_end::{
    BandStatistics, ChromaFrontEnd, ConstantQFrontEnd, HarmonicPercussive, StftFrontEnd, Whitening,
};

/// Changes a fitting description, gives it the tensors that its layers ask for, and returns the refusal's field.
fn field(change: impl FnOnce(&mut NetworkDescription)) -> String {
    let mut description = description();
    let tensors = tensors(&description);
    change(&mut description);
    refusal(description, tensors).field
}

fn refused_tensors(change: impl FnOnce(&mut BTreeMap<String, Tensor>)) -> WeightsError {
    let description = description();
    let mut tensors = tensors(&description);
    change(&mut tensors);
    refusal(description, tensors)
}

fn refusal(description: NetworkDescription, tensors: BTreeMap<String, Tensor>) -> WeightsError {
    let error = WeightsFile::new(Path::new("broken.safetensors"), description, tensors).expect_err("it is refused");
    assert_eq!(error.file, Path::new("broken.safetensors"));
    assert_ne!(error.expected, error.actual);
    assert!(error.to_string().starts_with("broken.safetensors: "), "{error}");
    error
}

fn mel(description: &mut NetworkDescription) -> &mut MelFrontEnd {
    match &mut description.front_end {
        FrontEnd::Mel(mel) => mel,
        other => panic!("the test's front end is mel, not {other:?}"),
    }
}

#[test]
fn descriptions_are_refused_by_field() {
    assert_eq!(field(|it| it.format_version = 2), "format_version");
    assert_eq!(field(|it| it.task = Task::Onset), "labels");
    assert_eq!(field(|it| it.labels.reverse()), "labels");
    assert_eq!(field(|it| it.look_ahead_frames = 1), "look_ahead_frames");
    assert_eq!(field(|it| it.look_ahead_frames = usize::MAX), "look_ahead_frames");
    assert_eq!(field(|it| it.decoder.threshold = 1.5), "decoder.threshold");
    assert_eq!(field(|it| it.decoder.threshold = f32::NAN), "decoder.threshold");
    assert_eq!(field(|it| it.decoder.calibration_slope = f32::INFINITY), "decoder.calibration_slope");
    assert_eq!(field(|it| it.decoder.calibration_offset = f32::NAN), "decoder.calibration_offset");
    assert_eq!(field(|it| it.decoder.time_correction_seconds = 3.0), "decoder.time_correction_seconds");
    assert_eq!(field(|it| it.scores[0].value = f64::NAN), "scores.0.value");
    assert_eq!(field(|it| it.scores[0].interval = Some([0.0, f64::INFINITY])), "scores.0.interval");
    assert_eq!(field(|it| it.scores[0].weakest[0].value = f64::NAN), "scores.0.weakest");
    assert_eq!(field(|it| it.layers.truncate(8)), "layers");
    assert_eq!(field(|it| it.layers.clear()), "layers");
}

#[test]
fn front_ends_are_refused_by_field() {
    assert_eq!(field(|it| mel(it).window_seconds = 0.5), "front_end.window_seconds");
    assert_eq!(field(|it| mel(it).window_seconds = 0.0), "front_end.window_seconds");
    assert_eq!(field(|it| mel(it).window_seconds = f64::NAN), "front_end.window_seconds");
    assert_eq!(field(|it| mel(it).bands = 0), "front_end.bands");
    assert_eq!(field(|it| mel(it).bands = usize::MAX), "front_end");
    assert_eq!(field(|it| mel(it).minimum_hz = 20_000.0), "front_end.minimum_hz");
    assert_eq!(field(|it| mel(it).minimum_hz = -1.0), "front_end.minimum_hz");
    assert_eq!(field(|it| mel(it).maximum_hz = f64::INFINITY), "front_end.maximum_hz");
    assert_eq!(field(|it| mel(it).scaling.deviation = 0.0), "front_end.scaling.deviation");
    assert_eq!(field(|it| mel(it).scaling.deviation = -1.0), "front_end.scaling.deviation");
    assert_eq!(field(|it| mel(it).scaling.mean = f32::NAN), "front_end.scaling.mean");
    assert_eq!(field(|it| mel(it).scaling.log_gain = -1.0), "front_end.scaling.log_gain");
    let bands = |bands: Vec<BandStatistics>| field(|it| mel(it).scaling.bands = Some(bands));
    let fitting = BandStatistics { mean: 0.5, deviation: 1.0 };
    assert_eq!(bands(vec![fitting; 7]), "front_end.scaling.bands");
    let last = |band| [vec![fitting; 7], vec![band]].concat();
    assert_eq!(bands(last(BandStatistics { mean: f32::NAN, ..fitting })), "front_end.scaling.bands.7.mean");
    assert_eq!(bands(last(BandStatistics { deviation: 0.0, ..fitting })), "front_end.scaling.bands.7.deviation");
    let whitening = |memory_seconds, floor| field(|it| mel(it).whitening = Some(Whitening { memory_seconds, floor }));
    assert_eq!(whitening(0.0, 0.1), "front_end.whitening.memory_seconds");
    assert_eq!(whitening(f64::INFINITY, 0.1), "front_end.whitening.memory_seconds");
    assert_eq!(whitening(1.0, 0.0), "front_end.whitening.floor");
    let medians = |frames, bands| field(|it| mel(it).harmonic_percussive = Some(HarmonicPercussive { frames, bands }));
    assert_eq!(medians(4, 5), "front_end.harmonic_percussive.frames");
    assert_eq!(medians(103, 5), "front_end.harmonic_percussive.frames");
    assert_eq!(medians(5, 0), "front_end.harmonic_percussive.bands");
    assert_eq!(medians(5, 9), "front_end.harmonic_percussive.bands");
    let stft = |window_seconds, bins| FrontEnd::Stft(StftFrontEnd { window_seconds, bins, scaling: Scaling::LINEAR });
    assert_eq!(field(|it| it.front_end = stft(1.0, 8)), "front_end.window_seconds");
    assert_eq!(field(|it| it.front_end = stft(0.1, 0)), "front_end.bins");
    let constant_q = |minimum_hz, bins_per_octave, octaves| {
        FrontEnd::ConstantQ(ConstantQFrontEnd { minimum_hz, bins_per_octave, octaves, scaling: Scaling::LINEAR })
    };
    assert_eq!(field(|it| it.front_end = constant_q(0.0, 12, 7)), "front_end.minimum_hz");
    assert_eq!(field(|it| it.front_end = constant_q(32.7, 0, 7)), "front_end.bins_per_octave");
    assert_eq!(field(|it| it.front_end = constant_q(32.7, 12, 0)), "front_end.octaves");
    assert_eq!(field(|it| it.front_end = constant_q(32.7, 12, 20)), "front_end.octaves");
    assert_eq!(field(|it| it.front_end = constant_q(32.7, 12, usize::MAX)), "front_end.octaves");
    let chroma = |bins_per_octave| {
        let scaling = Scaling::LINEAR;
        FrontEnd::Chroma(ChromaFrontEnd { minimum_hz: 32.7, bins_per_octave, octaves: 7, scaling })
    };
    assert_eq!(field(|it| it.front_end = chroma(20)), "front_end.bins_per_octave");
}

#[test]
fn tensors_are_refused_by_name() {
    let error = refused_tensors(|it| drop(it.remove("5.1.0.weight")));
    assert_eq!((error.field.as_str(), error.actual.as_str()), ("5.1.0.weight", "no such tensor"));
    let error = refused_tensors(|it| {
        let copy = it["8.bias"].clone();
        it.insert("8.extra".into(), copy);
    });
    assert_eq!(error.field, "8.extra");
    let error = refused_tensors(|it| it.get_mut("8.weight").expect("there").shape.reverse());
    assert_eq!((error.field.as_str(), error.actual.as_str()), ("8.weight", "[3, 2]"));
    let error = refused_tensors(|it| it.get_mut("8.weight").expect("there").values.truncate(5));
    assert_eq!((error.field.as_str(), error.actual.as_str()), ("8.weight", "5"));
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = refused_tensors(|it| it.get_mut("7.weight_hh_l1").expect("there").values[4] = value);
        assert_eq!(error.field, "7.weight_hh_l1");
        assert!(error.actual.ends_with("at index 4"), "{error}");
    }
    let error = refused_tensors(|it| it.get_mut("4.0.running_var").expect("there").values[0] = -0.1);
    assert_eq!(error.field, "4.0.running_var");
}

/// A file of any metadata and any tensors.
fn bytes(metadata: Option<&str>, tensors: &BTreeMap<String, Tensor>) -> Vec<u8> {
    let metadata = metadata.map(|json| HashMap::from([(METADATA_KEY.to_owned(), json.to_owned())]));
    safetensors::serialize(tensors, metadata).expect("encoded")
}

fn refused_bytes(bytes: &[u8]) -> WeightsError {
    WeightsFile::from_bytes(Path::new("broken.safetensors"), bytes).expect_err("it is refused")
}

#[test]
fn metadata_is_refused_by_field() {
    let tensors = tensors(&description());
    assert_eq!(refused_bytes(&bytes(None, &tensors)).actual, "no such entry");
    for json in ["", "{", "[]", "null"] {
        assert_eq!(refused_bytes(&bytes(Some(json), &tensors)).field, "metadata.attacca", "{json}");
    }
    // A file from the future is refused for its version, whatever else is new in it.
    let error = refused_bytes(&bytes(Some(r#"{"format_version": 7, "novelty": []}"#), &tensors));
    assert_eq!((error.field.as_str(), error.actual.as_str()), ("metadata.attacca.format_version", "7"));
    assert_eq!(refused_bytes(&bytes(Some("{}"), &tensors)).field, "metadata.attacca.format_version");
    let json = codec::description_json(&description());
    let unknown = json.replacen("\"name\"", "\"nickname\"", 1);
    let error = refused_bytes(&bytes(Some(&unknown), &tensors));
    assert!(error.actual.contains("nickname"), "{error}");
    let hash = json.replacen('{', r#"{"content_hash": "0","#, 1);
    assert_eq!(refused_bytes(&bytes(Some(&hash), &tensors)).field, "content_hash");
    let infinite = json.replacen("\"slope\":0.1", "\"slope\":1e39", 1);
    assert_eq!(refused_bytes(&bytes(Some(&infinite), &tensors)).field, "layers.2.slope");
    let deep = format!("{{\"format_version\": 1, \"layers\": {}", "[".repeat(100_000));
    assert_eq!(refused_bytes(&bytes(Some(&deep), &tensors)).field, "metadata.attacca");
}

#[test]
fn other_types_than_f32_are_refused() {
    let values = [0u8; 4];
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F16, vec![2], &values).expect("a view");
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), codec::description_json(&description()))]);
    let bytes = safetensors::serialize([("8.bias", view)], Some(metadata)).expect("encoded");
    let error = refused_bytes(&bytes);
    assert_eq!((error.field.as_str(), error.actual.as_str()), ("8.bias", "F16"));
}

#[test]
fn unreadable_and_oversized_files_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.safetensors");
    let error = WeightsFile::read(&missing).expect_err("no such file");
    assert_eq!((error.file.as_path(), error.field.as_str()), (missing.as_path(), "file"));
    WeightsFile::read(folder.path()).expect_err("a folder is no file");
    let large = folder.path().join("large.safetensors");
    // A sparse file: its length costs no disk.
    let length = 1 << 40;
    fs::File::create(&large).and_then(|file| file.set_len(length)).expect("created");
    let error = WeightsFile::read(&large).expect_err("it is too large");
    assert!(error.expected.contains("67108864"), "{error}");
}
