//! The configuration file.

use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use figment::{Profile, Provider};

use super::entry::Layer;
use super::key::{KEYS, Key, Shape};
use super::nearest::nearest;

/// The file that is read when nobody names another.
pub(crate) const DEFAULT_FILE: &str = "windlass.toml";

/// Which file to read.
#[derive(Debug)]
pub(crate) enum ConfigFile {
    /// One that somebody named; it must exist.
    Named(PathBuf),
    /// [`DEFAULT_FILE`] in the working directory, if it exists.
    Default,
}

impl ConfigFile {
    /// The settings of the file.
    pub(crate) fn layer(&self) -> Layer {
        match self {
            Self::Named(path) => read(path),
            Self::Default if Path::new(DEFAULT_FILE).exists() => read(Path::new(DEFAULT_FILE)),
            Self::Default => Layer::default(),
        }
    }
}

fn read(path: &Path) -> Layer {
    let mut layer = Layer::default();
    match table(path) {
        Ok(table) => Reading { path, layer: &mut layer }.table("", table),
        Err(fault) => layer.faults.push(fault),
    }
    layer
}

fn table(path: &Path) -> Result<Dict, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let mut profiles =
        Toml::string(&text).data().map_err(|error| format!("{shown} is not valid TOML: {}", error.kind))?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}

struct Reading<'a> {
    path: &'a Path,
    layer: &'a mut Layer,
}

impl Reading<'_> {
    fn table(&mut self, prefix: &str, table: Dict) {
        for (name, value) in table {
            self.value(&format!("{prefix}{name}"), value);
        }
    }

    fn value(&mut self, path: &str, value: Value) {
        if let Some(key) = Key::at(path) {
            self.setting(key, value);
        } else if let Some(key) = Key::of_file_path(path) {
            self.secret_file(key, path, &value);
        } else if let Value::Dict(_, table) = value
            && KEYS.into_iter().any(|key| key.path.starts_with(&format!("{path}.")))
        {
            self.table(&format!("{path}."), table);
        } else {
            self.unknown(path);
        }
    }

    fn setting(&mut self, key: &'static Key, value: Value) {
        let origin = self.path.display();
        if key.shape.admits(&value) {
            self.layer.give(key, value, origin.to_string());
        } else {
            self.layer.faults.push(format!("{} in {origin} must be {}", key.path, key.shape.expected()));
        }
    }

    fn secret_file(&mut self, key: &'static Key, path: &str, value: &Value) {
        let origin = format!("{path} in {}", self.path.display());
        match value.as_str() {
            Some(file) => self.layer.give_from_file(key, Path::new(file), &origin),
            None => self.layer.faults.push(format!("{origin} must be {}", Shape::Text.expected())),
        }
    }

    fn unknown(&mut self, path: &str) {
        let file = self.path.display();
        let tables = KEYS.into_iter().filter_map(|key| Some(key.path.split_once('.')?.0));
        let names = KEYS.into_iter().map(|key| key.path).chain(tables);
        let meant = nearest(path, names).or_else(|| by_last_word(path));
        let hint = match meant {
            Some(meant) => format!("did you mean {meant}?"),
            None => "docs/configuration.md lists those that exist".to_owned(),
        };
        self.layer.faults.push(format!("{path} in {file} is no setting; {hint}"));
    }
}

/// A key in the wrong table is the likeliest mistake after a misspelling.
fn by_last_word(path: &str) -> Option<&'static str> {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    KEYS.into_iter().map(|key| key.path).find(|known| last(known) == last(path))
}
