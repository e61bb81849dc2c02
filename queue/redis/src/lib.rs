//! The Redis engine: jobs in Redis 7.0 or newer, or Valkey, on one server or a Cluster.
//!
//! Every transition is one Lua script (`src/lua/`, one file each, with a header that names its arguments, its
//! answer and whom it wakes), so no crash leaves a job between two states. All keys of a queue share the hash tag
//! of its name, so a script never spans slots. A job is one packed record; scripts read its header
//! by offset and never look into its arguments.
//!
//! What an acknowledged call means depends on how Redis persists: with AOF `everysec` a crash of Redis itself can
//! take back about the last two seconds, with AOF `always` nothing. Work that is taken back may be repeated, but
//! is never stuck: tokens carry the worker's incarnation besides the claim's number.

mod batches;
mod claim;
mod endless;
mod engine;
mod enqueue;
mod error;
mod events;
mod failure;
mod govern;
mod inspect;
mod keys;
mod lease;
mod link;
mod list;
mod maintain;
mod member;
mod notify;
mod options;
mod overview;
mod portions;
mod probe;
mod queues;
mod record;
mod record_work;
mod relay;
mod scripts;
mod settle;
mod shelf;
mod steer;
mod terms;
mod why;

pub use engine::RedisEngine;
pub use options::{InvalidRedisUrl, RedisOptions};
pub use probe::{Probe, RawRates, ServerFigures};
