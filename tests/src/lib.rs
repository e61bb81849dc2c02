//! What whole-system tests stand on: real processes of the program, a Redis server of their own, a real SMTP
//! server, and a proxy that breaks connections.
//!
//! The tests themselves are in `tests/system`. Each starts a [`System`], the processes of one installation in a
//! temporary directory, and watches its jobs through a [`Witness`], past the processes that it starts and kills.
//! Everything that was started ends with its owner; when a test fails, the logs of its processes are printed.

mod api;
mod environment;
#[cfg(doctest)]
mod guides;
mod port;
mod postgres;
mod process;
mod proxy;
mod redis;
mod slow_log;
mod smtp;
mod system;
mod wait;
mod witness;

pub use api::{Answer, Api};
pub use environment::redis_cluster_urls;
pub use postgres::PostgresServer;
pub use process::Process;
pub use proxy::{FaultProxy, Loss};
pub use redis::{Moment, RedisServer};
pub use slow_log::SlowCommand;
pub use smtp::SmtpServer;
pub use system::{EngineKind, System};
pub use wait::until;
pub use witness::Witness;
