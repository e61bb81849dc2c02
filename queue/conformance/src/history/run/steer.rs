use proptest::sample::Index;
use windlass_queue::Redrive;
use windlass_shared::Priority;

use super::{Run, pick};
use crate::history::operation::Operation;

impl Run {
    pub(super) async fn steer(&mut self, operation: &Operation, times: usize) {
        match operation {
            Operation::Cancel { job } => self.cancel(*job, times).await,
            Operation::Redrive { job, changes } => self.redrive(*job, *changes, times).await,
            Operation::Delete { job } => self.delete(*job, times).await,
            Operation::Reprioritize { job, priority } => self.reprioritize(*job, *priority, times).await,
            Operation::AskWhy { job } => self.ask_why(*job).await,
            other => unreachable!("{other:?} steers no job"),
        }
    }

    async fn cancel(&mut self, job: Index, times: usize) {
        let Some(job) = pick(job, self.model.jobs.len()) else { return };
        for _ in 0..times {
            let answer = self.bench.cancel(self.model.jobs[job].id()).await;
            assert_eq!(answer, self.model.cancel(job));
        }
    }

    async fn redrive(&mut self, job: Index, changes: bool, times: usize) {
        let Some(job) = pick(job, self.model.jobs.len()) else { return };
        let args = changes.then(|| self.args());
        let redrive = Redrive { job: self.model.jobs[job].id(), args: args.clone() };
        for _ in 0..times {
            let answer = self.bench.engine.redrive(std::slice::from_ref(&redrive)).await.unwrap()[0];
            self.model.redrive(job, args.as_ref(), answer);
        }
    }

    async fn delete(&mut self, job: Index, times: usize) {
        let Some(job) = pick(job, self.model.jobs.len()) else { return };
        for _ in 0..times {
            let answer = self.bench.delete(self.model.jobs[job].id()).await;
            assert_eq!(answer, self.model.delete(job));
        }
    }

    async fn reprioritize(&mut self, job: Index, level: u8, times: usize) {
        let Some(job) = pick(job, self.model.jobs.len()) else { return };
        let priority = Priority::new(level).unwrap();
        for _ in 0..times {
            let answer = self.bench.reprioritize(self.model.jobs[job].id(), level).await;
            assert_eq!(answer, self.model.reprioritize(job, priority));
        }
    }

    async fn ask_why(&self, job: Index) {
        let Some(job) = pick(job, self.model.jobs.len()) else { return };
        let why = self.bench.engine.why(self.model.jobs[job].id()).await.unwrap();
        self.model.check_why(job, why.as_ref());
    }
}
