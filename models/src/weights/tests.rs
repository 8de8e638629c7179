//! What is written comes back; what does not fit is refused by name; nothing panics.

mod corruption;
mod refusal;

use super::*;
use crate::{
    description::{DataSource, DecoderSettings, FORMAT_VERSION, PieceScore, Score, Task},
    front_end::{BandStatistics, FrontEnd, HarmonicPercussive, MelFrontEnd, MelScale, Scaling, Whitening},
    layer_spec::{ActivationFunction, Cell, LayerSpec, Reduction},
    layout::StackLayout,
    shape::Shape,
};

/// A small beat network with tensors of most kinds.
fn description() -> NetworkDescription {
    NetworkDescription {
        format_version: FORMAT_VERSION,
        name: "test network".into(),
        task: Task::Beat,
        front_end: FrontEnd::Mel(MelFrontEnd {
            window_seconds: 0.046,
            bands: 8,
            minimum_hz: 30.0,
            maximum_hz: 11_025.0,
            scale: MelScale::Slaney,
            difference: true,
            whitening: None,
            harmonic_percussive: None,
            scaling: Scaling { mean: 0.7, deviation: 1.3, ..Scaling::logarithmic(1000.0) },
        }),
        layers: vec![
            LayerSpec::Conv2d {
                outputs: 3,
                kernel_frames: 2,
                kernel_bands: 3,
                dilation_frames: 1,
                dilation_bands: 1,
                stride_bands: 1,
                padding_bands: 1,
            },
            LayerSpec::BatchNorm { epsilon: 1e-5 },
            LayerSpec::Activation { function: ActivationFunction::LeakyRelu { slope: 0.1 } },
            LayerSpec::Pool { reduction: Reduction::Maximum, bands: 2, frames: 1 },
            LayerSpec::Residual { layers: vec![LayerSpec::BatchNorm { epsilon: 1e-5 }] },
            LayerSpec::Concatenate {
                branches: vec![
                    vec![
                        LayerSpec::Dense { outputs: 4, context_frames: 2 },
                        LayerSpec::Activation { function: ActivationFunction::Relu },
                    ],
                    vec![LayerSpec::Conv1d { outputs: 2, kernel_frames: 2, dilation_frames: 2 }],
                ],
            },
            LayerSpec::Bidirectional { cell: Cell::Gru, units: 3, look_ahead_frames: 2 },
            LayerSpec::Recurrent { cell: Cell::Lstm, units: 3, stack: 2 },
            LayerSpec::Dense { outputs: 2, context_frames: 1 },
            LayerSpec::Activation { function: ActivationFunction::Logistic },
        ],
        labels: vec!["beat".into(), "downbeat".into()],
        look_ahead_frames: 4,
        decoder: DecoderSettings::default(),
        training_data: vec![DataSource { name: "none".into(), source: "made up".into(), licence: "CC0-1.0".into() }],
        // Digits that a parser without exact rounding does not give back.
        scores: vec![Score {
            material: "none".into(),
            metric: "F-measure".into(),
            value: 0.123_456_789_012_345_67,
            interval: Some([0.1, 0.2]),
            weakest: vec![PieceScore { piece: "a piece".into(), value: 0.05 }],
        }],
    }
}

fn tensors(description: &NetworkDescription) -> BTreeMap<String, Tensor> {
    let layout = StackLayout::infer(Path::new("test"), &description.layers, description.front_end.shape())
        .expect("the layers fit");
    let filled = layout.tensors().into_iter().enumerate().map(|(index, tensor)| {
        let values = (0..tensor.values()).map(|value| ((index + value) % 7) as f32 * 0.1 + 0.01).collect();
        (tensor.name.clone(), Tensor { shape: tensor.shape.clone(), values })
    });
    filled.collect()
}

fn file() -> WeightsFile {
    let description = description();
    let tensors = tensors(&description);
    WeightsFile::new(Path::new("test"), description, tensors).expect("it fits")
}

#[test]
fn a_written_file_comes_back_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("network.safetensors");
    let written = file();
    written.write(&path).expect("written");
    let read = WeightsFile::read(&path).expect("read");
    assert_eq!(read, written);
    assert_eq!(read.content_hash(), written.content_hash());
    let names: Vec<_> =
        fs::read_dir(&folder).expect("listed").map(|entry| entry.expect("listed").file_name()).collect();
    assert_eq!(names, ["network.safetensors"], "no temporary file is left behind");
}

#[test]
fn what_a_front_end_does_not_ask_for_is_not_written() {
    // So that the content hashes of files from before these fields hold.
    let json = codec::description_json(&description());
    for field in ["whitening", "harmonic_percussive", "\"bands\":[", "null"] {
        assert!(!json.contains(field), "{field}");
    }
}

#[test]
fn standardised_bands_whitening_and_parts_come_back() {
    let mut description = description();
    let FrontEnd::Mel(mel) = &mut description.front_end else { panic!("the front end is mel") };
    mel.whitening = Some(Whitening { memory_seconds: 10.0, floor: 1e-4 });
    mel.harmonic_percussive = Some(HarmonicPercussive { frames: 17, bands: 5 });
    mel.scaling.bands = Some(vec![BandStatistics { mean: 0.7, deviation: 1.3 }; 8]);
    assert_eq!(description.front_end.shape(), Shape::new(4, 8));
    let tensors = tensors(&description);
    let written = WeightsFile::new(Path::new("test"), description, tensors).expect("it fits");
    let bytes = written.to_bytes(Path::new("test")).expect("encoded");
    assert_eq!(WeightsFile::from_bytes(Path::new("test"), &bytes).expect("read"), written);
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let encoded = || file().to_bytes(Path::new("test")).expect("encoded");
    assert_eq!(encoded(), encoded());
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("taken");
    fs::create_dir(&path).expect("created");
    let error = file().write(&path).expect_err("a folder stands there");
    assert_eq!((error.file.as_path(), error.field.as_str()), (path.as_path(), "file"));
    assert_eq!(fs::read_dir(&folder).expect("listed").count(), 1);
    file().write(&folder.path().join("missing").join("network.safetensors")).expect_err("no such folder");
}

#[test]
fn the_content_hash_covers_description_and_tensors() {
    let hash = file().content_hash();
    assert_eq!(hash.len(), 64);
    let mut renamed = file();
    renamed.description.name.push('!');
    let mut changed = file();
    changed.tensors.get_mut("0.bias").expect("it is there").values[1] += 1.0;
    assert_ne!(renamed.content_hash(), hash);
    assert_ne!(changed.content_hash(), hash);
    assert_ne!(renamed.content_hash(), changed.content_hash());
}

#[test]
fn a_file_without_a_content_hash_is_read() {
    let written = file();
    let json = codec::description_json(&written.description);
    let metadata = std::collections::HashMap::from([(METADATA_KEY.to_owned(), json)]);
    let bytes = safetensors::serialize(&written.tensors, Some(metadata)).expect("encoded");
    assert_eq!(WeightsFile::from_bytes(Path::new("test"), &bytes).expect("read"), written);
}
