//! What an installation can decide: defaults, then the file, then the environment, then the command line.

mod access;
mod blobs;
mod entry;
mod environment;
mod file;
mod history;
mod key;
mod nearest;
mod reader;
mod settings;
mod store;

use std::fmt;

use figment::Figment;

pub(crate) use entry::Layer;
pub(crate) use environment::Environment;
pub(crate) use file::ConfigFile;
pub(crate) use key::{
    API_KEY, API_LISTEN, DATA_DIR, DATABASE_URL, DIAGNOSTICS, REDIS_URL, WORKER_CONCURRENCY, WORKER_QUEUES,
};
pub(crate) use reader::Shown;
pub(crate) use settings::{DEFAULT_FROM, LogFormat, LogSettings, Settings, SmtpSettings};

/// The settings of this run, and what led to them.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The settings.
    pub(crate) settings: Settings,
    /// Each setting as people see it.
    pub(crate) shown: Vec<Shown>,
    /// What is probably not meant.
    pub(crate) warnings: Vec<String>,
}

/// Lays the layers over each other and checks what comes out; tells everything that is wrong.
pub(crate) fn load(
    file: &ConfigFile,
    environment: &Environment,
    flags: Layer,
) -> Result<Loaded, ConfigError> {
    let mut figment = Figment::new();
    let mut faults = Vec::new();
    for layer in [settings::defaults(), file.layer(), environment.layer(), flags] {
        let (over, wrong) = layer.over(figment);
        figment = over;
        faults.extend(wrong);
    }
    let mut reader = reader::Reader::new(figment, faults);
    let settings = Settings::read(&mut reader);
    match settings {
        Some(settings) if reader.faults.is_empty() => {
            Ok(Loaded { settings, shown: reader.shown(), warnings: environment.misspelt() })
        }
        Some(_) | None => Err(ConfigError { faults: reader.faults }),
    }
}

/// Settings that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    faults: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.faults[..] {
            [only] => write!(f, "the configuration cannot be used: {only}"),
            faults => {
                write!(f, "the configuration cannot be used:")?;
                faults.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
            }
        }
    }
}

impl std::error::Error for ConfigError {}
