use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use crate::error::{VariableFault, shown};
use crate::nearest::nearest;

/// A name that ends like this holds a web address.
const WEB_ADDRESS_SUFFIX: &str = "_url";

/// What a variable's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VariableType {
    /// A string; a number is taken as its digits.
    Text,
    /// A number; a string of digits is taken as well.
    Number,
    /// An absolute `http` or `https` address, so that no `javascript:` gets behind a button.
    WebAddress,
    /// True or false.
    Truth,
    /// A list.
    List,
    /// An object.
    Object,
}

impl VariableType {
    fn of(name: &str, sample: &Value) -> Self {
        match sample {
            Value::Number(_) => Self::Number,
            Value::Bool(_) => Self::Truth,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
            Value::Null | Value::String(_) if name.ends_with(WEB_ADDRESS_SUFFIX) => Self::WebAddress,
            Value::Null | Value::String(_) => Self::Text,
        }
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string() || value.is_number(),
            Self::Number => value.is_number() || value.as_str().is_some_and(is_number),
            Self::WebAddress => value.as_str().is_some_and(is_web_address),
            Self::Truth => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
        }
    }
}

impl fmt::Display for VariableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a string",
            Self::Number => "a number",
            Self::WebAddress => "a web address that starts with https:// or http://",
            Self::Truth => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

/// The variables that a template takes: the keys of its sample.
#[derive(Debug)]
pub(crate) struct Declaration(BTreeMap<String, VariableType>);

impl Declaration {
    pub(crate) fn from_sample(sample: &Map<String, Value>) -> Self {
        Self(sample.iter().map(|(name, value)| (name.clone(), VariableType::of(name, value))).collect())
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// Everything that is wrong with `given`, at once.
    pub(crate) fn faults(&self, given: &Map<String, Value>) -> Vec<VariableFault> {
        let declared = self.0.iter().filter_map(|(name, expected)| fault(name, *expected, given.get(name)));
        let unknown = given.keys().filter(|name| !self.0.contains_key(*name)).map(|name| self.unknown(name));
        declared.chain(unknown).collect()
    }

    fn unknown(&self, name: &str) -> VariableFault {
        VariableFault::Unknown {
            name: shown(name),
            nearest: nearest(name, self.0.keys().map(String::as_str)).map(str::to_owned),
        }
    }
}

fn fault(name: &str, expected: VariableType, value: Option<&Value>) -> Option<VariableFault> {
    match value {
        None | Some(Value::Null) => Some(VariableFault::Missing { name: name.to_owned() }),
        Some(value) if !expected.fits(value) => {
            Some(VariableFault::WrongType { name: name.to_owned(), expected })
        }
        Some(_) => None,
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_web_address(text: &str) -> bool {
    // The URL grammar of browsers drops tabs and line breaks and forgives missing slashes; the mail shows the
    // text as it was given, so only the plain form is taken.
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    plain && matches!(scheme.as_deref(), Some("http" | "https")) && Url::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_web_addresses_are_web_addresses() {
        for good in ["https://example.com", "HTTP://localhost:8080/a?b=c#d", "https://[::1]/x"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "",
            "example.com/reset",
            "/reset",
            "javascript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "javascript://example.com/%0aalert(1)",
            "data:text/html,hi",
            "ftp://example.com",
            "https://",
            "https:example.com",
            "https://example.com/a b",
            "https://example.com/a\r\nb",
        ] {
            assert!(!is_web_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn digits_in_a_string_are_a_number_and_a_number_is_text() {
        assert!(VariableType::Number.fits(&Value::from("60")));
        assert!(!VariableType::Number.fits(&Value::from("soon")));
        assert!(!VariableType::Number.fits(&Value::from("inf")));
        assert!(VariableType::Text.fits(&Value::from(42)));
        assert!(!VariableType::Text.fits(&Value::from(true)));
    }
}
