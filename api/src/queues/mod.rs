//! Queues: what is in them, what holds for them, and who works for them.

mod limits;
mod list;
mod pauses;
mod policy;
mod tenants;
mod view;

pub(crate) use limits::{put_limit, remove_limit};
pub(crate) use list::{get_queue, list_queues, list_workers};
pub(crate) use pauses::{pause, resume};
pub(crate) use policy::{drain, patch_queue, undrain};
pub(crate) use tenants::{put_tenant, remove_tenant};
pub use view::QueueView;

/// How large the body of a rule may be.
const LIMIT: usize = 16 << 10;
