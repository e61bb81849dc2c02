use proptest::sample::Index;
use windlass_queue::{Expiry, NewJob, Unique, UniqueKey, When};
use windlass_shared::{MaxAttempts, Priority, Timestamp};

use super::{Run, pick};
use crate::bench::HOUR;
use crate::history::operation::{LIMIT_KEYS, Wish};

impl Run {
    pub(super) async fn enqueue(&mut self, wishes: &[Wish], times: usize) {
        let mut jobs = Vec::new();
        for wish in wishes {
            let job = self.new_job(wish);
            jobs.push(self.join_batch(job, wish.batch).await);
        }
        for _ in 0..times {
            let answers = self.bench.engine.enqueue(&jobs).await;
            assert_eq!(answers.len(), jobs.len());
            for (job, answer) in jobs.iter().zip(&answers) {
                self.model.enqueue(job, answer);
            }
        }
        for job in &jobs {
            self.leave_batch(job).await;
        }
        self.asked_for.extend(jobs);
    }

    /// Asks again for a job that was asked for, unless it was deleted and nothing is remembered of it: then it would be
    /// another job with the same id.
    pub(super) async fn enqueue_again(&mut self, job: Index) {
        let Some(job) = pick(job, self.asked_for.len()) else { return };
        let job = self.asked_for[job].clone();
        if self.model.remembers(&job) {
            let answer = self.bench.engine.enqueue(std::slice::from_ref(&job)).await.remove(0);
            self.model.enqueue(&job, &answer);
        }
    }

    pub(super) fn new_job(&mut self, wish: &Wish) -> NewJob {
        NewJob {
            tenant: format!("tenant-{}", wish.tenant).parse().unwrap(),
            kind: format!("kind-{}", wish.kind).parse().unwrap(),
            priority: Priority::new(wish.priority).unwrap(),
            when: if wish.hours == 0 { When::Now } else { When::After(self.delay(wish.hours)) },
            max_attempts: MaxAttempts::new(wish.max_attempts).unwrap(),
            limit_key: wish.limit_key.map(|key| LIMIT_KEYS[key].parse().unwrap()),
            unique: wish.unique.map(|unique| Unique {
                key: UniqueKey([unique.key; UniqueKey::BYTES]),
                until: unique.until,
                on_conflict: unique.on_conflict,
            }),
            expires: wish.expires.map(|hours| match hours {
                0 => Expiry::At(Timestamp::from_millis(1_000)),
                hours => Expiry::After(u32::from(hours) * HOUR),
            }),
            tombstone: wish.is_remembered.then_some(1_000 * HOUR),
            args: self.args(),
            ..self.bench.new_job()
        }
    }

    /// Arguments that no other job has.
    pub(super) fn args(&mut self) -> bytes::Bytes {
        format!(r#"{{"number":{}}}"#, self.tick()).into()
    }
}
