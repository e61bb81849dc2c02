use std::sync::LazyLock;

use bytes::Bytes;
use redis::aio::ConnectionLike;
use redis::{Cmd, FromRedisValue, RedisError, RedisResult, ToRedisArgs, Value};
use windlass_queue::EngineError;
use windlass_shared::{JobId, JobState};

use crate::error::corrupt;

/// A script: a function of the library of this version.
#[derive(Debug)]
pub(crate) struct Script {
    name: &'static str,
}

/// What a Redis without free memory does with a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// It brings something new and is refused.
    Takes,
    /// It helps to get rid of what is there and runs.
    Frees,
}

/// A function of the library: its name, and the text of its transition behind the pieces that only it needs.
struct Function {
    name: &'static str,
    memory: Memory,
    text: &'static str,
}

/// What all functions share, in an order in which each piece knows those that it needs.
const SHARED: &[&str] = &[
    include_str!("lua/prelude.lua"),
    include_str!("lua/counts.lua"),
    include_str!("lua/lanes.lua"),
    include_str!("lua/due.lua"),
    include_str!("lua/scopes.lua"),
    include_str!("lua/parking.lua"),
    include_str!("lua/outbox.lua"),
    include_str!("lua/unique.lua"),
    include_str!("lua/accept.lua"),
    include_str!("lua/batches.lua"),
    include_str!("lua/events.lua"),
    include_str!("lua/finish.lua"),
    include_str!("lua/lifting.lua"),
    include_str!("lua/promotion.lua"),
    include_str!("lua/commit.lua"),
];

macro_rules! scripts {
    ($($memory:ident $name:ident = $($piece:literal)*;)*) => {
        $(pub(crate) static $name: Script = Script { name: stringify!($name) };)*
        const FUNCTIONS: &[Function] = &[$(Function {
            name: stringify!($name),
            memory: memory!($memory),
            text: concat!($(include_str!($piece), "\n"),*),
        }),*];
    };
}

macro_rules! memory {
    (takes) => {
        Memory::Takes
    };
    (frees) => {
        Memory::Frees
    };
}

scripts! {
    takes ENQUEUE = "lua/bounds.lua" "lua/enqueue.lua";
    frees CLAIM = "lua/taking.lua" "lua/turns.lua" "lua/claim.lua";
    frees SETTLE = "lua/settle.lua";
    frees BEGIN_ALONE = "lua/begin_alone.lua";
    takes REPORT = "lua/report.lua";
    frees HEARTBEAT = "lua/serving.lua" "lua/heartbeat.lua";
    frees RETIRE = "lua/serving.lua" "lua/forget.lua" "lua/retire.lua";
    frees BURY = "lua/serving.lua" "lua/forget.lua" "lua/bury.lua";
    frees PROMOTE = "lua/counting.lua" "lua/promote.lua";
    frees RESCUE = "lua/rescue.lua";
    frees RUNNING = "lua/claims.lua" "lua/running.lua";
    frees HELD = "lua/claims.lua" "lua/held.lua";
    frees CANCEL = "lua/cancel.lua";
    takes REDRIVE = "lua/redrive.lua";
    frees DELETE = "lua/removal.lua" "lua/delete.lua";
    frees REPRIORITIZE = "lua/reprioritize.lua";
    frees PRUNE = "lua/removal.lua" "lua/retention.lua" "lua/prune.lua";
    frees LOOK_AT_BATCH = "lua/look_at_batch.lua";
    frees PRUNE_RESULTS = "lua/retention.lua" "lua/prune_results.lua";
    frees RECORDS = "lua/recorded.lua" "lua/records.lua";
    takes RECORD_STEP = "lua/recorded.lua" "lua/record_step.lua";
    takes CHECKPOINT = "lua/recorded.lua" "lua/checkpoint.lua";
    takes OPEN_BATCH = "lua/open_batch.lua";
    takes CHANGE_BATCH = "lua/change_batch.lua";
    frees SEAL_BATCH = "lua/seal_batch.lua";
    frees END_MEMBERS = "lua/end_members.lua";
    frees BATCH = "lua/batch.lua";
    frees GET = "lua/get.lua";
    frees PAUSE = "lua/pausing.lua" "lua/pause.lua";
    frees HOLD = "lua/pausing.lua" "lua/hold.lua";
    frees RESUME = "lua/resume.lua";
    frees SET_LIMIT = "lua/counting.lua" "lua/set_limit.lua";
    frees SET_TENANT = "lua/set_tenant.lua";
    frees SET_POLICY = "lua/set_policy.lua";
    frees FORGET_EVENTS = "lua/forget_events.lua";
    frees RULES = "lua/rules.lua";
    frees SHELF = "lua/shelf.lua";
    frees WHY = "lua/why.lua";
    frees LOAD = "lua/load.lua";
    frees WORKERS = "lua/workers.lua";
    takes QUEUE_NUMBER = "lua/queue_number.lua";
}

/// All scripts of this version as one library. A server keeps it, takes it apart once for all calls, and may have those
/// of other versions beside it, because the names of the library and of its functions tell its text.
struct Library {
    prefix: String,
    text: String,
}

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::put_together);

impl Library {
    fn put_together() -> Self {
        let body = |prefix: &str| {
            let shared = SHARED.iter().copied().map(str::to_owned);
            let functions = FUNCTIONS.iter().map(|function| function.registered(prefix));
            shared.chain(functions).collect::<Vec<_>>().join("\n")
        };
        let prefix = format!("windlass_{}", &redis::Script::new(&body("")).get_hash()[..16]);
        let text = format!("#!lua name={prefix}\n{}", body(&prefix));
        Self { prefix, text }
    }
}

impl Function {
    fn registered(&self, prefix: &str) -> String {
        let flags = if self.memory == Memory::Frees { "'allow-oom'" } else { "" };
        format!(
            "redis.register_function{{ function_name = '{prefix}_{}', flags = {{ {flags} }}, callback = function(keys, args)\n\
             begin(keys, args)\n{}\nend }}\n",
            self.name, self.text
        )
    }
}

impl Script {
    /// A call on the keys that start with `prefix`, at a time that is `offset` milliseconds off the server's.
    pub(crate) fn on(&self, prefix: &str, offset: i64) -> Call {
        let mut call = self.on_key(prefix);
        call.arg(offset);
        call
    }

    /// A call on one key that belongs to no queue.
    pub(crate) fn on_key(&self, key: &str) -> Call {
        let mut command = redis::cmd("FCALL");
        command.arg(format!("{}_{}", LIBRARY.prefix, self.name)).arg(1).arg(key);
        Call { command }
    }
}

/// A call of a script with its arguments, which are written into one piece of memory as they come.
#[derive(Debug)]
pub(crate) struct Call {
    command: Cmd,
}

impl Call {
    pub(crate) fn arg(&mut self, arg: impl ToRedisArgs) -> &mut Self {
        self.command.arg(arg);
        self
    }

    /// Sends it, after the library where the server does not have that yet, or not any more.
    pub(crate) async fn send<T: FromRedisValue>(&self, wire: &mut impl ConnectionLike) -> RedisResult<T> {
        match self.command.query_async(wire).await {
            Err(error) if is_unknown_function(&error) => {
                let mut load = redis::cmd("FUNCTION");
                load.arg("LOAD").arg("REPLACE").arg(&LIBRARY.text).query_async::<Value>(wire).await?;
                self.command.query_async(wire).await
            }
            answer => answer,
        }
    }
}

fn is_unknown_function(error: &RedisError) -> bool {
    error.detail().is_some_and(|detail| detail.contains("Function not found"))
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
