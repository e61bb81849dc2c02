use std::fmt::Display;

use figment::Figment;
use figment::value::Value;
use secrecy::SecretString;

use super::key::{KEYS, Key, Shape, whole};

/// Takes settings out of the layers, and collects everything that is wrong instead of stopping at the first.
#[derive(Debug)]
pub(super) struct Reader {
    figment: Figment,
    pub(super) faults: Vec<String>,
}

impl Reader {
    pub(super) fn new(figment: Figment, faults: Vec<String>) -> Self {
        Self { figment, faults }
    }

    pub(super) fn text(&self, key: &Key) -> Option<String> {
        self.value(key)?.into_string()
    }

    pub(super) fn secret(&self, key: &Key) -> Option<SecretString> {
        self.text(key).map(SecretString::from)
    }

    pub(super) fn flag(&self, key: &Key) -> bool {
        self.value(key).and_then(|value| value.to_bool()).unwrap_or_default()
    }

    pub(super) fn list(&self, key: &Key) -> Vec<String> {
        let items = self.value(key).and_then(Value::into_array).unwrap_or_default();
        items.into_iter().filter_map(Value::into_string).collect()
    }

    /// Whether anybody gave it.
    pub(super) fn is_given(&self, key: &Key) -> bool {
        self.value(key).is_some()
    }

    /// Lists by name.
    pub(super) fn lists(&self, key: &Key) -> Vec<(String, Vec<String>)> {
        let lists = self.value(key).and_then(Value::into_dict).unwrap_or_default();
        let texts =
            |list: Value| list.into_array().unwrap_or_default().into_iter().filter_map(Value::into_string);
        lists.into_iter().map(|(name, list)| (name, texts(list).collect())).collect()
    }

    /// A number that `check` turns into what is wanted.
    pub(super) fn number<T, E: Display>(
        &mut self,
        key: &Key,
        check: impl FnOnce(u64) -> Result<T, E>,
    ) -> Option<T> {
        let checked = check(whole(&self.value(key)?)?);
        self.accept(key, checked)
    }

    /// The value, or a fault that names the setting and who gave it.
    pub(super) fn accept<T, E: Display>(&mut self, key: &Key, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let fault = match self.origin(key) {
                    Some(origin) => format!("{} (from {origin}): {error}", key.path),
                    None => format!("{}: {error}", key.path),
                };
                self.faults.push(fault);
                None
            }
        }
    }

    /// Every setting with its value, for people.
    pub(super) fn shown(&self) -> Vec<Shown> {
        KEYS.into_iter().map(|key| self.show(key)).collect()
    }

    fn show(&self, key: &Key) -> Shown {
        let value = match (self.value(key), key.shape) {
            (None, _) => "-".to_owned(),
            (Some(_), Shape::Secret) => "(secret)".to_owned(),
            (Some(value), Shape::Number) => whole(&value).unwrap_or_default().to_string(),
            (Some(_), Shape::Flag) => self.flag(key).to_string(),
            (Some(_), Shape::List) => self.list(key).join(","),
            (Some(_), Shape::Lists) => {
                let lists =
                    self.lists(key).into_iter().map(|(name, list)| format!("{name}={}", list.join(",")));
                lists.collect::<Vec<_>>().join(";")
            }
            (Some(value), Shape::Text) => value.into_string().unwrap_or_default(),
        };
        Shown { path: key.path, value, origin: self.origin(key) }
    }

    fn value(&self, key: &Key) -> Option<Value> {
        self.figment.find_value(key.path).ok()
    }

    fn origin(&self, key: &Key) -> Option<String> {
        self.figment.find_metadata(key.path).map(|metadata| metadata.name.to_string())
    }
}

/// A setting as `check-config` prints it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Its path.
    pub(crate) path: &'static str,
    /// Its value; secrets are hidden.
    pub(crate) value: String,
    /// Who gave it; nobody, when it is not set.
    pub(crate) origin: Option<String>,
}
