//! `attacca-train data`: labelled audio.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{
    data::{
        MakeError, Recipe, default_threads,
        make::{Places, make},
    },
    recipe_file::RecipeError,
};

/// Makes training data.
#[derive(Debug, Args)]
pub struct DataCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Render the labelled audio of a recipe; run again to go on after an interruption.
    Make {
        /// The recipe, a TOML file.
        recipe: PathBuf,
        /// Folder that holds the sources: POP909/, groove/.
        #[arg(long, value_name = "DIR")]
        sources: PathBuf,
        /// Folder of the dataset.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Folder that holds SoundFonts; may be given several times.
        #[arg(long, value_name = "DIR", default_value = "/usr/share/sounds/sf2")]
        soundfonts: Vec<PathBuf>,
        /// Rendering threads [default: one a core].
        #[arg(long, value_name = "N")]
        jobs: Option<usize>,
    },
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum DataCommandError {
    /// The recipe was refused.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The dataset could not be made.
    #[error(transparent)]
    Make(#[from] MakeError),
}

impl DataCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`DataCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), DataCommandError> {
        let Action::Make { recipe, sources, out, soundfonts, jobs } = self.action;
        let recipe = Recipe::read(&recipe)?;
        let threads = jobs.unwrap_or_else(default_threads);
        let places = Places { sources, soundfonts, output: out.clone(), threads };
        let examples = make(&recipe, &places)?;
        println!("{examples} excerpts of {} s in {}", recipe.excerpt_seconds, out.display());
        Ok(())
    }
}
