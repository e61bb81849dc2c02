use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names are part of keys, URLs and metrics, so one grammar holds for all of them: 1 to 64 of
/// `a-z A-Z 0-9 . _ -`, the first one a letter or a digit.
const MAX_LENGTH: usize = 64;

fn check(what: &'static str, text: &str) -> Result<(), InvalidName> {
    let fault = if text.is_empty() {
        Some("is empty".to_owned())
    } else if text.len() > MAX_LENGTH {
        Some(format!("is longer than {MAX_LENGTH} characters"))
    } else if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        Some("does not start with a letter or a digit".to_owned())
    } else {
        text.chars()
            .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'))
            .map(|c| format!("has {c:?} in it; letters, digits, '.', '_' and '-' are allowed"))
    };
    match fault {
        None => Ok(()),
        Some(fault) => Err(InvalidName { what, text: text.chars().take(MAX_LENGTH).collect(), fault }),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                check($what, text)?;
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

name! {
    /// The name of a queue, like `email`: 1 to 64 of `a-z A-Z 0-9 . _ -`.
    QueueName, "queue name"
}

name! {
    /// The name of a kind of job, like `email.send`: 1 to 64 of `a-z A-Z 0-9 . _ -`.
    KindName, "kind"
}

name! {
    /// The organization that a job belongs to: 1 to 64 of `a-z A-Z 0-9 . _ -`.
    TenantId, "tenant"
}

name! {
    /// A word that a job can be found by: 1 to 64 of `a-z A-Z 0-9 . _ -`.
    Tag, "tag"
}

name! {
    /// The name of a step of a job's work, unique within the job: 1 to 64 of `a-z A-Z 0-9 . _ -`.
    StepName, "step name"
}

/// A key that jobs share a limit by, like `stripe` or, as one of a family, `stripe:acct_1`. Each part is a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimitKey(Arc<str>);

impl LimitKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The family that it belongs to, if it is one of a family.
    pub fn family(&self) -> Option<&str> {
        self.0.split_once(':').map(|(family, _)| family)
    }
}

impl FromStr for LimitKey {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None => check("limit key", text)?,
            Some((family, member)) => {
                check("family of the limit key", family)?;
                check("member of the limit key", member)?;
            }
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for LimitKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for LimitKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LimitKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Default for TenantId {
    /// The tenant of an installation that has only one.
    fn default() -> Self {
        Self("default".into())
    }
}

/// A text that does not fit the grammar of names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {what} {text:?} {fault}")]
pub struct InvalidName {
    what: &'static str,
    text: String,
    fault: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_catalogue_are_accepted() {
        for name in ["email", "email.send_template", "org-42", "0a", &"x".repeat(64)] {
            assert_eq!(name.parse::<KindName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_could_break_a_key_or_a_url_is_refused_with_the_reason() {
        for (name, reason) in [
            ("", "is empty"),
            ("{email}", "does not start with a letter"),
            ("e{mail}", "'{'"),
            ("a b", "' '"),
            ("a\nb", "'\\n'"),
            ("straße", "'ß'"),
            (&"x".repeat(65), "longer than 64"),
        ] {
            let error = name.parse::<QueueName>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_limit_key_may_be_one_of_a_family() {
        let key: LimitKey = "stripe:acct_1".parse().unwrap();
        assert_eq!((key.as_str(), key.family()), ("stripe:acct_1", Some("stripe")));
        assert_eq!("stripe".parse::<LimitKey>().unwrap().family(), None);
        for wrong in ["", ":", "a:", ":b", "a:b:c", "a:*"] {
            assert!(wrong.parse::<LimitKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_checked_when_it_is_read_too() {
        assert!("{}".parse::<Tag>().is_err());
        assert_eq!(TenantId::default().to_string(), "default");
    }
}
