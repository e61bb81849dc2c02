use redis::{ErrorKind, RedisError, ServerErrorKind};
use windlass_queue::{EngineError, Reach};

/// The engine's name.
pub(crate) const ENGINE: &str = "redis";

/// Translates what the driver says. `single` tells whether there is only one server that could answer.
pub(crate) fn translate(error: &RedisError, single: bool) -> EngineError {
    let detail = error.to_string();
    match error.kind() {
        ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => {
            EngineError::Unavailable { engine: ENGINE, reach: reach(error, single), detail }
        }
        // A server that loads its data or has lost its master answers soon again.
        ErrorKind::Server(
            ServerErrorKind::BusyLoading
            | ServerErrorKind::TryAgain
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ReadOnly,
        ) => EngineError::Unavailable { engine: ENGINE, reach: Reach::Unknown, detail },
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => corrupt(detail),
        _ => EngineError::Refused { engine: ENGINE, detail },
    }
}

/// With one server a refused connection proves that nothing listens there, for anybody. In a Cluster another node
/// may have taken over.
fn reach(error: &RedisError, single: bool) -> Reach {
    if single && error.is_connection_refusal() { Reach::DownForAll } else { Reach::Unknown }
}

pub(crate) fn timed_out() -> EngineError {
    let detail = "no answer in time".to_owned();
    EngineError::Unavailable { engine: ENGINE, reach: Reach::Unknown, detail }
}

pub(crate) fn corrupt(detail: impl Into<String>) -> EngineError {
    EngineError::Corrupt { engine: ENGINE, detail: detail.into() }
}
