//! Recipes of models: what a network hears, its layers, and how it is fitted.

use std::{collections::BTreeMap, path::Path};

use attacca_models::{ActivationFunction, FrontEnd, LayerSpec, Shape, StackLayout, Task};
use serde::{Deserialize, Serialize};

use crate::{
    data::LabelFraming,
    fit::{Augmentation, FitSettings, PitchedBands, Schedule, Transfer},
    graph::is_within,
    recipe_file::{self, RecipeError},
};

/// A model, and how it is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelRecipe {
    /// The network's name and version, for people.
    pub name: String,
    /// What it listens for.
    pub task: Task,
    /// How the labels become targets; its look-ahead becomes the network's.
    pub labels: LabelFraming,
    /// What it hears. Mean and deviation of its scaling are measured on the training data, whatever stands here; those of
    /// each band where `bands` stands there, if as an empty list.
    pub front_end: FrontEnd,
    /// How it is fitted.
    pub fit: FitSettings,
    /// What it starts from, and what of it is fitted.
    #[serde(default)]
    pub transfer: Transfer,
    /// How each example is varied.
    #[serde(default)]
    pub augmentation: Augmentation,
    /// How much more often than others the excerpts of a source are drawn, by the source's name; 1 where not named.
    #[serde(default)]
    pub source_weights: BTreeMap<String, f64>,
    /// The layers; the last one is a logistic function, or a softmax where the task's labels exclude each other.
    #[serde(rename = "layer")]
    pub layers: Vec<LayerSpec>,
}

impl ModelRecipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// [`RecipeError`] for a file that is missing, no recipe, or has a value out of range.
    pub fn read(file: &Path) -> Result<Self, RecipeError> {
        Self::parse(&recipe_file::read(file)?, file)
    }

    /// Reads the text of a recipe; `file` is its name in errors.
    ///
    /// # Errors
    /// [`RecipeError`] for a text that is no recipe or has a value out of range.
    pub fn parse(text: &str, file: &Path) -> Result<Self, RecipeError> {
        let recipe: Self = recipe_file::parse(text, file)?;
        recipe.check(file)?;
        Ok(recipe)
    }

    fn check(&self, file: &Path) -> Result<(), RecipeError> {
        let layout = StackLayout::infer(file, &self.layers, self.front_end.shape())?;
        let require = |holds: bool, field: &'static str, expected: String, actual: String| {
            if holds { Ok(()) } else { Err(RecipeError::Value { file: file.to_owned(), field, expected, actual }) }
        };
        let labels = self.task.labels().len();
        let output = Shape::vector(labels);
        require(layout.output == output, "layer", format!("an output {output}"), layout.output.to_string())?;
        let (function, expected) = if self.task.is_exclusive() {
            (ActivationFunction::Softmax, "a softmax last")
        } else {
            (ActivationFunction::Logistic, "a logistic function last")
        };
        let last = self.layers.last();
        let fits = last == Some(&LayerSpec::Activation { function });
        require(fits, "layer", expected.to_owned(), format!("{last:?}"))?;
        let look_ahead = self.labels.look_ahead_frames;
        let own = layout.look_ahead_frames;
        let expected = format!("at least the {own} frames that the layers look ahead");
        require(look_ahead >= own, "labels.look_ahead_frames", expected, look_ahead.to_string())?;
        let neighbour = self.labels.neighbour;
        require((0.0..=1.0).contains(&neighbour), "labels.neighbour", "0 to 1".to_owned(), neighbour.to_string())?;
        let fit = &self.fit;
        for (field, value) in [
            ("fit.epochs", fit.epochs),
            ("fit.steps", fit.steps),
            ("fit.sequences", fit.sequences),
            ("fit.threads", fit.threads),
        ] {
            require(value > 0, field, "1 or more".to_owned(), value.to_string())?;
        }
        let divides = fit.sequences.is_multiple_of(fit.threads);
        require(divides, "fit.sequences", format!("a multiple of {} threads", fit.threads), fit.sequences.to_string())?;
        let crop = fit.crop_seconds;
        require((0.1..=600.0).contains(&crop), "fit.crop_seconds", "0.1 to 600".to_owned(), crop.to_string())?;
        for (field, value) in [
            ("fit.learning_rate", fit.learning_rate),
            ("fit.gradient_norm", fit.gradient_norm),
            ("fit.positive_weight", f64::from(fit.positive_weight)),
        ] {
            require(value > 0.0 && value.is_finite(), field, "a number above 0".to_owned(), value.to_string())?;
        }
        let balance = fit.class_balance;
        let in_range = (0.0..=1.0).contains(&balance) && (balance == 0.0 || self.task.is_exclusive());
        let expected = "0 to 1, and 0 for labels that do not exclude each other".to_owned();
        require(in_range, "fit.class_balance", expected, balance.to_string())?;
        let warm_up = fit.warm_up_seconds;
        let expected = format!("0 or more and less than the {crop} s of a crop");
        require((0.0..crop).contains(&warm_up), "fit.warm_up_seconds", expected, warm_up.to_string())?;
        if let Schedule::Plateau { factor, patience_epochs } = fit.schedule {
            let holds = factor > 0.0 && factor < 1.0 && patience_epochs > 0;
            let expected = "a factor between 0 and 1 and a patience of 1 epoch or more".to_owned();
            require(holds, "fit.schedule", expected, format!("{factor} and {patience_epochs}"))?;
        }
        // Behind these, what was there is not the first of what is there now.
        let interleaves = |layer: &&LayerSpec| match layer {
            LayerSpec::Dense { context_frames, .. } => *context_frames > 1,
            LayerSpec::Bidirectional { .. } | LayerSpec::Residual { .. } | LayerSpec::Concatenate { .. } => true,
            _ => false,
        };
        let found = self.layers.iter().find(interleaves).filter(|_| self.transfer.widen);
        let expected = "false with bidirectional layers, joins, and dense layers of several frames".to_owned();
        require(found.is_none(), "transfer.widen", expected, format!("true with {found:?}"))?;
        let tensors = layout.tensors();
        for path in self.transfer.freeze.iter().map(String::as_str) {
            let exists = tensors.iter().any(|tensor| is_within(&tensor.name, path));
            require(exists, "transfer.freeze", "paths of layers with parameters".to_owned(), path.to_owned())?;
        }
        let moves = |name: &str| !self.transfer.freeze.iter().any(|path| is_within(name, path));
        let fits = tensors.iter().any(|tensor| moves(&tensor.name));
        require(fits, "transfer.freeze", "a layer that is not frozen".to_owned(), "none".to_owned())?;
        self.check_augmentation(&require)?;
        for (name, &weight) in &self.source_weights {
            let expected = "weights of 0 or more".to_owned();
            require(weight >= 0.0 && weight.is_finite(), "source_weights", expected, format!("{weight} for {name}"))?;
        }
        Ok(())
    }

    fn check_augmentation(
        &self,
        require: &impl Fn(bool, &'static str, String, String) -> Result<(), RecipeError>,
    ) -> Result<(), RecipeError> {
        let Augmentation { transpose_semitones, detune_cents, stretch, overlay, overlay_db, .. } = self.augmentation;
        let bands = PitchedBands::of(&self.front_end);
        let is_mel = matches!(self.front_end, FrontEnd::Mel(_));
        let are_shifted = matches!(bands, Some(PitchedBands::Shift { .. }));
        let semitones = transpose_semitones.map(f64::from);
        for (field, range, limits, front_ends, fits) in [
            (
                "augmentation.transpose_semitones",
                semitones,
                [-11.0, 11.0],
                "chroma, or constant-Q with a multiple of 12 bins an octave",
                bands.is_some(),
            ),
            (
                "augmentation.detune_cents",
                detune_cents,
                [-100.0, 100.0],
                "constant-Q with a multiple of 12 bins an octave",
                are_shifted,
            ),
            ("augmentation.stretch", stretch, [0.5, 2.0], "mel", is_mel),
            ("augmentation.overlay_db", overlay_db, [-60.0, 60.0], "any", true),
        ] {
            let expected =
                format!("[0, 0], or for a front end that is {front_ends}, lowest and highest within {limits:?}");
            let holds = range == [0.0; 2] || (fits && is_ordered_within(range, limits));
            require(holds, field, expected, format!("{range:?}"))?;
        }
        let holds = overlay == 0.0 || (self.task == Task::Voice && (0.0..=1.0).contains(&overlay));
        let expected = "a probability for voice, 0 for other tasks".to_owned();
        require(holds, "augmentation.overlay", expected, overlay.to_string())
    }
}

/// Whether a range is in order, and within limits.
fn is_ordered_within([lowest, highest]: [f64; 2], [low, high]: [f64; 2]) -> bool {
    low <= lowest && lowest <= highest && highest <= high
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: &str = include_str!("../recipes/beat.toml");

    #[test]
    fn shipped_recipes_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let is_model = |file: &Path| {
            let name = file.file_name().unwrap().to_str().unwrap();
            name.strip_suffix(".toml").is_some_and(|name| !name.ends_with("-data"))
        };
        let mut read = 0;
        for file in files.filter(|file| is_model(file)) {
            let task = ModelRecipe::read(&file).unwrap().task;
            assert!(file.file_stem().unwrap().to_str().unwrap().starts_with(task.name()), "{}", file.display());
            read += 1;
        }
        assert!(read >= 10, "{read} recipes");
    }

    #[test]
    fn what_does_not_fit_names_its_field() {
        let refused = |from: &str, to: &str| {
            let text = BEAT.replacen(from, to, 1);
            assert_ne!(text, BEAT, "{from} stands in the recipe");
            ModelRecipe::parse(&text, Path::new("x.toml")).unwrap_err().to_string()
        };
        assert!(refused("seed =", "sede =").contains("sede"));
        assert!(refused("outputs = 2", "outputs = 3").starts_with("x.toml: layer: expected an output"));
        assert!(refused("threads = 2", "threads = 3").contains("fit.sequences"));
        assert!(refused("[augmentation]", "[augmentation]\ntranspose_semitones = [-5, 6]").contains("chroma"));
        assert!(refused("[augmentation]", "[augmentation]\ndetune_cents = [-50.0, 50.0]").contains("constant-Q"));
        assert!(refused("[augmentation]", "[augmentation]\nstretch = [0.4, 1.0]").contains("within [0.5, 2.0]"));
        assert!(refused("[augmentation]", "[augmentation]\nstretch = [1.2, 1.1]").contains("augmentation.stretch"));
        assert!(refused("[augmentation]", "[augmentation]\noverlay = 0.4").contains("augmentation.overlay: "));
        assert!(
            refused("[augmentation]", "[augmentation]\noverlay_db = [9.0, -9.0]").contains("augmentation.overlay_db")
        );
        assert!(refused("patience_epochs =", "class_balance = 0.5\npatience_epochs =").contains("fit.class_balance"));
        assert!(refused("[augmentation]", "[transfer]\nfreeze = [\"9\"]\n[augmentation]").contains("found 9"));
        let wide = refused("context_frames = 1", "context_frames = 2\n[transfer]\nwiden = true");
        assert!(wide.contains("transfer.widen: "), "{wide}");
        let all = "[transfer]\nfreeze = [\"0\", \"2\", \"3\"]\n[augmentation]";
        assert!(refused("[augmentation]", all).contains("a layer that is not frozen"));
        assert!(refused("name = \"logistic\"", "name = \"softmax\"").contains("a logistic function last"));
        assert!(refused("task = \"beat\"", "task = \"onset\"").contains("expected an output"));
    }
}
