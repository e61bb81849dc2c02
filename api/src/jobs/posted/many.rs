use serde::Serialize;
use utoipa::ToSchema;
use windlass_queue::{EnqueueError, EnqueueRequest, Enqueued};
use windlass_shared::TenantId;

use super::PostedJob;
use crate::access::{Desk, may};
use crate::jobs::{Accepted, IdempotencyKey};
use crate::problem::Problem;

/// How many jobs one request may bring.
const MOST: usize = 1_000;

/// Jobs that were posted together. Each is read on its own, so that a faulty one keeps no other out.
#[derive(Debug)]
pub(crate) struct PostedJobs {
    /// The place of each job: whether it can be enqueued, and if not, why.
    places: Vec<Result<(), Problem>>,
    /// Those that can be.
    pub(crate) requests: Vec<EnqueueRequest>,
}

/// The answer for one of them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Answer {
    Accepted(Accepted),
    Refused { error: Problem },
}

impl Answer {
    /// Whether it was refused, and may be accepted when the same is asked again.
    pub(crate) const fn is_temporary(&self) -> bool {
        match self {
            Self::Accepted(_) => false,
            Self::Refused { error } => error.is_temporary(),
        }
    }
}

impl PostedJobs {
    /// Reads 1 to 1,000 jobs; the key of each comes from the key of the request.
    pub(crate) fn read(
        jobs: impl ExactSizeIterator<Item = Result<PostedJob, Problem>>,
        desk: &Desk<may::EnqueueJobs>,
        key: &IdempotencyKey,
    ) -> Result<Self, Problem> {
        if !(1..=MOST).contains(&jobs.len()) {
            return Err(Problem::at("/jobs", "a batch has 1 to 1000 jobs"));
        }
        let mut requests = Vec::with_capacity(jobs.len());
        let mut read = |(index, job): (usize, Result<PostedJob, Problem>)| {
            requests.push(desk.admit(job?, key.of_item(index))?);
            Ok(())
        };
        let places = jobs.enumerate().map(&mut read).collect();
        Ok(Self { places, requests })
    }

    /// Whose the first one is of those that can be enqueued.
    pub(crate) fn tenant(&self) -> Option<&TenantId> {
        self.requests.first().map(|request| &request.options.tenant)
    }

    /// What becomes of each by who asks: whose it is, or with which status it is refused.
    pub(crate) fn meaning(&self) -> String {
        let mut requests = self.requests.iter();
        let words = self.places.iter().map(|place| match place {
            Ok(()) => requests.next().map_or_else(String::new, |request| request.options.tenant.to_string()),
            Err(problem) => format!("!{}", problem.status()),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Every job's answer at its place, when this is what became of those that could be enqueued.
    ///
    /// Of a request of which nothing arrived because the engine is away or the queue is full, nobody says that it
    /// succeeded in part: it failed, and is to be sent again.
    pub(crate) fn answers(
        self,
        enqueued: Vec<Result<Enqueued, EnqueueError>>,
    ) -> Result<Vec<Answer>, Problem> {
        let mut enqueued = enqueued.into_iter();
        let mut next = || match enqueued.next() {
            Some(answer) => answer.map(Accepted::from).map_err(Problem::from),
            None => Err(Problem::internal()),
        };
        let answers: Vec<_> = self.places.into_iter().map(|place| place.and_then(|()| next())).collect();
        let none_accepted = answers.iter().all(Result::is_err);
        let mut jobs = Vec::with_capacity(answers.len());
        for answer in answers {
            match answer {
                Ok(accepted) => jobs.push(Answer::Accepted(accepted)),
                Err(problem) if none_accepted && problem.is_temporary() => return Err(problem),
                Err(error) => jobs.push(Answer::Refused { error }),
            }
        }
        log_failures(&jobs);
        Ok(jobs)
    }
}

/// One line for all: what keeps one job out usually keeps out hundreds.
fn log_failures(jobs: &[Answer]) {
    let mut causes = jobs.iter().filter_map(|job| match job {
        Answer::Accepted(_) => None,
        Answer::Refused { error } => error.cause(),
    });
    if let Some(cause) = causes.next() {
        tracing::error!(cause, failures = 1 + causes.count(), "jobs of a batch failed");
    }
}
