use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::Validator;
use serde::Serialize;
use serde_json::Value;
use windlass_shared::{InvalidName, KindName, QueueName};

use crate::kind::{JobKind, Kind};

/// How many faults of one set of arguments are told at once.
const MAX_FAULTS: usize = 20;

/// The kinds that an installation knows, each with the schema that its arguments are checked against.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    entries: BTreeMap<KindName, Arc<Entry>>,
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    validator: Validator,
}

impl Catalog {
    /// A catalogue without kinds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind.
    pub fn add<K: JobKind>(&mut self) -> Result<(), InvalidKind> {
        let kind = Kind::of::<K>()?;
        let validator = jsonschema::validator_for(&kind.schema)
            .map_err(|error| InvalidKind::Schema { kind: K::NAME, detail: error.to_string() })?;
        if self.entries.contains_key(&kind.name) {
            return Err(InvalidKind::Twice { kind: K::NAME });
        }
        if let Some(argument) = foreign_argument(&kind) {
            return Err(InvalidKind::Unique { kind: K::NAME, argument });
        }
        self.entries.insert(kind.name.clone(), Arc::new(Entry { kind, validator }));
        Ok(())
    }

    /// The kinds, by name.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.entries.values().map(|entry| &entry.kind)
    }

    /// The queues that the kinds live in, by name, each once.
    pub fn queues(&self) -> Vec<QueueName> {
        let mut queues: Vec<_> = self.kinds().map(|kind| kind.queue.clone()).collect();
        queues.sort();
        queues.dedup();
        queues
    }

    /// The kind with this name.
    pub fn get(&self, name: &str) -> Result<&Kind, UnknownKind> {
        self.entry(name).map(|entry| &entry.kind)
    }

    /// Checks arguments against the schema of their kind, and tells every fault (up to 20).
    pub fn check(&self, name: &str, args: &Value) -> Result<&Kind, CheckError> {
        let entry = self.entry(name)?;
        let faults: Vec<_> =
            entry.validator.iter_errors(args).take(MAX_FAULTS).map(|e| Fault::of(&e)).collect();
        if faults.is_empty() {
            return Ok(&entry.kind);
        }
        Err(CheckError::InvalidArgs { kind: entry.kind.name.clone(), faults })
    }

    fn entry(&self, name: &str) -> Result<&Entry, UnknownKind> {
        let found = name.parse::<KindName>().ok().and_then(|name| self.entries.get(&name));
        found.map(AsRef::as_ref).ok_or_else(|| UnknownKind::near(name, self.entries.keys()))
    }
}

/// A name by which jobs of the kind are to be unique, and that none of their arguments has.
fn foreign_argument(kind: &Kind) -> Option<String> {
    let mut names = kind.unique.iter().flat_map(|unique| unique.args.iter().flatten());
    names.find(|name| !kind.may_have_argument(name)).cloned()
}

/// One fault of a set of arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where it is: a JSON Pointer (RFC 6901) into the arguments, empty for the whole.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl Fault {
    fn of(error: &jsonschema::ValidationError<'_>) -> Self {
        // The masked form leaves the value out: arguments may be personal, and faults end up in logs.
        Self { path: error.instance_path().to_string(), message: error.masked_with("the value").to_string() }
    }
}

/// Arguments that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There is no such kind.
    #[error(transparent)]
    UnknownKind(#[from] UnknownKind),
    /// The arguments do not fit the kind's schema.
    #[error("the args do not fit the schema of {kind}: {}", summary(.faults))]
    InvalidArgs {
        /// The kind.
        kind: KindName,
        /// What is wrong, where.
        faults: Vec<Fault>,
    },
}

fn summary(faults: &[Fault]) -> String {
    let one = |fault: &Fault| {
        let path = if fault.path.is_empty() { "args" } else { &fault.path };
        format!("at {path}: {}", fault.message)
    };
    faults.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A name that no kind has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind {name:?}{}", suggestion(.nearest))]
pub struct UnknownKind {
    /// What was asked for.
    pub name: String,
    /// The names that it may have been meant to be, the likeliest first.
    pub nearest: Vec<KindName>,
}

impl UnknownKind {
    fn near<'a>(name: &str, known: impl Iterator<Item = &'a KindName>) -> Self {
        const ENOUGH: f64 = 0.7;
        let name: String = name.chars().take(64).collect();
        let mut rated: Vec<_> = known
            .map(|kind| (strsim::jaro_winkler(&name, kind.as_str()), kind))
            .filter(|(likeness, _)| *likeness >= ENOUGH)
            .collect();
        rated.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        let nearest = rated.into_iter().take(3).map(|(_, kind)| kind.clone()).collect();
        Self { name, nearest }
    }
}

fn suggestion(nearest: &[KindName]) -> String {
    match nearest {
        [] => "; `GET /api/v1/kinds` lists those that exist".to_owned(),
        [only] => format!("; did you mean {only}?"),
        several => {
            let names: Vec<_> = several.iter().map(KindName::as_str).collect();
            format!("; did you mean one of {}?", names.join(", "))
        }
    }
}

/// A kind that cannot be added. This is a mistake in code, found when the process starts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKind {
    /// Its name or its queue's name is none.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Another kind has the name.
    #[error("the kind {kind:?} is registered twice")]
    Twice {
        /// The name.
        kind: &'static str,
    },
    /// Its arguments have no usable schema.
    #[error("the schema of the kind {kind:?} cannot be used: {detail}")]
    Schema {
        /// The name.
        kind: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// It is to be unique by an argument that it does not have.
    #[error("the kind {kind:?} is unique by {argument:?}, which is none of its arguments")]
    Unique {
        /// The name.
        kind: &'static str,
        /// What it does not have.
        argument: String,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Greet {
        name: String,
        times: Option<u8>,
    }

    impl JobKind for Greet {
        const NAME: &'static str = "greeting.send";
        type Output = ();
    }

    fn catalog() -> Catalog {
        let mut catalog = Catalog::new();
        catalog.add::<Greet>().unwrap();
        catalog
    }

    #[test]
    fn arguments_that_fit_are_accepted() {
        assert!(catalog().check("greeting.send", &json!({"name": "Ada"})).is_ok());
    }

    #[test]
    fn every_fault_is_told_with_its_path_and_without_the_value() {
        let args = json!({"name": 7, "times": 900, "secret": "hunter2"});
        let Err(CheckError::InvalidArgs { faults, .. }) = catalog().check("greeting.send", &args) else {
            panic!("the args were accepted");
        };
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert!(paths.contains(&"/name") && paths.contains(&"/times") && paths.contains(&""), "{faults:?}");
        assert!(!format!("{faults:?}").contains("hunter2"));
    }

    #[test]
    fn a_misspelt_kind_is_answered_with_the_one_that_was_meant() {
        let error = catalog().get("greetings.send").unwrap_err();
        assert_eq!(error.nearest, ["greeting.send".parse().unwrap()]);
        assert!(error.to_string().contains("did you mean greeting.send?"));
        assert!(catalog().get("x{y}").unwrap_err().nearest.is_empty());
    }

    #[test]
    fn a_kind_cannot_be_added_twice() {
        let mut catalog = catalog();
        assert_eq!(catalog.add::<Greet>(), Err(InvalidKind::Twice { kind: "greeting.send" }));
    }
}
