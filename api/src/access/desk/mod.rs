//! The one way from a handler to jobs, queues and everything else that belongs to somebody.
//!
//! A handler takes a `Desk<Right>` as its *first* argument, so that whoever has no right to it is refused before anything
//! else is looked at, and gets at the engine and the store only through what the desk offers for that right. Every operation
//! stays within what is the caller's: what is somebody else's is not found.

mod audit;
mod audited;
mod enqueue;
mod jobs;
mod keys;
pub(crate) mod may;
mod once;
mod organizations;
mod queues;
mod steer;

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use windlass_queue::Catalog;
use windlass_shared::TenantId;

pub(crate) use audited::Act;
pub(crate) use keys::KeyWish;
use may::Right;
pub(crate) use once::{Asked, NotKept};

use super::caller::Caller;
use crate::guards::RequestId;
use crate::problem::Problem;
use crate::router::Floor;

/// What a caller with the right `May` can do.
#[derive(Debug)]
pub(crate) struct Desk<May> {
    floor: Floor,
    caller: Arc<Caller>,
    request_id: Option<RequestId>,
    right: PhantomData<fn() -> May>,
}

impl<May: Right> FromRequestParts<Floor> for Desk<May> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, floor: &Floor) -> Result<Self, Problem> {
        // Whatever has no caller stands outside of the routes that ask for one, which is a fault of ours.
        let caller = parts.extensions.get::<Arc<Caller>>().cloned().ok_or_else(Problem::internal)?;
        May::check(&caller)?;
        let request_id = parts.extensions.get().cloned();
        Ok(Self { floor: floor.clone(), caller, request_id, right: PhantomData })
    }
}

impl<May> Desk<May> {
    /// Whose it is what the caller makes without naming anybody.
    pub(crate) fn home(&self) -> TenantId {
        self.caller.tenant()
    }

    /// The kinds of job, which are the same for everybody.
    pub(crate) fn catalog(&self) -> &Catalog {
        self.floor.client.catalog()
    }
}
