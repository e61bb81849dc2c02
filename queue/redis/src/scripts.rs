use std::sync::LazyLock;

use bytes::Bytes;
use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind, ToRedisArgs, Value};
use windlass_queue::EngineError;
use windlass_shared::{JobId, JobState};

use crate::error::corrupt;

const NO_SCRIPT: ErrorKind = ErrorKind::Server(ServerErrorKind::NoScript);

/// A Lua script: the text of its transition behind the pieces that it needs.
#[derive(Debug)]
pub(crate) struct Script(LazyLock<redis::Script>);

/// The first word says what a Redis without free memory does with the script: `takes` brings something new and is
/// refused, `frees` helps to get rid of what is there and runs. What `moves` jobs needs the pieces of a job's life.
macro_rules! script {
    (takes $name:ident = $($pieces:tt)*) => {
        script!("" $name = $($pieces)*);
    };
    (frees $name:ident = $($pieces:tt)*) => {
        script!("#!lua flags=allow-oom\n" $name = $($pieces)*);
    };
    ($flags:literal $name:ident = moves $($piece:literal)*) => {
        script!($flags $name =
            "lua/prelude.lua"
            "lua/counts.lua"
            "lua/lanes.lua"
            "lua/due.lua"
            "lua/scopes.lua"
            "lua/parking.lua"
            "lua/outbox.lua"
            "lua/unique.lua"
            "lua/accept.lua"
            "lua/batches.lua"
            "lua/finish.lua"
            "lua/lifting.lua"
            "lua/promotion.lua"
            "lua/commit.lua"
            $($piece)*
        );
    };
    ($flags:literal $name:ident = $($piece:literal)*) => {
        pub(crate) static $name: Script =
            Script(LazyLock::new(|| redis::Script::new(concat!($flags, $(include_str!($piece), "\n"),*))));
    };
}

script!(takes ENQUEUE = moves "lua/bounds.lua" "lua/enqueue.lua");
script!(frees CLAIM = moves "lua/taking.lua" "lua/turns.lua" "lua/claim.lua");
script!(frees SETTLE = moves "lua/settle.lua");
script!(frees BEGIN_ALONE = "lua/prelude.lua" "lua/begin_alone.lua");
script!(takes REPORT = "lua/prelude.lua" "lua/report.lua");
script!(frees HEARTBEAT = "lua/prelude.lua" "lua/serving.lua" "lua/heartbeat.lua");
script!(frees RETIRE = "lua/prelude.lua" "lua/serving.lua" "lua/forget.lua" "lua/retire.lua");
script!(frees BURY = "lua/prelude.lua" "lua/serving.lua" "lua/forget.lua" "lua/bury.lua");
script!(frees PROMOTE = moves "lua/counting.lua" "lua/promote.lua");
script!(frees RESCUE = moves "lua/rescue.lua");
script!(frees RUNNING = "lua/prelude.lua" "lua/claims.lua" "lua/running.lua");
script!(frees HELD = "lua/prelude.lua" "lua/claims.lua" "lua/held.lua");
script!(frees CANCEL = moves "lua/cancel.lua");
script!(takes REDRIVE = moves "lua/redrive.lua");
script!(frees DELETE = moves "lua/removal.lua" "lua/delete.lua");
script!(frees REPRIORITIZE = moves "lua/reprioritize.lua");
script!(frees PRUNE =
    "lua/prelude.lua" "lua/counts.lua" "lua/removal.lua" "lua/retention.lua" "lua/prune.lua");
script!(frees LOOK_AT_BATCH = "lua/prelude.lua" "lua/look_at_batch.lua");
script!(frees PRUNE_RESULTS = "lua/prelude.lua" "lua/retention.lua" "lua/prune_results.lua");
script!(frees RECORDS = "lua/prelude.lua" "lua/recorded.lua" "lua/records.lua");
script!(takes RECORD_STEP = "lua/prelude.lua" "lua/recorded.lua" "lua/record_step.lua");
script!(takes CHECKPOINT = "lua/prelude.lua" "lua/recorded.lua" "lua/checkpoint.lua");
script!(takes OPEN_BATCH = "lua/prelude.lua" "lua/outbox.lua" "lua/open_batch.lua");
script!(takes CHANGE_BATCH = "lua/prelude.lua" "lua/change_batch.lua");
script!(frees SEAL_BATCH = moves "lua/seal_batch.lua");
script!(frees END_MEMBERS = moves "lua/end_members.lua");
script!(frees BATCH = "lua/prelude.lua" "lua/batch.lua");
script!(frees GET = "lua/prelude.lua" "lua/get.lua");
script!(frees PAUSE = moves "lua/pausing.lua" "lua/pause.lua");
script!(frees HOLD = moves "lua/pausing.lua" "lua/hold.lua");
script!(frees RESUME = moves "lua/resume.lua");
script!(frees SET_LIMIT = moves "lua/counting.lua" "lua/set_limit.lua");
script!(frees SET_TENANT = "lua/prelude.lua" "lua/set_tenant.lua");
script!(frees SET_POLICY = "lua/prelude.lua" "lua/set_policy.lua");
script!(frees RULES = "lua/prelude.lua" "lua/rules.lua");
script!(frees SHELF = "lua/prelude.lua" "lua/shelf.lua");
script!(frees WHY = moves "lua/why.lua");
script!(frees WORKERS = "lua/prelude.lua" "lua/workers.lua");
script!(takes QUEUE_NUMBER = "lua/queue_number.lua");

impl Script {
    /// A call on the keys that start with `prefix`, at a time that is `offset` milliseconds off the server's.
    pub(crate) fn on(&'static self, prefix: &str, offset: i64) -> Call {
        let mut call = self.on_key(prefix);
        call.arg(offset);
        call
    }

    /// A call on one key that belongs to no queue.
    pub(crate) fn on_key(&'static self, key: &str) -> Call {
        let mut command = redis::cmd("EVALSHA");
        command.arg(self.0.get_hash()).arg(1).arg(key);
        Call { script: self, command }
    }
}

/// A call of a script with its arguments, which are written into one piece of memory as they come.
#[derive(Debug)]
pub(crate) struct Call {
    script: &'static Script,
    command: Cmd,
}

impl Call {
    pub(crate) fn arg(&mut self, arg: impl ToRedisArgs) -> &mut Self {
        self.command.arg(arg);
        self
    }

    /// Sends it, after the script itself where the server does not know that yet.
    pub(crate) async fn send<T: FromRedisValue>(&self, wire: &mut impl ConnectionLike) -> RedisResult<T> {
        match self.command.query_async(wire).await {
            Err(error) if error.kind() == NO_SCRIPT => {
                self.script.0.load_async(wire).await?;
                self.command.query_async(wire).await
            }
            answer => answer,
        }
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

pub(crate) fn job_id(value: Value) -> Result<JobId, EngineError> {
    let id: &[u8] = &bytes(value)?;
    let id = id.try_into().map_err(|_| corrupt("a job id of another length"))?;
    Ok(JobId::from_bytes(id))
}

/// The state that a number stands for.
pub(crate) fn state(code: impl TryInto<u8>) -> Result<JobState, EngineError> {
    let code = code.try_into().ok();
    code.and_then(JobState::from_code).ok_or_else(|| corrupt("a state that this version does not know"))
}

pub(crate) fn array(value: Value) -> Result<Vec<Value>, EngineError> {
    match value {
        Value::Array(values) => Ok(values),
        other => Err(corrupt(format!("{other:?} where a list was expected"))),
    }
}
