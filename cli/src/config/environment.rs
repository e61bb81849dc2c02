//! The one door through which the environment enters.

use std::collections::BTreeMap;
use std::path::Path;

use super::entry::Layer;
use super::key::{KEYS, Key, Shape};
use super::nearest::nearest;

/// The environment of the process, or a made-up one.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    program: Option<String>,
}

/// Variables that mean something but are no settings.
const OTHERS: [&str; 1] = [CONFIG];
const CONFIG: &str = "WINDLASS_CONFIG";

impl Environment {
    /// What the process was started with. What is not UTF-8 cannot be a setting and is left out.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self { variables: std::env::vars_os().filter_map(text).collect(), program: std::env::args().next() }
    }

    /// The name that the process was called by.
    pub(crate) fn program(&self) -> Option<&str> {
        self.program.as_deref()
    }

    /// The configuration file that the environment names.
    pub(crate) fn config_file(&self) -> Option<&Path> {
        self.get(CONFIG).map(Path::new)
    }

    /// Whether the user wants no colours (<https://no-color.org>).
    pub(crate) fn no_color(&self) -> bool {
        self.get("NO_COLOR").is_some()
    }

    /// The settings of the environment.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        for key in KEYS {
            if let Some((name, text)) = self.first_of(key) {
                self.give(&mut layer, key, name, text);
            } else if let Some((name, path)) = self.first_file_of(key) {
                layer.give_from_file(key, Path::new(path), &name);
            }
        }
        layer
    }

    /// What looks like a misspelt setting. It is no error: others put variables of our name there too, as
    /// Kubernetes does for a service that is called windlass.
    pub(crate) fn misspelt(&self) -> Vec<String> {
        let known: Vec<_> =
            KEYS.into_iter().flat_map(variables_of).chain(OTHERS.map(str::to_owned)).collect();
        let ours =
            self.variables.keys().filter(|name| name.starts_with("WINDLASS_") && !known.contains(name));
        ours.filter_map(|name| {
            let meant = nearest(name, known.iter().map(String::as_str))?;
            Some(format!("the environment variable {name} sets nothing; did you mean {meant}?"))
        })
        .collect()
    }

    /// A variable's value. An empty one counts as not set, because that is how compose files leave one out.
    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn first_of(&self, key: &Key) -> Option<(&'static str, &str)> {
        key.variables.iter().find_map(|name| Some((*name, self.get(name)?)))
    }

    fn first_file_of(&self, key: &Key) -> Option<(String, &str)> {
        let names = key.variables.iter().filter(|_| key.shape == Shape::Secret);
        names
            .map(|name| format!("{name}_FILE"))
            .find_map(|name| self.get(&name).map(|path| (name.clone(), path)))
    }

    fn give(&self, layer: &mut Layer, key: &'static Key, name: &str, text: &str) {
        if let Some((file_name, _)) = self.first_file_of(key) {
            layer.faults.push(format!("{name} and {file_name} are both set; keep one of them"));
        }
        match key.shape.read(text) {
            Some(value) => layer.give(key, value, name),
            None => layer.faults.push(format!("{name} is {text:?}; it must be {}", key.shape.expected())),
        }
    }
}

fn variables_of(key: &Key) -> Vec<String> {
    let plain = key.variables.iter().map(|name| (*name).to_owned());
    let files =
        key.variables.iter().filter(|_| key.shape == Shape::Secret).map(|name| format!("{name}_FILE"));
    plain.chain(files).collect()
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { variables, program: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_almost_a_setting_is_pointed_out() {
        let environment = Environment::from([("WINDLASS_CONCURENCY", "3")]);
        let [warning] = &environment.misspelt()[..] else { panic!("{:?}", environment.misspelt()) };
        assert!(warning.contains("did you mean WINDLASS_CONCURRENCY?"), "{warning}");
    }

    #[test]
    fn what_kubernetes_adds_for_a_service_of_our_name_is_left_alone() {
        let environment = Environment::from([
            ("WINDLASS_SERVICE_HOST", "10.0.0.1"),
            ("WINDLASS_PORT_7070_TCP_ADDR", "10.0.0.1"),
        ]);
        assert!(environment.misspelt().is_empty(), "{:?}", environment.misspelt());
    }
}
