//! The kinds of job that these tests enqueue.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_queue::JobKind;

/// A greeting, on a queue of its own.
#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Greet {
    pub(crate) name: String,
    pub(crate) nested: Option<Value>,
}

impl JobKind for Greet {
    const NAME: &'static str = "greeting.send";
    const QUEUE: &'static str = "greetings";
    const SUMMARY: &'static str = "Greets somebody.";
    const RETRIES: u16 = 2;
    type Output = String;
}

/// A kind without arguments, on another queue.
#[derive(Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl JobKind for Nothing {
    const NAME: &'static str = "nothing.do";
    type Output = ();
}
