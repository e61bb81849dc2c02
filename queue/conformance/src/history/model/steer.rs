use bytes::Bytes;
use windlass_queue::{CancelAnswer, DeleteAnswer, Event, RedriveAnswer, ReprioritizeAnswer};
use windlass_shared::{JobState, Priority};

use super::Model;

impl Model {
    pub(crate) fn cancel(&mut self, job: usize) -> CancelAnswer {
        let before = self.jobs[job].state();
        if self.jobs[job].is_gone {
            return CancelAnswer::NotFound;
        }
        if before.is_final() {
            return CancelAnswer::AlreadyFinal(before);
        }
        self.apply(job, Event::Cancel);
        if before == JobState::Running { CancelAnswer::Requested } else { CancelAnswer::Cancelled }
    }

    /// Takes in what an engine answered to a wish to run a job again, and checks that it is right.
    pub(crate) fn redrive(&mut self, job: usize, args: Option<&Bytes>, answer: RedriveAnswer) {
        let state = self.jobs[job].state();
        if self.jobs[job].is_gone {
            return assert_eq!(answer, RedriveAnswer::NotFound);
        }
        let are_other = args.is_some_and(|args| *args != self.jobs[job].new.args);
        let are_fixed = are_other && self.jobs[job].new.unique.is_some();
        match state {
            JobState::Running | JobState::Pending => {
                return assert_eq!(answer, RedriveAnswer::Refused(state));
            }
            _ if are_fixed => return assert_eq!(answer, RedriveAnswer::ArgsFixed),
            JobState::Available => assert_eq!(answer, RedriveAnswer::AlreadyAvailable),
            JobState::Scheduled | JobState::Retryable => {
                assert_eq!(answer, RedriveAnswer::Available);
                self.apply(job, Event::Redrive);
            }
            JobState::Completed | JobState::Cancelled | JobState::Discarded => {
                let rivals = self.rivals(job);
                let fits = |rival: &Option<usize>| match rival {
                    None => answer == RedriveAnswer::Available,
                    Some(rival) => answer == RedriveAnswer::Conflict(self.jobs[*rival].id()),
                };
                assert!(rivals.iter().any(fits), "{answer:?} with the rivals {rivals:?}");
                if answer != RedriveAnswer::Available {
                    return;
                }
                self.begin_anew(job);
            }
        }
        if let Some(args) = args {
            self.jobs[job].new.args = args.clone();
            self.jobs[job].forget_records();
        }
    }

    fn begin_anew(&mut self, job: usize) {
        if let Some(unique) = self.jobs[job].new.unique {
            if self.hold(unique.key).is_none_or(|hold| hold.holder != job) {
                self.drop_lapsed(unique.key);
            }
            self.take(&unique, job);
        }
        self.jobs[job].expires_at = None;
        self.jobs[job].is_poison = false;
        self.apply(job, Event::Redrive);
    }

    pub(crate) fn delete(&mut self, job: usize) -> DeleteAnswer {
        let state = self.jobs[job].state();
        if self.jobs[job].is_gone {
            return DeleteAnswer::NotFound;
        }
        if state == JobState::Running {
            return DeleteAnswer::Running;
        }
        self.jobs[job].is_gone = true;
        self.let_go_in(job, JobState::Cancelled);
        if !state.is_final() {
            self.cross_off(job, JobState::Cancelled);
        }
        DeleteAnswer::Deleted(state)
    }

    pub(crate) fn reprioritize(&mut self, job: usize, priority: Priority) -> ReprioritizeAnswer {
        let state = self.jobs[job].state();
        if self.jobs[job].is_gone {
            return ReprioritizeAnswer::NotFound;
        }
        if state.is_final() {
            return ReprioritizeAnswer::AlreadyFinal(state);
        }
        let stays = self.jobs[job].new.priority == priority;
        self.jobs[job].new.priority = priority;
        if state == JobState::Available {
            self.place_at_back(job);
            // Whether one that has the priority already goes to the back is left to the engine.
            self.jobs[job].strays = stays;
        }
        ReprioritizeAnswer::Changed(state)
    }
}
