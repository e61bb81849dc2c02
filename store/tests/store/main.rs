//! The store on both of its databases: each test runs on a file of SQLite, then in a database of its own on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "in a test, what was not expected is a failure")]

mod answers;
mod api_keys;
mod audit;
mod blobs;
mod history;
mod history_lists;
mod history_positions;
mod migrations;
mod organizations;
mod outbox;
mod outbox_rows;
mod support;
mod time_limits;
