use windlass_queue::{Acceptance, EngineError, Enqueued, NewJob, Rejection};
use windlass_shared::{JobId, JobState};

use super::unique::Meets;
use super::{Model, ModelJob};

impl Model {
    /// Takes in what an engine answered for a new job, and checks that it is one of the answers that are right.
    pub(crate) fn enqueue(&mut self, new: &NewJob, answer: &Result<Enqueued, EngineError>) {
        if let Some(state) = self.known(new.id) {
            let expected = Enqueued { id: new.id, state, acceptance: Acceptance::Duplicate };
            assert_eq!(answer.as_ref().ok(), Some(&expected), "it was accepted before: {answer:?}");
            return;
        }
        let meets = new.unique.map_or_else(|| vec![Meets::Nobody], |unique| self.meets(&unique));
        let Some(met) = meets.iter().find(|met| self.fits(new, **met, answer)) else {
            panic!("{new:?} meets {meets:?}; its answer is {answer:?}");
        };
        if answer.is_ok() {
            self.accept(new, *met);
        }
    }

    /// The state of a job whose id was accepted before, or is remembered.
    fn known(&self, id: JobId) -> Option<JobState> {
        let job = self.find(id).map(|job| &self.jobs[job]);
        let state = job.map(|job| if job.is_gone { JobState::Completed } else { job.state() });
        state.or_else(|| self.remembered.contains(&id).then_some(JobState::Completed))
    }

    /// Whether asking for this job again finds out that it was asked for before.
    pub(crate) fn remembers(&self, new: &NewJob) -> bool {
        let is_remembered = self.remembered.contains(&new.id);
        let job = self.find(new.id).map(|job| &self.jobs[job]);
        is_remembered || job.is_some_and(|job| !job.is_gone || new.tombstone.is_some())
    }

    /// Takes in a job that follows from another one, which nothing keeps out.
    pub(super) fn enqueue_child(&mut self, new: &NewJob) {
        if new.queue != self.queue {
            self.elsewhere.push(new.id);
        } else if self.known(new.id).is_none() {
            let met = new.unique.map_or(Meets::Nobody, |unique| self.meets(&unique)[0]);
            self.accept(new, met);
        }
    }

    fn fits(&self, new: &NewJob, met: Meets, answer: &Result<Enqueued, EngineError>) -> bool {
        match answer {
            Ok(answer) => !self.is_kept_out(new, met) && self.answer(new, met) == *answer,
            Err(EngineError::Rejected(rejection)) => {
                matches!(met, Meets::Nobody | Meets::Running) && self.applies(rejection, new)
            }
            Err(_) => false,
        }
    }

    fn answer(&self, new: &NewJob, met: Meets) -> Enqueued {
        let fresh = ModelJob::accepted(new, self.now).state();
        let (id, state, acceptance) = match met {
            Meets::Nobody => (new.id, fresh, Acceptance::New),
            Meets::Running => (new.id, JobState::Pending, Acceptance::New),
            Meets::Holder(holder) => {
                let holder = &self.jobs[holder];
                let state = if holder.is_gone { JobState::Completed } else { holder.state() };
                (holder.id(), state, Acceptance::Conflict)
            }
            Meets::Successor(successor) => {
                let successor = &self.jobs[successor];
                let pending = successor.state() == JobState::Pending;
                let state = if pending { JobState::Pending } else { fresh };
                (successor.id(), state, Acceptance::Replaced)
            }
        };
        Enqueued { id, state, acceptance }
    }

    fn accept(&mut self, new: &NewJob, met: Meets) {
        if matches!(met, Meets::Holder(_) | Meets::Successor(_)) && new.tombstone.is_some() {
            self.remembered.insert(new.id);
        }
        match met {
            Meets::Holder(_) => {}
            Meets::Successor(successor) => self.replace(successor, new),
            Meets::Nobody => {
                let job = self.add(new);
                if let Some(unique) = new.unique {
                    self.drop_lapsed(unique.key);
                    self.take(&unique, job);
                }
            }
            Meets::Running => {
                let job = self.add(new);
                self.jobs[job].snapshot.state = JobState::Pending;
                self.await_key(new.unique.unwrap().key, job);
            }
        }
    }

    fn add(&mut self, new: &NewJob) -> usize {
        self.jobs.push(ModelJob::accepted(new, self.now));
        self.place_at_back(self.jobs.len() - 1);
        self.jobs.len() - 1
    }

    fn replace(&mut self, job: usize, new: &NewJob) {
        self.jobs[job].take_over(new, self.now);
        if self.jobs[job].state() != JobState::Pending {
            self.jobs[job].snapshot.state = self.jobs[job].waiting_state(self.now);
            self.place_at_back(job);
        }
    }

    fn is_kept_out(&self, new: &NewJob, met: Meets) -> bool {
        let is_new = matches!(met, Meets::Nobody | Meets::Running);
        is_new && (self.rules.policy.draining || self.is_at_depth() || self.is_at_quota(new))
    }

    fn applies(&self, rejection: &Rejection, new: &NewJob) -> bool {
        match rejection {
            Rejection::Draining { .. } => self.rules.policy.draining,
            Rejection::QueueFull { limit, .. } => {
                self.is_at_depth() && self.rules.policy.max_depth.is_some_and(|most| most.get() == *limit)
            }
            Rejection::QuotaReached { limit, tenant, .. } => {
                self.is_at_quota(new) && *tenant == new.tenant && self.quota(new) == Some(*limit)
            }
            _ => false,
        }
    }

    fn is_at_depth(&self) -> bool {
        let unfinished = self.jobs.iter().filter(|job| job.is_unfinished()).count();
        self.rules.policy.max_depth.is_some_and(|most| u64::try_from(unfinished).unwrap() >= most.get())
    }

    fn is_at_quota(&self, new: &NewJob) -> bool {
        let of_tenant = |job: &&ModelJob| job.is_unfinished() && job.new.tenant == new.tenant;
        let unfinished = u64::try_from(self.jobs.iter().filter(of_tenant).count()).unwrap();
        self.quota(new).is_some_and(|most| unfinished >= most)
    }

    fn quota(&self, new: &NewJob) -> Option<u64> {
        let own = self.rules.tenants.get(&new.tenant).and_then(|tenant| tenant.quota);
        own.or(self.rules.policy.tenant_quota).map(std::num::NonZeroU64::get)
    }
}
