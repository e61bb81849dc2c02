use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use windlass_shared::{InvalidName, KindName, LimitKey, TenantId};

/// A part of a queue's jobs that can be paused, and that jobs are parked under.
///
/// As text, which is also what engines store: `queue`, `tenant:acme`, `kind:email.send`, `key:stripe:acct_1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All of them.
    Queue,
    /// Those of one tenant.
    Tenant(TenantId),
    /// Those of one kind.
    Kind(KindName),
    /// Those that carry one limit key.
    Key(LimitKey),
}

/// What a limit is set for: one scope, or each scope of a sort by itself.
///
/// As text: what a [`Scope`] is, `tenant:*` (each tenant), and `key:stripe:*` (each key of the family `stripe`). A limit
/// for one scope takes the place of the one for each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitScope {
    /// One.
    One(Scope),
    /// Each tenant by itself.
    EachTenant,
    /// Each key of a family by itself.
    EachKeyOf(LimitKey),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue => f.write_str("queue"),
            Self::Tenant(tenant) => write!(f, "tenant:{tenant}"),
            Self::Kind(kind) => write!(f, "kind:{kind}"),
            Self::Key(key) => write!(f, "key:{key}"),
        }
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "queue" => Ok(Self::Queue),
            Some(("tenant", tenant)) => Ok(Self::Tenant(tenant.parse()?)),
            Some(("kind", kind)) => Ok(Self::Kind(kind.parse()?)),
            Some(("key", key)) => Ok(Self::Key(key.parse()?)),
            _ => Err(InvalidScope::Unknown { text: text.chars().take(64).collect() }),
        }
    }
}

impl fmt::Display for LimitScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(scope) => scope.fmt(f),
            Self::EachTenant => f.write_str("tenant:*"),
            Self::EachKeyOf(family) => write!(f, "key:{family}:*"),
        }
    }
}

impl FromStr for LimitScope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "tenant:*" {
            return Ok(Self::EachTenant);
        }
        match text.strip_prefix("key:").and_then(|key| key.strip_suffix(":*")) {
            Some(family) if !family.contains(':') => Ok(Self::EachKeyOf(family.parse()?)),
            _ => text.parse().map(Self::One),
        }
    }
}

impl From<Scope> for LimitScope {
    fn from(scope: Scope) -> Self {
        Self::One(scope)
    }
}

/// A text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidScope {
    /// It does not start as one does.
    #[error("{text:?} is no scope; a scope is queue, tenant:NAME, kind:NAME or key:NAME")]
    Unknown {
        /// What it was.
        text: String,
    },
    /// The name in it is none.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

macro_rules! as_text {
    ($type:ident) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Scope);
as_text!(LimitScope);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_read_back_from_its_text() {
        for text in ["queue", "tenant:acme", "kind:email.send", "key:stripe", "key:stripe:acct_1"] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
            assert_eq!(text.parse::<LimitScope>().unwrap().to_string(), text);
        }
        for text in ["tenant:*", "key:stripe:*"] {
            assert_eq!(text.parse::<LimitScope>().unwrap().to_string(), text);
            assert!(text.parse::<Scope>().is_err(), "{text} is many scopes");
        }
    }

    #[test]
    fn what_is_no_scope_is_refused_with_the_way_out() {
        for text in
            ["", "queues", "queue:email", "tenant:", "tenant:a b", "kind:*", "key:*", "key:a:b:*", "who:me"]
        {
            let error = text.parse::<LimitScope>().unwrap_err().to_string();
            assert!(!error.is_empty(), "{text}");
        }
        assert!("who:me".parse::<Scope>().unwrap_err().to_string().contains("kind:NAME"));
    }
}
