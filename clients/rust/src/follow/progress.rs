use futures_util::stream::{self, Stream};

use super::watch::Watch;
use crate::client::Client;
use crate::error::Error;
use crate::id::JobId;
use crate::jobs::{JobState, JobView};

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Its state.
    pub state: JobState,
    /// From 0 to 100.
    pub percent: u8,
    /// What it says of itself.
    pub message: Option<String>,
    /// Which attempt it is in.
    pub attempt: u16,
}

impl From<&JobView> for Progress {
    fn from(job: &JobView) -> Self {
        Self { state: job.state, percent: job.progress, message: job.message.clone(), attempt: job.attempt }
    }
}

impl Client {
    /// How far a job is: now, and each time that is seen to have changed, until it is over. What passes quickly may not be
    /// seen. It ends after the first error.
    ///
    /// ```no_run
    /// use std::pin::pin;
    /// use futures_util::TryStreamExt;
    ///
    /// # async fn example(client: windlass_client::Client, id: windlass_client::JobId) -> Result<(), windlass_client::Error> {
    /// let mut steps = pin!(client.follow(id));
    /// while let Some(progress) = steps.try_next().await? {
    ///     println!("{} {} %", progress.state, progress.percent);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(&self, id: JobId) -> impl Stream<Item = Result<Progress, Error>> + Send + use<> {
        stream::try_unfold((Watch::new(self.clone(), id), None), |(watch, last)| advance(watch, last))
    }
}

async fn advance(
    mut watch: Watch,
    last: Option<Progress>,
) -> Result<Option<(Progress, (Watch, Option<Progress>))>, Error> {
    if last.as_ref().is_some_and(|last| last.state.is_final()) {
        return Ok(None);
    }
    loop {
        let progress = Progress::from(&watch.look().await?);
        if last.as_ref() != Some(&progress) {
            return Ok(Some((progress.clone(), (watch, Some(progress)))));
        }
    }
}
