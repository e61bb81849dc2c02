use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;
use windlass_queue::{Client, EngineError, Reason, Why};
use windlass_shared::{JobId, JobState};

use super::ownership::is_callers;
use super::read::find;
use crate::keys::Caller;
use crate::path::PathId;
use crate::problem::Problem;

/// Why a job does not run, as its owner is told.
#[derive(Debug, Serialize)]
pub(crate) struct WhyView {
    job: JobId,
    state: JobState,
    reasons: Vec<ReasonView>,
}

#[derive(Debug, Serialize)]
struct ReasonView {
    #[serde(flatten)]
    reason: Reason,
    /// How many of those who fill a limit are not the caller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_holders: Option<usize>,
}

/// `GET /jobs/{id}/why`
pub(crate) async fn get_why(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
) -> Result<Json<WhyView>, Problem> {
    let job = find(&client, &caller, &id).await?.id;
    let why = client.engine().why(job).await?.ok_or_else(|| Problem::unknown_job(&id))?;
    let Why { job, state, reasons } = why;
    let mut view = WhyView { job, state, reasons: Vec::with_capacity(reasons.len()) };
    for reason in reasons {
        view.reasons.push(told(&client, &caller, reason).await?);
    }
    Ok(Json(view))
}

/// A limit may be filled by jobs of any tenant. Whose they are is for the operator; a caller is told how many.
async fn told(client: &Client, caller: &Caller, reason: Reason) -> Result<ReasonView, EngineError> {
    let Reason::LimitFull { scope, limit, holders } = reason else {
        return Ok(ReasonView { reason, other_holders: None });
    };
    // One that is gone holds nothing any more.
    let found: Vec<_> = client.engine().get(&holders).await?.into_iter().flatten().collect();
    let own: Vec<_> = found.iter().filter(|job| is_callers(job, caller)).map(|job| job.id).collect();
    let other_holders = Some(found.len() - own.len());
    Ok(ReasonView { reason: Reason::LimitFull { scope, limit, holders: own }, other_holders })
}
