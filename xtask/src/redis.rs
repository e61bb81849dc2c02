//! Private Redis servers for the tests, gone when their owner is dropped.

mod cluster;
mod server;
mod wire;

pub(crate) use cluster::Cluster;
pub(crate) use server::Server;
