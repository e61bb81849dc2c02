use std::collections::VecDeque;

use futures_util::stream::{self, Stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{JobState, JobView};
use crate::client::Client;
use crate::error::Error;
use crate::http::Request;

/// How many jobs a page has at the most.
const MOST: u16 = 200;

/// Which jobs; all that is given must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Their state.
    pub state: Option<JobState>,
    /// Their kind.
    pub kind: Option<String>,
    /// The queue that they live in.
    pub queue: Option<String>,
    /// A tag that they carry.
    pub tag: Option<String>,
    /// They were enqueued at this instant or later.
    pub created_from: Option<Timestamp>,
    /// They were enqueued before this instant.
    pub created_before: Option<Timestamp>,
}

/// Where a list goes on. It may be kept as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// A part of a list. It may be short, or empty, although more follow: the end is where `next` is none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// The jobs.
    pub jobs: Vec<JobView>,
    /// Where the list goes on.
    pub next: Option<Cursor>,
}

impl Client {
    /// A page of up to `most` (1 to 200) jobs; `after` is the [`next`](Page::next) of the page before.
    pub async fn list_page(
        &self,
        filter: &JobFilter,
        after: Option<&Cursor>,
        most: u16,
    ) -> Result<Page, Error> {
        let mut query = filter.query();
        query.extend(after.map(|Cursor(text)| ("cursor", text.clone())));
        query.push(("limit", most.to_string()));
        self.http.ask(&Request::get("/jobs".to_owned()).query(query)).await
    }

    /// All jobs that match, fetched page by page while they are taken. A job that goes on meanwhile may come in its old state
    /// and in its new one. It ends after the first error.
    ///
    /// ```no_run
    /// use std::pin::pin;
    /// use futures_util::TryStreamExt;
    /// use windlass_client::{Client, JobFilter, JobState};
    ///
    /// # async fn example(client: Client) -> Result<(), windlass_client::Error> {
    /// let discarded = JobFilter { state: Some(JobState::Discarded), ..JobFilter::default() };
    /// let mut jobs = pin!(client.list(discarded));
    /// while let Some(job) = jobs.try_next().await? {
    ///     println!("{} {}", job.id, job.kind);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, filter: JobFilter) -> impl Stream<Item = Result<JobView, Error>> + Send + use<> {
        let listing = Listing { client: self.clone(), filter, fetched: VecDeque::new(), next: Next::First };
        stream::try_unfold(listing, Listing::advance)
    }
}

struct Listing {
    client: Client,
    filter: JobFilter,
    fetched: VecDeque<JobView>,
    next: Next,
}

enum Next {
    First,
    After(Cursor),
    End,
}

impl Listing {
    async fn advance(mut self) -> Result<Option<(JobView, Self)>, Error> {
        loop {
            if let Some(job) = self.fetched.pop_front() {
                return Ok(Some((job, self)));
            }
            let after = match &self.next {
                Next::First => None,
                Next::After(cursor) => Some(cursor),
                Next::End => return Ok(None),
            };
            let Page { jobs, next } = self.client.list_page(&self.filter, after, MOST).await?;
            self.fetched = jobs.into();
            self.next = next.map_or(Next::End, Next::After);
        }
    }
}

impl JobFilter {
    fn query(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("state", self.state.map(|state| state.to_string())),
            ("kind", self.kind.clone()),
            ("queue", self.queue.clone()),
            ("tag", self.tag.clone()),
            ("created_from", self.created_from.map(|instant| instant.to_string())),
            ("created_before", self.created_before.map(|instant| instant.to_string())),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
