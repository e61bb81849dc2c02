//! Jobs on their way to a queue.

mod enqueued;
mod key;
mod many;
mod new_job;
mod options;
mod send;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use enqueued::Item;
pub use enqueued::{Acceptance, Enqueued};
pub use key::IdempotencyKey;
pub use new_job::NewJob;
pub use options::{Backoff, Expiry, OnConflict, Unique, Until, When};

/// A kind of job as a type: its fields are the arguments. The server checks them against the kind's schema.
///
/// ```
/// #[derive(serde::Serialize)]
/// struct CountWords { text: String }
///
/// impl windlass_client::Job for CountWords {
///     const KIND: &'static str = "text.count_words";
///     type Output = usize;
/// }
/// ```
pub trait Job: Serialize {
    /// The name of the kind.
    const KIND: &'static str;
    /// What such a job results in; `()` for nothing, [`serde_json::Value`] for whatever it is.
    type Output: DeserializeOwned;
}
