use std::sync::LazyLock;

use bytes::Bytes;
use redis::{ScriptInvocation, Value};
use windlass_queue::EngineError;

use crate::error::corrupt;

/// A Lua script: the text of its transition behind the pieces that it needs.
#[derive(Debug)]
pub(crate) struct Script(LazyLock<redis::Script>);

/// The first word says what a Redis without free memory does with the script: `takes` brings something new and is
/// refused, `frees` helps to get rid of what is there and runs.
macro_rules! script {
    (takes $name:ident = $($piece:literal)*) => {
        script!("" $name = $($piece)*);
    };
    (frees $name:ident = $($piece:literal)*) => {
        script!("#!lua flags=allow-oom\n" $name = $($piece)*);
    };
    ($flags:literal $name:ident = $($piece:literal)*) => {
        pub(crate) static $name: Script =
            Script(LazyLock::new(|| redis::Script::new(concat!($flags, $(include_str!($piece), "\n"),*))));
    };
}

script!(takes ENQUEUE = "lua/prelude.lua" "lua/lanes.lua" "lua/due.lua" "lua/enqueue.lua");
script!(frees CLAIM = "lua/prelude.lua" "lua/lanes.lua" "lua/due.lua" "lua/claim.lua");
script!(frees SETTLE = "lua/prelude.lua" "lua/lanes.lua" "lua/due.lua" "lua/finish.lua" "lua/settle.lua");
script!(frees BEGIN_ALONE = "lua/prelude.lua" "lua/begin_alone.lua");
script!(takes REPORT = "lua/prelude.lua" "lua/report.lua");
script!(frees HEARTBEAT = "lua/prelude.lua" "lua/heartbeat.lua");
script!(frees RETIRE = "lua/prelude.lua" "lua/forget.lua" "lua/retire.lua");
script!(frees BURY = "lua/prelude.lua" "lua/forget.lua" "lua/bury.lua");
script!(frees PROMOTE = "lua/prelude.lua" "lua/lanes.lua" "lua/due.lua" "lua/promote.lua");
script!(frees RESCUE = "lua/prelude.lua" "lua/lanes.lua" "lua/due.lua" "lua/finish.lua" "lua/rescue.lua");
script!(frees RUNNING = "lua/prelude.lua" "lua/claims.lua" "lua/running.lua");
script!(frees HELD = "lua/prelude.lua" "lua/claims.lua" "lua/held.lua");
script!(frees CANCEL = "lua/prelude.lua" "lua/finish.lua" "lua/cancel.lua");
script!(frees PRUNE = "lua/prelude.lua" "lua/prune.lua");
script!(frees GET = "lua/prelude.lua" "lua/get.lua");
script!(takes QUEUE_NUMBER = "lua/queue_number.lua");

impl Script {
    /// A call on the keys that start with `prefix`, at a time that is `offset` milliseconds off the server's.
    pub(crate) fn on(&self, prefix: &str, offset: i64) -> ScriptInvocation<'_> {
        let mut call = self.0.prepare_invoke();
        call.key(prefix).arg(offset);
        call
    }

    /// A call on one key that belongs to no queue.
    pub(crate) fn on_key(&self, key: &str) -> ScriptInvocation<'_> {
        let mut call = self.0.prepare_invoke();
        call.key(key);
        call
    }
}

pub(crate) fn integer(value: &Value) -> Result<i64, EngineError> {
    match value {
        Value::Int(number) => Ok(*number),
        other => Err(corrupt(format!("{other:?} where a number was expected"))),
    }
}

pub(crate) fn bytes(value: Value) -> Result<Bytes, EngineError> {
    match value {
        Value::BulkString(bytes) => Ok(bytes.into()),
        other => Err(corrupt(format!("{other:?} where a string was expected"))),
    }
}

/// A string that may be missing; an empty one counts as missing.
pub(crate) fn optional_bytes(value: Value) -> Result<Option<Bytes>, EngineError> {
    match value {
        Value::Nil => Ok(None),
        other => bytes(other).map(|bytes| Some(bytes).filter(|bytes| !bytes.is_empty())),
    }
}

pub(crate) fn array(value: Value) -> Result<Vec<Value>, EngineError> {
    match value {
        Value::Array(values) => Ok(values),
        other => Err(corrupt(format!("{other:?} where a list was expected"))),
    }
}
