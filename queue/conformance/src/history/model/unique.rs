use windlass_queue::{Event, OnConflict, Resolution, Unique, UniqueKey, Until};
use windlass_shared::JobState;

use super::{Model, Moment};

/// A key that is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hold {
    pub(super) holder: usize,
    pub(super) heir: Option<usize>,
    over_at: Moment,
    /// Whether its period was over once. After a step of the clock back it is left to an engine whether it goes on.
    was_over: bool,
}

/// What a job that wants a key comes upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meets {
    /// Nobody.
    Nobody,
    /// The key stays where it is, and this one is the answer.
    Holder(usize),
    /// One that takes over what is new.
    Successor(usize),
    /// One that runs, and that it waits for.
    Running,
}

impl Model {
    /// What a job that wants a key comes upon: one answer, or two where the end of a period is left to the engine.
    pub(super) fn meets(&self, unique: &Unique) -> Vec<Meets> {
        let Some(hold) = self.hold(unique.key) else { return vec![Meets::Nobody] };
        let mut meets = vec![self.met(hold, unique.on_conflict)];
        if hold.was_over {
            meets.push(Meets::Nobody);
        }
        meets
    }

    fn met(&self, hold: Hold, on_conflict: OnConflict) -> Meets {
        let holder = &self.jobs[hold.holder];
        let state = (!holder.is_gone).then_some(holder.state());
        match on_conflict.resolve(state, hold.heir.is_some()) {
            Resolution::AnswerHolder => Meets::Holder(hold.holder),
            Resolution::ReplaceHolder => Meets::Successor(hold.holder),
            Resolution::ReplaceHeir => Meets::Successor(hold.heir.unwrap()),
            Resolution::BecomeHeir => Meets::Running,
        }
    }

    /// Who holds a key, and for whom.
    pub(super) fn hold(&self, key: UniqueKey) -> Option<Hold> {
        self.keys.get(&key).filter(|hold| hold.over_at > self.now).copied()
    }

    /// Gives a key that is free, or its own, to a job.
    pub(super) fn take(&mut self, unique: &Unique, job: usize) {
        let over_at = match unique.until {
            Until::Start | Until::Finish => Moment::NEVER,
            Until::Period(period) => self.now.after(period),
        };
        let heir = self.keys.get(&unique.key).and_then(|hold| hold.heir);
        self.keys.insert(unique.key, Hold { holder: job, heir, over_at, was_over: false });
    }

    /// A job that ended wants its key again: whom it may come upon.
    pub(super) fn rivals(&self, job: usize) -> Vec<Option<usize>> {
        let hold = self.jobs[job].new.unique.and_then(|unique| self.hold(unique.key));
        match hold.filter(|hold| hold.holder != job) {
            None => vec![None],
            Some(hold) if hold.was_over => vec![Some(hold.holder), None],
            Some(hold) => vec![Some(hold.holder)],
        }
    }

    /// Forgets a hold whose period an engine takes for over.
    pub(super) fn drop_lapsed(&mut self, key: UniqueKey) {
        self.keys.remove(&key);
    }

    pub(super) fn await_key(&mut self, key: UniqueKey, heir: usize) {
        self.keys.get_mut(&key).unwrap().heir = Some(heir);
    }

    /// A job has come to `state`, or is deleted, which counts as cancelled.
    pub(super) fn let_go_in(&mut self, job: usize, state: JobState) {
        let Some(unique) = self.jobs[job].new.unique else { return };
        let Some(hold) = self.keys.get_mut(&unique.key) else { return };
        if hold.heir == Some(job) && state.is_final() {
            hold.heir = None;
        } else if hold.holder == job && unique.until.lets_go_in(state) {
            self.hand_over(unique.key);
        }
    }

    /// A key is let go: its heir holds it now, or nobody.
    fn hand_over(&mut self, key: UniqueKey) {
        let Some(heir) = self.keys.remove(&key).and_then(|hold| hold.heir) else { return };
        let unique = self.jobs[heir].new.unique.unwrap();
        self.take(&unique, heir);
        match self.jobs[heir].waiting_state(self.now) {
            JobState::Available => self.apply(heir, Event::Promote),
            later => self.jobs[heir].snapshot.state = later,
        }
        self.stand_anywhere(heir);
    }

    /// Whether a job is the heir of a key whose period is over.
    pub(super) fn is_ripe(&self, job: usize) -> bool {
        let job_is_heir = |hold: &&Hold| hold.heir == Some(job) && hold.over_at <= self.now;
        self.keys.values().any(|hold| job_is_heir(&hold))
    }

    /// The heir of a key takes it over at the end of its period.
    pub(super) fn inherit_of(&mut self, heir: usize) {
        let key = self.jobs[heir].new.unique.unwrap().key;
        self.hand_over(key);
    }

    /// The clock went forward.
    pub(super) fn periods_advanced(&mut self) {
        for hold in self.keys.values_mut().filter(|hold| hold.over_at <= self.now) {
            hold.was_over = true;
        }
    }

    /// Whether the answer for a new job with this key can be told beforehand.
    pub(crate) fn is_clear(&self, key: UniqueKey) -> bool {
        self.hold(key).is_none_or(|hold| !hold.was_over)
    }

    /// Who holds the key that a job waits for.
    pub(super) fn awaited(&self, heir: usize) -> Option<usize> {
        self.keys.values().find(|hold| hold.heir == Some(heir)).map(|hold| hold.holder)
    }
}
