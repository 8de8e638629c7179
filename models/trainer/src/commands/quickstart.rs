//! `attacca-train quickstart`: every step once, on a toy.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    export::{ExportCommand, ExportCommandError},
    fit::{FitCommand, FitCommandError},
};
use crate::{
    data::{
        MakeError, Recipe, default_threads,
        make::{Places, make},
    },
    recipe_file::RecipeError,
};

/// Composes music, fits a tiny onset network to it and exports that: every step of a network's making in a minute.
#[derive(Debug, Args)]
pub struct QuickstartCommand {
    /// Folder for everything that is made, recipes included.
    #[arg(long, value_name = "DIR", default_value = "quickstart")]
    out: PathBuf,
    /// Folder that holds SoundFonts; may be given several times.
    #[arg(long, value_name = "DIR", default_value = "/usr/share/sounds/sf2")]
    soundfonts: Vec<PathBuf>,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum QuickstartCommandError {
    /// A recipe could not be written.
    #[error("{}: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A recipe in the folder was changed and is no recipe now.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The music could not be made.
    #[error(transparent)]
    Make(#[from] MakeError),
    /// The network could not be fitted.
    #[error(transparent)]
    Fit(#[from] FitCommandError),
    /// The network could not be exported.
    #[error(transparent)]
    Export(#[from] ExportCommandError),
}

impl QuickstartCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`QuickstartCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), QuickstartCommandError> {
        let Self { out, soundfonts } = self;
        let (data, fit, weights) = (out.join("data"), out.join("fit"), out.join("onset.safetensors"));
        let data_recipe = write(&out, "data.toml", include_str!("../../recipes/quickstart/data.toml"))?;
        let model_recipe = write(&out, "model.toml", include_str!("../../recipes/quickstart/model.toml"))?;

        println!("1. Composing and rendering, as {} says", data_recipe.display());
        let recipe = Recipe::read(&data_recipe)?;
        make(&recipe, &Places { sources: out.clone(), soundfonts, output: data.clone(), threads: default_threads() })?;

        println!("\n2. Fitting a network, as {} says", model_recipe.display());
        let resume = fit.join("checkpoint.safetensors").exists();
        FitCommand { recipe: model_recipe, data: vec![data.clone()], out: fit.clone(), resume }.run()?;

        println!("\n3. Calibrating, scoring and exporting it\n");
        let material = "held-out pieces of the quick start".to_owned();
        ExportCommand { fit, data, out: weights.clone(), mean_with: None, share: 50, material }.run()?;

        println!("\nHear a recording with it:\n  attacca analyze --model {} RECORDING", weights.display());
        println!("Look at it:\n  attacca-train inspect {}", weights.display());
        println!("Then change the recipes, and give fit and export another folder.");
        Ok(())
    }
}

/// Writes a recipe, unless there is one by that name: it may have been changed.
fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, QuickstartCommandError> {
    let file = folder.join(name);
    let failed = |source| QuickstartCommandError::Write { file: file.clone(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    if !file.exists() {
        fs::write(&file, text).map_err(failed)?;
    }
    Ok(file)
}
