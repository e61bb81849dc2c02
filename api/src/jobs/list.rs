use axum::Json;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use windlass_queue::{EngineError, JobFilter};
use windlass_relay::{ArchiveCursor, ArchiveFilter, ArchivePage};
use windlass_shared::{JobState, KindName, QueueName, Tag, Timestamp};

use super::view::JobView;
use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::page;
use crate::problem::Problem;
use crate::query::{Parameters, number};

/// How many characters of an error can be looked for.
const LONGEST_TEXT: usize = 200;

/// Which jobs to list, and where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// The state they are in.
    #[param(value_type = Option<shapes::JobState>)]
    state: Option<JobState>,
    /// Their kind.
    #[param(value_type = Option<shapes::KindName>)]
    kind: Option<KindName>,
    /// The queue they live in.
    #[param(value_type = Option<shapes::QueueName>)]
    queue: Option<QueueName>,
    /// A tag that they carry.
    #[param(value_type = Option<shapes::Tag>)]
    tag: Option<Tag>,
    /// They were enqueued at this instant or later.
    #[param(value_type = Option<shapes::Timestamp>)]
    created_from: Option<Timestamp>,
    /// They were enqueued before this instant.
    #[param(value_type = Option<shapes::Timestamp>)]
    created_before: Option<Timestamp>,
    /// They ended at this instant or later.
    #[param(value_type = Option<shapes::Timestamp>)]
    finished_from: Option<Timestamp>,
    /// They ended before this instant.
    #[param(value_type = Option<shapes::Timestamp>)]
    finished_before: Option<Timestamp>,
    /// A text in one of their errors, in upper or lower case.
    #[param(min_length = 1, max_length = 200)]
    error: Option<String>,
    /// Where to go on: the `next` of the page before.
    #[param(value_type = Option<shapes::Cursor>)]
    cursor: Option<String>,
    /// How many a page has at most.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u16>,
}

/// A page of jobs, and the cursor for the next one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Jobs {
    jobs: Vec<JobView>,
    /// The cursor of the next page; `null` at the end.
    #[schema(value_type = Option<shapes::Cursor>, required)]
    next: Option<String>,
}

/// Lists jobs, page by page.
///
/// Every filter that is given must match. First come those that the queues hold, by queue and state; then those that only the
/// history still knows, which have all ended, the latest first. A page may be short although more follow: `next` alone
/// says whether the end is reached. Listed jobs of the queues come without their logs and steps.
#[utoipa::path(
    get,
    path = "/jobs",
    operation_id = "list_jobs",
    tag = "jobs",
    security(("key" = ["jobs.read"])),
    params(ListQuery),
    responses((status = 200, description = "A page of jobs.", body = Jobs)),
)]
pub(crate) async fn list_jobs(
    desk: Desk<may::ReadJobs>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Jobs>, Problem> {
    let most = page::size(query.limit)?;
    let after = query.cursor.as_deref().map(read).transpose()?;
    let is_text = |text: &String| (1..=LONGEST_TEXT).contains(&text.chars().count()) && !text.contains('\0');
    if !query.error.as_ref().is_none_or(is_text) {
        return Err(Problem::parameter("error", "has 1 to 200 characters, none of them U+0000"));
    }
    let jobs = JobFilter {
        queue: query.queue,
        state: query.state,
        kind: query.kind,
        tenant: None,
        tag: query.tag,
        created_from: query.created_from,
        created_before: query.created_before,
    };
    let filter = ArchiveFilter {
        jobs,
        error: query.error,
        finished_from: query.finished_from,
        finished_before: query.finished_before,
    };
    let ArchivePage { jobs, next } = desk.list(filter, after, most).await?;
    let next = next.map(|cursor| URL_SAFE_NO_PAD.encode(cursor.to_string()));
    Ok(Json(Jobs { jobs: jobs.into_iter().map(JobView::from).collect(), next }))
}

/// A cursor may be any text; callers get one that a URL takes as it is.
fn read(cursor: &str) -> Result<ArchiveCursor, EngineError> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or(EngineError::InvalidCursor)?.parse()
}
