//! Jobs with one thing special about them.

use windlass_queue::{NewJob, OnConflict, Unique, UniqueKey, Until, When};
use windlass_shared::{JobId, Priority};

use crate::Bench;
use crate::bench::HOUR;

/// What can be paused of a job that [`Bench::ruled`] makes, without holding up what [`Bench::new_job`] makes.
pub(crate) const PARTS: [&str; 3] = ["tenant:acme", "kind:conformance.other", "key:stripe:acct_1"];
/// What can be paused of a job that [`Bench::ruled`] makes.
pub(crate) const SCOPES: [&str; 4] = ["queue", PARTS[0], PARTS[1], PARTS[2]];
/// What can be limited of a job that [`Bench::ruled`] makes.
pub(crate) const LIMITS: [&str; 6] = ["queue", PARTS[0], "tenant:*", PARTS[1], PARTS[2], "key:stripe:*"];

impl Bench {
    /// A job of another tenant and kind than [`Bench::new_job`] makes, and with a limit key.
    pub(crate) fn ruled(&self) -> NewJob {
        NewJob {
            tenant: "acme".parse().unwrap(),
            kind: "conformance.other".parse().unwrap(),
            limit_key: Some("stripe:acct_1".parse().unwrap()),
            ..self.new_job()
        }
    }

    pub(crate) fn of_tenant(&self, tenant: &str) -> NewJob {
        NewJob { tenant: tenant.parse().unwrap(), ..self.new_job() }
    }

    pub(crate) fn of_kind(&self, kind: &str) -> NewJob {
        NewJob { kind: kind.parse().unwrap(), ..self.new_job() }
    }

    pub(crate) fn of_key(&self, key: &str) -> NewJob {
        NewJob { limit_key: Some(key.parse().unwrap()), ..self.new_job() }
    }

    pub(crate) fn of_priority(&self, level: u8) -> NewJob {
        NewJob { priority: Priority::new(level).unwrap(), ..self.new_job() }
    }

    /// A job that may start an hour from now.
    pub(crate) fn in_an_hour(&self) -> NewJob {
        NewJob { when: When::After(HOUR), ..self.new_job() }
    }

    /// A job with the one unique key that tests use in a queue.
    pub(crate) fn unique(&self, until: Until, on_conflict: OnConflict) -> NewJob {
        let key = UniqueKey([7; UniqueKey::BYTES]);
        NewJob { unique: Some(Unique { key, until, on_conflict }), ..self.new_job() }
    }

    /// Enqueues `count` jobs of a sort.
    pub(crate) async fn add_several(&self, count: usize, make: impl Fn() -> NewJob) -> Vec<JobId> {
        let jobs: Vec<_> = std::iter::repeat_with(make).take(count).collect();
        self.enqueue(&jobs).await.iter().map(|answer| answer.id).collect()
    }

    /// Enqueues jobs that did not exist.
    pub(crate) async fn add_all(&self, jobs: &[NewJob]) -> Vec<JobId> {
        let answers = self.enqueue(jobs).await;
        assert!(answers.iter().all(|answer| !answer.is_duplicate()), "{answers:?} were new");
        answers.iter().map(|answer| answer.id).collect()
    }
}
