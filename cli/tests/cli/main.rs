//! The command line and the roles, as their users meet them: through the built binary.

#![expect(clippy::unwrap_used, reason = "in a test, what was not expected is a failure")]

mod access;
mod arguments;
mod bench;
mod configuration;
mod documents;
mod migrate;
mod outbox;
mod queues;
mod roles;
mod steering;
mod support;
