//! Every recipe that comes with the trainer is read, and the layers of every model run in both of their forms.

use std::{
    fs,
    path::{Path, PathBuf},
};

use attacca_engine::features::FrameShaper;
use attacca_models::{FrontEnd, Shape};
use attacca_trainer::{data::Recipe, graph::Graph, recipe::ModelRecipe};
use candle_core::{DType, Device, Tensor};

/// The most parameters of a network that a structure is shown by.
const MAXIMUM_PARAMETERS: usize = 40_000;

/// All recipes in `folder` and the folders in it.
fn recipes(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of recipes").map(|entry| entry.expect("an entry").path());
    let recipes = entries.flat_map(|path| match path.extension() {
        None => recipes(&path),
        Some(extension) if extension == "toml" => vec![path],
        Some(_) => Vec::new(),
    });
    recipes.collect()
}

fn is_of_data(recipe: &Path) -> bool {
    recipe.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("data"))
}

#[test]
fn every_recipe_is_read_and_every_model_runs() {
    let (data, models): (Vec<_>, Vec<_>) =
        recipes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes")).into_iter().partition(|path| is_of_data(path));
    assert!(data.len() >= 4 && models.len() >= 14, "{} recipes of data, {} of models", data.len(), models.len());
    for file in data {
        Recipe::read(&file).unwrap_or_else(|error| panic!("{error}"));
    }
    for file in models {
        let recipe = ModelRecipe::read(&file).unwrap_or_else(|error| panic!("{error}"));
        let Shape { channels, bands } = recipe.front_end.shape();
        let graph = Graph::new(&recipe.layers, recipe.front_end.shape(), recipe.fit.seed)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let frames = Tensor::ones((3, 1, channels, bands), DType::F32, &Device::Cpu).expect("a tensor");
        let output = graph.forward(&frames).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(output.dims(), [3, 1, recipe.task.labels().len(), 1], "{}", file.display());
        check_front_end(&recipe.front_end, &file);
        let parameters = graph.layout().tensors().iter().map(|tensor| tensor.values()).sum::<usize>();
        let is_structure = file.parent().is_some_and(|folder| folder.ends_with("structures"));
        assert!(!is_structure || parameters <= MAXIMUM_PARAMETERS, "{}: {parameters} parameters", file.display());
    }
}

/// The engine computes it once the statistics of the bands, which a recipe may leave open, are measured.
fn check_front_end(front_end: &FrontEnd, file: &Path) {
    let mut measured = front_end.clone();
    measured.scaling_mut().bands = None;
    FrameShaper::new(&measured).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}
