//! What only a look into a single server can tell.
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails its test")]

mod leftovers;
mod own_queue;
mod relay;
