use std::time::Duration;

use axum::extract::State;
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use windlass_queue::{Client, Cursor, Engine, EngineError, JobFilter, Page};
use windlass_shared::{JobState, KindName, QueueName, Tag, Timestamp};

use super::ownership::is_callers;
use super::view::JobView;
use crate::keys::Caller;
use crate::page;
use crate::problem::Problem;
use crate::query::{Parameters, number};

/// For how long a page is filled up before it is given as it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which jobs to list, and where to go on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    state: Option<JobState>,
    kind: Option<KindName>,
    queue: Option<QueueName>,
    tag: Option<Tag>,
    created_from: Option<Timestamp>,
    created_before: Option<Timestamp>,
    cursor: Option<String>,
    #[serde(default, deserialize_with = "number")]
    limit: Option<u16>,
}

/// A page of jobs, and the cursor for the next one.
#[derive(Debug, Serialize)]
pub(crate) struct Jobs {
    jobs: Vec<JobView>,
    next: Option<String>,
}

/// `GET /jobs`
pub(crate) async fn list_jobs(
    State(client): State<Client>,
    Extension(caller): Extension<Caller>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Jobs>, Problem> {
    let most = page::size(query.limit)?;
    let after = query.cursor.as_deref().map(read).transpose()?;
    let filter = JobFilter {
        queue: query.queue,
        state: query.state,
        kind: query.kind,
        tenant: Some(caller.tenant.clone()),
        tag: query.tag,
        created_from: query.created_from,
        created_before: query.created_before,
    };
    let Page { jobs, next } = fill(client.engine().as_ref(), &filter, &caller, after, most).await?;
    let next = next.map(|Cursor(text)| URL_SAFE_NO_PAD.encode(text));
    Ok(Json(Jobs { jobs: jobs.into_iter().map(JobView::from).collect(), next }))
}

/// An engine's cursor may be any text; callers get one that a URL takes as it is.
fn read(cursor: &str) -> Result<Cursor, EngineError> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Cursor).ok_or(EngineError::InvalidCursor)
}

/// An engine's page may be short, so it is asked on, but not for ever: few jobs of many may match.
async fn fill(
    engine: &dyn Engine,
    filter: &JobFilter,
    caller: &Caller,
    after: Option<Cursor>,
    most: usize,
) -> Result<Page, EngineError> {
    let start = Instant::now();
    let mut page = Page { jobs: Vec::new(), next: after };
    loop {
        let Page { jobs, next } = engine.list(filter, page.next.as_ref(), most - page.jobs.len()).await?;
        page.jobs.extend(jobs.into_iter().filter(|job| is_callers(job, caller)));
        page.next = next;
        if page.next.is_none() || page.jobs.len() >= most || start.elapsed() > PATIENCE {
            return Ok(page);
        }
    }
}
