//! `attacca-train data`: labelled audio.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::teach::{TeachCommand, TeachCommandError};
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
    /// Label unlabelled recordings by teachers; run again to go on after an interruption.
    Teach(TeachCommand),
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
    /// The recordings could not be labelled.
    #[error(transparent)]
    Teach(#[from] TeachCommandError),
}

impl DataCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// [`DataCommandError`] with a message for the user.
    pub fn run(self) -> Result<(), DataCommandError> {
        match self.action {
            Action::Make { recipe, sources, out, soundfonts, jobs } => {
                let recipe = Recipe::read(&recipe)?;
                let threads = jobs.unwrap_or_else(default_threads);
                let places = Places { sources, soundfonts, output: out.clone(), threads };
                let examples = make(&recipe, &places)?;
                println!("{examples} excerpts of {} s in {}", recipe.excerpt_seconds, out.display());
                Ok(())
            }
            Action::Teach(command) => Ok(command.run()?),
        }
    }
}
