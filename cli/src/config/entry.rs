use std::fs;
use std::path::Path;

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::key::Key;

/// A value that somebody gave to a setting.
#[derive(Debug)]
pub(crate) struct Entry {
    key: &'static Key,
    value: Value,
    origin: String,
}

/// What one source of settings has to say, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    entries: Vec<Entry>,
    pub(super) faults: Vec<String>,
}

impl Layer {
    /// Adds a value; `origin` names its giver for people, like `--listen`.
    pub(crate) fn give(&mut self, key: &'static Key, value: impl Into<Value>, origin: impl Into<String>) {
        self.entries.push(Entry { key, value: value.into(), origin: origin.into() });
    }

    /// Adds a secret that stands in a file of its own; a line break at its end is the editor's.
    pub(super) fn give_from_file(&mut self, key: &'static Key, path: &Path, origin: &str) {
        match fs::read_to_string(path) {
            Ok(secret) => {
                let secret = secret.trim_end_matches(['\r', '\n']);
                self.give(key, secret, format!("{origin} ({})", path.display()));
            }
            Err(error) => {
                let path = path.display();
                self.faults.push(format!("{origin} names {path}, which cannot be read: {error}"));
            }
        }
    }

    /// Lays these values over those of `figment`; answers also what is wrong with them.
    pub(super) fn over(self, figment: Figment) -> (Figment, Vec<String>) {
        (self.entries.into_iter().fold(figment, Figment::merge), self.faults)
    }
}

/// Each entry is a provider of its own, so that figment remembers for each value who gave it.
impl Provider for Entry {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let nested = figment::util::nest(self.key.path, self.value.clone());
        Ok(Profile::Default.collect(nested.into_dict().unwrap_or_default()))
    }
}
