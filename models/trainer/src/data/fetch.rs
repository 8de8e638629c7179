//! What a recipe needs from outside: which folders, files and packages, where a stranger gets them, and which are there.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    recipe::{Music, Recipe},
    sources::{abc, groove, lead_sheets, mma, pop909, songs, tunes},
};

/// Where something comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A Debian package by its name.
    Package(String),
    /// Anything else, in words.
    Words(String),
}

/// Something that a recipe needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What needs it.
    pub user: String,
    /// Places at which it may lie; one is enough.
    pub places: Vec<PathBuf>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Material of a source: a folder or file, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Material {
    /// Places at which it may lie, in the folder of the sources or absolute.
    pub places: &'static [&'static str],
    /// Where it comes from, as in a recipe's `source`.
    pub origin: &'static str,
}

/// Why a package could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The installer could not be run.
    #[error("apt-get: {0}. Install the packages as this system installs them.")]
    Run(std::io::Error),
    /// The installer failed.
    #[error("apt-get: expected success, found {0}. Run it as a user who may install packages.")]
    Failed(std::process::ExitStatus),
}

impl Origin {
    /// Reads a recipe's words: `Debian package NAME` is a package.
    pub fn of(words: &str) -> Self {
        let package = words.strip_prefix("Debian package ").and_then(|rest| rest.split([' ', ',']).next());
        package.map_or_else(|| Self::Words(words.to_owned()), |name| Self::Package(name.to_owned()))
    }
}

impl Need {
    /// Where it lies, if it is there.
    pub fn found(&self) -> Option<&Path> {
        self.places.iter().find(|place| place.exists()).map(PathBuf::as_path)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = self.found() else {
            let wanted = self.places.first().map(|place| place.display().to_string()).unwrap_or_default();
            return match &self.origin {
                Origin::Package(name) => write!(formatter, "missing  {}: apt-get install {name}", self.user),
                Origin::Words(words) => write!(formatter, "missing  {}: get {words}, as {wanted}", self.user),
            };
        };
        write!(formatter, "there    {}: {}", self.user, place.display())
    }
}

/// Everything that a recipe needs, each place once, in the order of the recipe.
pub fn needs(recipe: &Recipe, sources: &Path, soundfonts: &[PathBuf]) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    let mut add = |need: Need| {
        if needs.iter().all(|known| known.places != need.places) {
            needs.push(need);
        }
    };
    for font in &recipe.soundfonts {
        let places = soundfonts.iter().map(|folder| folder.join(&font.file)).collect();
        add(Need { user: format!("SoundFont {}", font.file), places, origin: Origin::of(&font.source) });
    }
    for instrument in &recipe.instruments {
        let user = format!("instrument {}", instrument.file);
        add(Need { user, places: vec![sources.join(&instrument.file)], origin: Origin::of(&instrument.source) });
    }
    let singers = recipe.voice.iter().flat_map(|voice| &voice.singers);
    let speakers = recipe.sources.iter().flat_map(|source| match &source.music {
        Music::NoMusic { speakers, .. } => speakers.as_slice(),
        _ => &[],
    });
    let singers = singers.map(|singer| ("singer", &singer.folder, &singer.source));
    let speakers = speakers.map(|speaker| ("speaker", &speaker.folder, &speaker.source));
    let singers = singers.chain(speakers);
    for (what, folder, source) in singers.chain(recipe.beds.iter().map(|bed| ("bed", &bed.folder, &bed.source))) {
        let user = format!("{what} {}", folder.display());
        add(Need { user, places: vec![sources.join(folder)], origin: Origin::of(source) });
    }
    for choice in &recipe.sources {
        let materials: &[Material] = match choice.music {
            Music::Pop909 { .. } => &[pop909::MATERIAL, groove::MATERIAL],
            Music::Groove { .. } => &[groove::MATERIAL],
            Music::Mma { .. } => &[mma::MATERIAL],
            Music::LeadSheets { .. } => &[lead_sheets::MATERIAL],
            Music::Songs { .. } => &[songs::MATERIAL],
            Music::Tunes { .. } => &[tunes::MATERIAL],
            Music::Abc { .. } => &[abc::MATERIAL],
            Music::NoMusic { .. } | Music::Generated { .. } => &[],
        };
        for material in materials {
            let places = material.places.iter().map(|place| sources.join(place)).collect();
            let user = format!("source {}", choice.music.name());
            let origin = match &choice.music {
                Music::Tunes { source, .. } | Music::Abc { source, .. } => Origin::of(source),
                _ => Origin::of(material.origin),
            };
            add(Need { user, places, origin });
        }
    }
    needs
}

/// Installs the missing ones of the needs that are Debian packages. Returns their names.
///
/// # Errors
/// [`InstallError`] where there is no `apt-get`, or it fails.
pub fn install(needs: &[Need]) -> Result<Vec<&str>, InstallError> {
    let missing = needs.iter().filter(|need| need.found().is_none());
    let packages: Vec<&str> = missing
        .filter_map(|need| match &need.origin {
            Origin::Package(name) => Some(name.as_str()),
            Origin::Words(_) => None,
        })
        .collect();
    if !packages.is_empty() {
        let status = Command::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&packages)
            .status()
            .map_err(InstallError::Run)?;
        if !status.success() {
            return Err(InstallError::Failed(status));
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../recipes/beat-data.toml");

    #[test]
    fn a_recipe_says_what_it_needs_once_and_where_to_get_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("groove")).unwrap();
        let recipe = Recipe::parse(SHIPPED, Path::new("beat-data.toml")).unwrap();
        let lines: Vec<String> =
            needs(&recipe, folder.path(), &[folder.path().join("fonts")]).iter().map(Need::to_string).collect();
        let count = |start: &str, part: &str| {
            lines.iter().filter(|line| line.starts_with(start) && line.contains(part)).count()
        };
        assert_eq!(count("missing", "apt-get install musescore-general-soundfont-lossless"), 1, "{lines:?}");
        assert_eq!(count("missing", "get the repository music-x-lab/POP909-Dataset, as"), 1, "{lines:?}");
        assert_eq!(count("there", "/groove"), 1, "{lines:?}");
    }

    #[test]
    fn packages_are_told_from_words() {
        assert_eq!(Origin::of("Debian package mma, or elsewhere"), Origin::Package("mma".to_owned()));
        assert_eq!(Origin::of("a friend"), Origin::Words("a friend".to_owned()));
    }
}
