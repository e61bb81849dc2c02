//! Requests, their answers, and when a request is sent again.

mod exchange;
mod problem;
mod request;
mod retries;

pub(crate) use exchange::{Earlier, Exchange, Http, headers};
pub use problem::Problem;
pub(crate) use request::{Repeat, Request};
pub use retries::Retries;
