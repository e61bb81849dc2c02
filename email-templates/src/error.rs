use std::fmt;

use crate::variables::VariableType;

/// Why a template could not be rendered.
///
/// None of these goes away by itself: a retry with the same arguments fails the same way. Values of variables
/// are never part of a message, since they may be personal or secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// No template has this name.
    #[error("there is no email template {name:?}{}; there are: {}", did_you_mean(nearest.as_deref()), available.join(", "))]
    Unknown {
        /// The name that was asked for, cut to a printable length.
        name: String,
        /// The name that was probably meant.
        nearest: Option<String>,
        /// Every name that exists.
        available: Vec<String>,
    },
    /// The variables are not a JSON object.
    #[error("the variables of the email template {template:?} must be a JSON object with: {}", expected.join(", "))]
    NotAnObject {
        /// The template.
        template: String,
        /// The variables that it takes.
        expected: Vec<String>,
    },
    /// The variables are not those that the template takes; every fault is listed.
    #[error("the email template {template:?} cannot be filled in: {}", joined(faults))]
    Variables {
        /// The template.
        template: String,
        /// What is wrong, never empty.
        faults: Vec<VariableFault>,
    },
    /// The subject came out with a line break or another control character, which no header may hold.
    #[error(
        "the subject of the email template {template:?} has a line break in it; remove it from the variables that the subject uses"
    )]
    SubjectLineBreak {
        /// The template.
        template: String,
    },
    /// The template itself is faulty.
    #[error("the {part} of the email template {template:?} is faulty: {fault}")]
    Faulty {
        /// The template.
        template: String,
        /// The file of its folder.
        part: &'static str,
        /// What the template engine says, with line and column.
        fault: String,
    },
}

/// What is wrong with one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VariableFault {
    /// It is needed and was not given, or given as null.
    Missing {
        /// The variable.
        name: String,
    },
    /// The template does not take it.
    Unknown {
        /// The variable.
        name: String,
        /// The variable that was probably meant.
        nearest: Option<String>,
    },
    /// Its value is of another type.
    WrongType {
        /// The variable.
        name: String,
        /// What it must be.
        expected: VariableType,
    },
}

impl fmt::Display for VariableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "the variable {name:?} is missing"),
            Self::Unknown { name, nearest } => {
                write!(f, "the variable {name:?} is unknown{}", did_you_mean(nearest.as_deref()))
            }
            Self::WrongType { name, expected } => write!(f, "the variable {name:?} must be {expected}"),
        }
    }
}

/// A name that somebody else chose, short enough to be repeated in a message.
pub(crate) fn shown(name: &str) -> String {
    const LENGTH: usize = 64;
    name.chars().take(LENGTH).collect()
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (did you mean {name:?}?)")).unwrap_or_default()
}

fn joined(faults: &[VariableFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
