use std::time::Duration;

use windlass_queue::{Claimed, Serves, Suspects, Verdict};

use super::{ALL, Run};
use crate::history::model::Asked;
use crate::history::operation::Ask;

/// How often an engine may ask for another call and bring nothing, before a worker that obeys would spin. Each time it may
/// move a job from one parking list to another, and a history has fewer jobs than this.
const EMPTY_PROMISES: usize = 200;

impl Run {
    pub(super) async fn claim(&mut self, ask: &Ask) {
        let asked = self.asked(ask);
        self.model.promote(ALL);
        self.ask(&asked).await;
    }

    /// Claims what there is for a worker, and checks that nothing is left that it could have had. Answers how many came.
    pub(super) async fn ask(&mut self, asked: &Asked) -> usize {
        let mut count = 0;
        let mut empty = 0..EMPTY_PROMISES;
        loop {
            let left = Asked { most: asked.most - count, ..asked.clone() };
            let claimed = self.ask_once(&left).await;
            count += claimed.jobs.len();
            // A worker that has a suspect takes nothing else.
            if count == asked.most || claimed.jobs.iter().any(|job| job.suspect) {
                return count;
            }
            let comes_again = claimed.more || claimed.next_due == Some(Duration::ZERO);
            let spins = comes_again && claimed.jobs.is_empty() && empty.next().is_none();
            assert!(!spins, "there is always more, and nothing comes: {:?}", self.model);
            // A batch that another queue keeps has its callback delivered.
            if !comes_again && !self.relay().await {
                let forgotten = self.model.forgotten(asked);
                assert!(forgotten.is_none(), "forgotten: {forgotten:?} in {:?}", self.model);
                return count;
            }
        }
    }

    async fn ask_once(&mut self, asked: &Asked) -> Claimed {
        let Asked { worker, most, suspects, serves } = asked.clone();
        let claimed = self.bench.ask_serving(worker, most, suspects, serves).await;
        let suspect = self.model.forgotten_suspect(asked);
        let has_suspect = claimed.jobs.iter().any(|job| job.suspect);
        assert!(has_suspect || suspect.is_none(), "a suspect goes first: {suspect:?}");
        self.model.claim(asked, &claimed.jobs);
        self.take_in_news().await;
        self.check_next_due(&claimed);
        claimed
    }

    /// A worker that sleeps wakes up when the next job is due; one that is told of more does not sleep.
    fn check_next_due(&self, claimed: &Claimed) {
        if claimed.more {
            return;
        }
        let told = claimed.next_due.unwrap_or(Duration::MAX);
        let due = self.model.next_due().unwrap_or(Duration::MAX);
        assert!(told <= due, "the next job is due in {due:?}, and not in {told:?}");
    }

    pub(super) async fn lose_claim(&mut self, ask: &Ask) {
        let asked = self.asked(ask);
        self.model.promote(ALL);
        let known = self.model.held(asked.worker);
        self.model.let_stray(&asked.serves);
        drop(self.bench.ask_serving(asked.worker, asked.most, asked.suspects, asked.serves.clone()).await);
        let held = self.bench.held(asked.worker).await;
        let unknown: Vec<_> = held.into_iter().filter(|claim| !known.contains(claim)).collect();
        assert!(unknown.len() <= asked.most);
        for claim in &unknown {
            self.model.find_claimed(&asked, *claim);
        }
        self.take_in_news().await;
        for claim in self.model.claims.len() - unknown.len()..self.model.claims.len() {
            self.end(claim, Verdict::Release, 1).await;
        }
    }

    fn asked(&self, ask: &Ask) -> Asked {
        let serves = ask
            .serves
            .map_or(Serves::Every, |kind| Serves::These([format!("kind-{kind}").parse().unwrap()].into()));
        Asked { worker: self.workers[ask.worker], most: ask.most, suspects: ask.suspects, serves }
    }

    /// A worker that takes whatever there is.
    pub(super) fn hungry(&self) -> Asked {
        Asked { worker: self.workers[0], most: ALL, suspects: Suspects::Take, serves: Serves::Every }
    }
}
