//! The HTTP face over the real embedded engine.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

mod api_keys;
mod ask;
mod audit;
mod auth;
mod autoscaling;
mod bad_input;
mod batch;
mod batches;
mod bulk;
mod conformity;
mod conventions;
mod database;
mod document;
mod health;
mod history;
mod idempotency;
mod jobs;
mod key_sets;
mod kinds;
mod large_values;
mod listing;
mod options;
mod organizations;
mod own_jobs;
mod queues;
mod rate_limits;
mod rules;
mod serving;
mod steering;
mod store_away;
mod support;
mod tokens;
mod unavailable;
mod underway;
mod walk;
