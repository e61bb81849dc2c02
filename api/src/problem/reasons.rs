use serde_json::{Value, json};
use windlass_queue::{
    BlobFault, CheckError, EngineError, EnqueueError, Fault, InvalidRule, Rejection, UnknownKind,
};
use windlass_relay::RelayError;
use windlass_shared::KindName;
use windlass_store::StoreError;

use super::{Problem, ProblemType};

impl From<EnqueueError> for Problem {
    fn from(error: EnqueueError) -> Self {
        match error {
            EnqueueError::Check(error) => error.into(),
            EnqueueError::Engine(error) => error.into(),
            // Callers write it in one of two ways.
            EnqueueError::Option { name: "expires", rule } => {
                Self::at("", &format!("expires_at or expires_in_ms {rule}"))
            }
            EnqueueError::Option { name, rule } => Self::at(&format!("/{}", name.replace('.', "/")), rule),
            EnqueueError::TooLarge { bytes, most } => Self::new(ProblemType::ArgsTooLarge, sentence(&error))
                .with("limit_bytes", most)
                .with("bytes", bytes),
            EnqueueError::Blob(fault) => fault.into(),
            _ => Self::internal().because(&error),
        }
    }
}

impl From<BlobFault> for Problem {
    fn from(fault: BlobFault) -> Self {
        if !fault.is_transient() {
            return Self::internal().because(&fault);
        }
        let detail =
            "The place of large args and results cannot be reached now. Nothing was done. Try again.";
        Self::new(ProblemType::BlobsUnavailable, detail).because(&fault)
    }
}

impl From<CheckError> for Problem {
    fn from(error: CheckError) -> Self {
        match &error {
            CheckError::UnknownKind(unknown) => unknown_kind(unknown),
            CheckError::InvalidArgs { faults, .. } => invalid_args(&error, faults),
            _ => Self::new(ProblemType::InvalidRequest, sentence(&error)),
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match &error {
            EngineError::Rejected(rejection) => rejected(rejection),
            EngineError::InvalidCursor => Self::parameter("cursor", &error.to_string()),
            error if error.is_transient() => Self::unavailable().because(error),
            error => Self::internal().because(error),
        }
    }
}

impl From<InvalidRule> for Problem {
    fn from(error: InvalidRule) -> Self {
        Self::at(&format!("/{}", error.name.replace('.', "/")), error.rule)
    }
}

impl From<RelayError> for Problem {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Engine(error) => error.into(),
            RelayError::Store(error) => error.into(),
            error => Self::internal().because(&error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Corrupt { .. } | StoreError::Invalid { .. } => Self::internal().because(&error),
            // What else is wrong with it is for its operator to mend; until then nothing here is of use.
            _ => Self::new(
                ProblemType::StoreUnavailable,
                "The database that keeps keys, organizations and the audit log cannot be used now. Nothing was done. Try \
                 again.",
            )
            .because(&error),
        }
    }
}

fn rejected(rejection: &Rejection) -> Problem {
    let problem = match rejection {
        Rejection::QueueFull { queue, limit } => Problem::new(ProblemType::QueueFull, sentence(rejection))
            .with("queue", queue.as_str())
            .with("limit", *limit),
        Rejection::QuotaReached { queue, tenant, limit } => {
            Problem::new(ProblemType::QuotaReached, sentence(rejection))
                .with("queue", queue.as_str())
                .with("tenant", tenant.as_str())
                .with("limit", *limit)
        }
        Rejection::Draining { queue } => {
            Problem::new(ProblemType::Draining, sentence(rejection)).with("queue", queue.as_str())
        }
        rejection => Problem::unavailable().because(rejection),
    };
    problem.retry_after(Rejection::RETRY_AFTER)
}

fn unknown_kind(error: &UnknownKind) -> Problem {
    let nearest: Vec<_> = error.nearest.iter().map(KindName::as_str).collect();
    Problem::new(ProblemType::UnknownKind, sentence(error))
        .with("kind", error.name.as_str())
        .with("nearest", nearest)
}

fn invalid_args(error: &CheckError, faults: &[Fault]) -> Problem {
    let located: Vec<_> = faults.iter().map(in_args).collect();
    Problem::new(ProblemType::InvalidArgs, sentence(error)).with("errors", located)
}

fn in_args(fault: &Fault) -> Value {
    json!({ "path": format!("/args{}", fault.path), "message": fault.message })
}

/// A message of ours begins in lower case, because it usually follows something.
fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return text };
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), characters.as_str())
}
