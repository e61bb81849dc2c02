use std::time::Duration;

use tokio::time::sleep;

use crate::client::Client;
use crate::error::Error;
use crate::id::JobId;
use crate::jobs::{JobState, JobView};

/// The pause after the first look.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Looks at one job, again and again. Whoever waits or follows takes what it sees and knows nothing of how it sees: here it
/// asks, at growing intervals while nothing changes.
#[derive(Debug)]
pub(super) struct Watch {
    client: Client,
    id: JobId,
    /// None before the first look.
    pause: Option<Duration>,
    seen: Option<(JobState, u8, Option<String>)>,
}

impl Watch {
    pub(super) fn new(client: Client, id: JobId) -> Self {
        Self { client, id, pause: None, seen: None }
    }

    pub(super) fn id(&self) -> JobId {
        self.id
    }

    /// In which state it was last seen.
    pub(super) fn state(&self) -> Option<JobState> {
        self.seen.as_ref().map(|(state, _, _)| *state)
    }

    /// The next look. It may be cut off and asked for again.
    pub(super) async fn look(&mut self) -> Result<JobView, Error> {
        if let Some(pause) = self.pause {
            sleep(pause).await;
        }
        self.pause = Some(self.pause.map_or(FIRST_PAUSE, |pause| (pause * 3 / 2).min(LONGEST_PAUSE)));
        let job = self.client.get(self.id).await?;
        let seen = Some((job.state, job.progress, job.message.clone()));
        if self.seen != seen {
            self.pause = Some(FIRST_PAUSE);
            self.seen = seen;
        }
        Ok(job)
    }
}
