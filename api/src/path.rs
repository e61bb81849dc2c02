//! What the parts of a path mean.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use windlass_queue::LimitScope;
use windlass_shared::{QueueName, TenantId};

use crate::access::Caller;
use crate::problem::{Problem, ProblemType};
use crate::router::Floor;

/// The part of a path that says which job or batch is meant, whether it can mean one or not.
#[derive(Debug)]
pub(crate) struct PathId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(part("id", parts, state).await))
    }
}

/// The part of a path that names a queue: one that exists, or that a kind lives in, and that the caller may see.
#[derive(Debug)]
pub(crate) struct PathQueue(pub(crate) QueueName);

impl FromRequestParts<Floor> for PathQueue {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, floor: &Floor) -> Result<Self, Problem> {
        let text = part("queue", parts, floor).await;
        let client = &floor.client;
        let Ok(queue) = text.parse::<QueueName>() else { return Err(unknown_queue(&text)) };
        let caller = parts.extensions.get::<Arc<Caller>>().ok_or_else(Problem::internal)?;
        if !caller.queues.contain(&queue) {
            return Err(unknown_queue(&text));
        }
        if client.catalog().queues().contains(&queue) || client.engine().queues().await?.contains(&queue) {
            return Ok(Self(queue));
        }
        Err(unknown_queue(&text))
    }
}

fn unknown_queue(text: &str) -> Problem {
    let text = windlass_queue::truncated(text, 64);
    let detail = format!("There is no queue {text:?}, and no kind of job lives in one of that name.");
    Problem::new(ProblemType::UnknownQueue, detail)
}

/// The part of a path that names what a limit is set for.
#[derive(Debug)]
pub(crate) struct PathScope(pub(crate) LimitScope);

impl<S: Send + Sync> FromRequestParts<S> for PathScope {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        parsed("scope", parts, state).await.map(Self)
    }
}

/// The part of a path that names a tenant.
#[derive(Debug)]
pub(crate) struct PathTenant(pub(crate) TenantId);

impl<S: Send + Sync> FromRequestParts<S> for PathTenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        parsed("tenant", parts, state).await.map(Self)
    }
}

async fn parsed<T, S>(name: &str, parts: &mut Parts, state: &S) -> Result<T, Problem>
where
    T: FromStr<Err: Display>,
    S: Send + Sync,
{
    let text = part(name, parts, state).await;
    text.parse().map_err(|error: T::Err| Problem::parameter(name, &error.to_string()))
}

/// A part of the path as text; what is not even text is as good as none.
async fn part<S: Send + Sync>(name: &str, parts: &mut Parts, state: &S) -> String {
    let all = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
    all.ok().and_then(|Path(mut all)| all.remove(name)).unwrap_or_default()
}
