//! The checks that stand between a file and a network.

use std::{collections::BTreeMap, fmt::Display, path::Path};

use super::Tensor;
use crate::{
    description::{FORMAT_VERSION, NetworkDescription},
    error::WeightsError,
    front_end::{
        BandStatistics, FrontEnd, HarmonicPercussive, MAXIMUM_MEDIAN_FRAMES, MAXIMUM_WINDOW_SECONDS, Scaling, Whitening,
    },
    layout::StackLayout,
    shape::Shape,
};

/// The shortest analysis window, in seconds: about the period of the lowest rate's Nyquist frequency, so that a window
/// has at least a few samples at any rate.
const MINIMUM_WINDOW_SECONDS: f64 = 0.001;

/// Half of the highest sample rate that the engine takes.
const MAXIMUM_FREQUENCY_HZ: f64 = 192_000.0;

/// Longest look-ahead in frames: ten seconds. No listener waits longer for what is called live.
const MAXIMUM_LOOK_AHEAD_FRAMES: usize = 1000;

/// Largest correction of an event's time, in seconds. Anything beyond it is a mistake and not a bias.
const MAXIMUM_TIME_CORRECTION_SECONDS: f32 = 1.0;

struct Fields<'a> {
    file: &'a Path,
}

impl Fields<'_> {
    fn require(
        &self,
        holds: bool,
        field: &str,
        expected: impl Display,
        actual: impl Display,
    ) -> Result<(), WeightsError> {
        if holds { Ok(()) } else { Err(WeightsError::new(self.file, field, expected, actual)) }
    }

    fn finite(&self, field: &str, value: impl Into<f64>) -> Result<(), WeightsError> {
        let value = value.into();
        self.require(value.is_finite(), field, "a finite number", value)
    }

    fn between(&self, field: &str, value: f64, minimum: f64, maximum: f64) -> Result<(), WeightsError> {
        let holds = (minimum..=maximum).contains(&value);
        self.require(holds, field, format_args!("{minimum} to {maximum}"), value)
    }

    fn window(&self, field: &str, seconds: f64) -> Result<(), WeightsError> {
        self.between(field, seconds, MINIMUM_WINDOW_SECONDS, MAXIMUM_WINDOW_SECONDS)
    }

    fn count(&self, field: &str, value: usize) -> Result<(), WeightsError> {
        self.require(value > 0, field, "1 or more", value)
    }

    fn scaling(&self, scaling: &Scaling, bands: usize) -> Result<(), WeightsError> {
        let gain = scaling.log_gain;
        self.require(gain.is_finite() && gain >= 0.0, "front_end.scaling.log_gain", "0 or more, finite", gain)?;
        self.statistics("front_end.scaling", scaling.mean, scaling.deviation)?;
        let Some(statistics) = &scaling.bands else { return Ok(()) };
        let expected = format_args!("statistics of {bands} bands");
        self.require(statistics.len() == bands, "front_end.scaling.bands", expected, statistics.len())?;
        statistics.iter().enumerate().try_for_each(|(band, &BandStatistics { mean, deviation })| {
            self.statistics(&format!("front_end.scaling.bands.{band}"), mean, deviation)
        })
    }

    fn statistics(&self, field: &str, mean: f32, deviation: f32) -> Result<(), WeightsError> {
        self.finite(&format!("{field}.mean"), mean)?;
        let holds = deviation.is_normal() && deviation > 0.0;
        self.require(holds, &format!("{field}.deviation"), "a finite number above 0", deviation)
    }

    fn whitening(&self, whitening: Whitening) -> Result<(), WeightsError> {
        let Whitening { memory_seconds, floor } = whitening;
        let holds = memory_seconds.is_finite() && memory_seconds > 0.0;
        self.require(holds, "front_end.whitening.memory_seconds", "a finite number above 0", memory_seconds)?;
        let holds = floor.is_normal() && floor > 0.0;
        self.require(holds, "front_end.whitening.floor", "a finite number above 0", floor)
    }

    fn harmonic_percussive(&self, parts: HarmonicPercussive, bands: usize) -> Result<(), WeightsError> {
        let field = "front_end.harmonic_percussive";
        let holds = parts.frames % 2 == 1 && parts.frames <= MAXIMUM_MEDIAN_FRAMES;
        let expected = format_args!("an odd number up to {MAXIMUM_MEDIAN_FRAMES}");
        self.require(holds, &format!("{field}.frames"), expected, parts.frames)?;
        let holds = parts.bands % 2 == 1 && parts.bands <= bands;
        let expected = format_args!("an odd number up to the {bands} bands");
        self.require(holds, &format!("{field}.bands"), expected, parts.bands)
    }

    fn constant_q(&self, minimum_hz: f64, bins_per_octave: usize, octaves: usize) -> Result<(), WeightsError> {
        self.between("front_end.minimum_hz", minimum_hz, 1.0, MAXIMUM_FREQUENCY_HZ)?;
        self.count("front_end.bins_per_octave", bins_per_octave)?;
        self.count("front_end.octaves", octaves)?;
        let highest = i32::try_from(octaves).map_or(f64::INFINITY, |octaves| minimum_hz * 2f64.powi(octaves));
        let expected = format_args!("a highest octave that ends below {MAXIMUM_FREQUENCY_HZ} Hz");
        self.require(highest <= MAXIMUM_FREQUENCY_HZ, "front_end.octaves", expected, octaves)
    }

    fn front_end(&self, front_end: &FrontEnd) -> Result<(), WeightsError> {
        self.front_end_kind(front_end)?;
        self.scaling(front_end.scaling(), front_end.shape().bands)
    }

    fn front_end_kind(&self, front_end: &FrontEnd) -> Result<(), WeightsError> {
        match front_end {
            FrontEnd::Stft(stft) => {
                self.window("front_end.window_seconds", stft.window_seconds)?;
                self.count("front_end.bins", stft.bins)
            }
            FrontEnd::Mel(mel) => {
                self.window("front_end.window_seconds", mel.window_seconds)?;
                self.count("front_end.bands", mel.bands)?;
                self.between("front_end.maximum_hz", mel.maximum_hz, 1.0, MAXIMUM_FREQUENCY_HZ)?;
                let below = (0.0..mel.maximum_hz).contains(&mel.minimum_hz);
                let expected = format_args!("0 or more, below maximum_hz ({})", mel.maximum_hz);
                self.require(below, "front_end.minimum_hz", expected, mel.minimum_hz)?;
                mel.whitening.map_or(Ok(()), |whitening| self.whitening(whitening))?;
                mel.harmonic_percussive.map_or(Ok(()), |parts| self.harmonic_percussive(parts, mel.bands))
            }
            FrontEnd::ConstantQ(cqt) => self.constant_q(cqt.minimum_hz, cqt.bins_per_octave, cqt.octaves),
            FrontEnd::Chroma(chroma) => {
                self.constant_q(chroma.minimum_hz, chroma.bins_per_octave, chroma.octaves)?;
                let whole = chroma.bins_per_octave.is_multiple_of(12);
                self.require(whole, "front_end.bins_per_octave", "a multiple of 12", chroma.bins_per_octave)
            }
        }
    }

    fn decoder(&self, description: &NetworkDescription) -> Result<(), WeightsError> {
        let decoder = &description.decoder;
        self.between("decoder.threshold", decoder.threshold.into(), 0.0, 1.0)?;
        self.finite("decoder.calibration_slope", decoder.calibration_slope)?;
        self.finite("decoder.calibration_offset", decoder.calibration_offset)?;
        let bound = f64::from(MAXIMUM_TIME_CORRECTION_SECONDS);
        self.between("decoder.time_correction_seconds", decoder.time_correction_seconds.into(), -bound, bound)
    }
}

/// Checks everything but the tensors and returns the layout of the layers.
pub(super) fn description(file: &Path, description: &NetworkDescription) -> Result<StackLayout, WeightsError> {
    let fields = Fields { file };
    let version = description.format_version;
    fields.require(version == FORMAT_VERSION, "format_version", FORMAT_VERSION, version)?;
    let labels = description.task.labels();
    let (expected, actual) = (format!("{labels:?}"), format!("{:?}", description.labels));
    fields.require(description.labels == labels, "labels", expected, actual)?;
    fields.front_end(&description.front_end)?;
    fields.decoder(description)?;
    for (index, score) in description.scores.iter().enumerate() {
        fields.finite(&format!("scores.{index}.value"), score.value)?;
        for bound in score.interval.into_iter().flatten() {
            fields.finite(&format!("scores.{index}.interval"), bound)?;
        }
        for piece in &score.weakest {
            fields.finite(&format!("scores.{index}.weakest"), piece.value)?;
        }
    }
    let layout = StackLayout::infer(file, &description.layers, description.front_end.shape())?;
    let output = Shape::vector(labels.len());
    let expected = format_args!("a last layer that gives one value a label, {output}");
    fields.require(layout.output == output, "layers", expected, layout.output)?;
    let own = layout.look_ahead_frames;
    let holds = (own..=MAXIMUM_LOOK_AHEAD_FRAMES).contains(&description.look_ahead_frames);
    let expected = format_args!("at least the layers' own look-ahead, {own}, and at most {MAXIMUM_LOOK_AHEAD_FRAMES}");
    fields.require(holds, "look_ahead_frames", expected, description.look_ahead_frames)?;
    Ok(layout)
}

/// Checks the tensors against the layout.
pub(super) fn tensors(
    file: &Path,
    layout: &StackLayout,
    tensors: &BTreeMap<String, Tensor>,
) -> Result<(), WeightsError> {
    let expected = layout.tensors();
    for wanted in &expected {
        let shape = format!("a tensor of shape {:?}", wanted.shape);
        let tensor =
            tensors.get(&wanted.name).ok_or_else(|| WeightsError::new(file, &wanted.name, &shape, "no such tensor"))?;
        if tensor.shape != wanted.shape {
            return Err(WeightsError::new(file, &wanted.name, shape, format_args!("{:?}", tensor.shape)));
        }
        if tensor.values.len() != wanted.values() {
            let expected = format_args!("{} values", wanted.values());
            return Err(WeightsError::new(file, &wanted.name, expected, tensor.values.len()));
        }
        if let Some(index) = tensor.values.iter().position(|value| !value.is_finite()) {
            let actual = format_args!("{} at index {index}", tensor.values[index]);
            return Err(WeightsError::new(file, &wanted.name, "finite values", actual));
        }
        let variance = wanted.name.ends_with(".running_var");
        if let Some(index) = tensor.values.iter().position(|&value| variance && value < 0.0) {
            let actual = format_args!("{} at index {index}", tensor.values[index]);
            return Err(WeightsError::new(file, &wanted.name, "variances of 0 or more", actual));
        }
    }
    if tensors.len() > expected.len() {
        let extra = tensors.keys().find(|name| !expected.iter().any(|wanted| &wanted.name == *name));
        let extra = extra.map_or("", String::as_str);
        return Err(WeightsError::new(file, extra, "no tensor of this name", "one that no layer uses"));
    }
    Ok(())
}
