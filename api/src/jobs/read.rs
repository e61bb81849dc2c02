use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::{Extension, Json};
use windlass_queue::{Client, Job};
use windlass_shared::JobId;

use super::view::JobView;
use crate::keys::Caller;
use crate::problem::Problem;

/// The part of a path that says which job is meant, whether it can mean one or not.
#[derive(Debug)]
pub(crate) struct PathId(String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        // What is not even text is no job either.
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map_or_else(|_| String::new(), |Path(id)| id)))
    }
}

/// `GET /jobs/{id}`
pub(crate) async fn get_job(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
) -> Result<Json<JobView>, Problem> {
    let job = find(&client, &caller, &id).await?.ok_or_else(|| Problem::unknown_job(&id))?;
    Ok(Json(job.into()))
}

/// The caller's job with this id. This is the one place where a job of somebody else's turns into none.
async fn find(client: &Client, caller: &Caller, id: &str) -> Result<Option<Job>, Problem> {
    let Ok(id) = id.parse::<JobId>() else { return Ok(None) };
    let found = client.engine().get(&[id]).await?.into_iter().flatten().next();
    Ok(found.filter(|job| job.tenant == caller.tenant))
}
