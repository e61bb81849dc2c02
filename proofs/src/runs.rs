//! What ran when, what ran again, and whether there was a cause for it.

use std::collections::HashMap;

use windlass_shared::JobId;

use crate::evidence::{Death, Evidence};
use crate::pen::Event;

/// How long a worker that lives may take from the end of a handler until that end is settled, in milliseconds.
pub(crate) const SETTLED_MS: i64 = 3_000;
/// What Redis may lose of what it has acknowledged when it is killed, in milliseconds: the table of the guarantees.
pub(crate) const ROLLED_BACK_MS: i64 = 2_000;
/// How much later than Redis acknowledged something that may be noted on a busy machine, in milliseconds.
const NOTED_LATE_MS: i64 = 250;

/// Something for which the guarantees say that a job may run again although its worker has not died.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause {
    /// Whose runs it concerns.
    pub(crate) whose: Whose,
    /// When it began, in milliseconds since the epoch.
    pub(crate) from: i64,
    /// When all that it left behind was over.
    pub(crate) until: i64,
}

/// Whose runs a cause concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those of one worker, which was stopped or cut off.
    Worker(u32),
    /// Those of every worker, because it was Redis that was killed.
    Everybody,
}

/// One run of a handler, from its start to its end or the death of its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The process, and the number of the run in it.
    pub(crate) run: (u32, u64),
    /// When it started, in milliseconds since the epoch.
    pub(crate) started: i64,
    /// When the handler came to its end, if it did.
    pub(crate) done: Option<i64>,
    /// When it ran no more; `None` when it never stopped.
    pub(crate) ended: Option<i64>,
}

/// How often something happened that nobody had caused, and how often for a cause.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) without_cause: usize,
    pub(crate) with_cause: usize,
}

/// What there is to say of the runs of all jobs.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Again {
    /// Two runs of a job at the same time.
    pub(crate) overlaps: Count,
    /// Starts of a job after a run of it came to its end in a process that lived long enough to settle it.
    pub(crate) after_end: Count,
    /// Ends in processes that lived long enough to settle them: what `after_end` is about.
    pub(crate) settled: usize,
}

impl Cause {
    fn concerns(&self, process: u32) -> bool {
        self.whose == Whose::Everybody || self.whose == Whose::Worker(process)
    }

    /// Whether the second run of a job is there because of this: the first one was at work, or about to be settled,
    /// while it lasted.
    fn explains(&self, first: &Span, again: &Span) -> bool {
        let reached = |ended| ended >= self.from - SETTLED_MS && ended <= self.until;
        self.concerns(first.run.0)
            && first.started <= self.until
            && first.ended.is_some_and(reached)
            && again.started >= self.from
    }

    /// Whether what Redis acknowledged at this time may be gone.
    pub(crate) fn takes_back(&self, at: i64) -> bool {
        let lost = self.from - ROLLED_BACK_MS..=self.from + NOTED_LATE_MS;
        self.whose == Whose::Everybody && lost.contains(&at)
    }
}

impl Count {
    pub(crate) fn add(&mut self, has_cause: bool) {
        let count = if has_cause { &mut self.with_cause } else { &mut self.without_cause };
        *count += 1;
    }
}

/// The runs of each job, in the order of their starts.
pub(crate) fn spans(evidence: &Evidence, deaths: &[Death]) -> HashMap<JobId, Vec<Span>> {
    let deaths: HashMap<_, _> = deaths.iter().map(|death| (death.process, death.at)).collect();
    let mut spans: HashMap<JobId, Vec<Span>> = HashMap::new();
    let mut places = HashMap::new();
    for line in evidence.lines() {
        let runs = spans.entry(line.job).or_default();
        if line.event == Event::Start {
            places.insert(line.run, runs.len());
            let ended = deaths.get(&line.run.0).copied();
            runs.push(Span { run: line.run, started: line.at, done: None, ended });
        }
        let Some(run) = places.get(&line.run).and_then(|place| runs.get_mut(*place)) else { continue };
        match line.event {
            Event::Done => run.done = Some(line.at),
            Event::End => run.ended = Some(line.at),
            Event::Start | Event::Effect | Event::Worked | Event::Recorded | Event::Overtaken => {}
        }
    }
    spans
}

/// Compares the runs of each job with one another.
pub(crate) fn again(evidence: &Evidence, deaths: &[Death], causes: &[Cause]) -> Again {
    let died: HashMap<_, _> = deaths.iter().map(|death| (death.process, death.at)).collect();
    let mut found = Again::default();
    for runs in spans(evidence, deaths).values() {
        for (place, first) in runs.iter().enumerate() {
            let lived = |at: i64| died.get(&first.run.0).is_none_or(|died| at + SETTLED_MS <= *died);
            let settled = first.done.filter(|done| lived(*done));
            found.settled += usize::from(settled.is_some());
            for again in &runs[place + 1..] {
                let has_cause = causes.iter().any(|cause| cause.explains(first, again));
                if first.ended.is_none_or(|ended| again.started < ended) {
                    found.overlaps.add(has_cause);
                } else if settled.is_some() {
                    found.after_end.add(has_cause);
                }
            }
        }
    }
    found
}

/// How often the side effect of a step came again after the step had been recorded. There is a cause when the record may
/// have been taken back, or when it was a stopped worker that went on before it knew.
pub(crate) fn repeated_steps(evidence: &Evidence, causes: &[Cause]) -> Count {
    let mut recorded = HashMap::new();
    let mut repeated = Count::default();
    for line in evidence.lines() {
        let step = (line.job, line.detail.as_str());
        match line.event {
            Event::Recorded => {
                recorded.insert(step, line.at);
            }
            Event::Effect => {
                let Some(at) = recorded.get(&step) else { continue };
                repeated.add(causes.iter().any(|cause| match cause.whose {
                    Whose::Everybody => cause.takes_back(*at),
                    Whose::Worker(process) => {
                        process == line.run.0 && (cause.from..=cause.until).contains(&line.at)
                    }
                }));
            }
            Event::Start | Event::Worked | Event::Overtaken | Event::Done | Event::End => {}
        }
    }
    repeated
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0001";

    fn evidence(lines: &[(i64, u32, &str)]) -> Evidence {
        let lines: Vec<_> =
            lines.iter().map(|(at, process, event)| format!("{at} {process} 0 {event} {JOB} a")).collect();
        Evidence::parse(&lines.join("\n")).unwrap()
    }

    fn stopped(process: u32, from: i64, until: i64) -> Cause {
        Cause { whose: Whose::Worker(process), from, until }
    }

    #[test]
    fn two_runs_overlap_until_the_first_ends_or_dies() {
        let one_after_the_other = [(10, 7, "start"), (20, 7, "end"), (20, 8, "start"), (30, 8, "end")];
        assert_eq!(again(&evidence(&one_after_the_other), &[], &[]), Again::default());
        let beside = evidence(&[(10, 7, "start"), (20, 8, "start"), (30, 8, "end")]);
        assert_eq!(again(&beside, &[], &[]).overlaps.without_cause, 1);
        assert_eq!(again(&beside, &[Death { process: 7, at: 15 }], &[]).overlaps, Count::default());
        assert_eq!(again(&beside, &[Death { process: 7, at: 25 }], &[]).overlaps.without_cause, 1);
    }

    #[test]
    fn an_overlap_has_a_cause_only_in_the_worker_that_was_stopped_and_only_then() {
        let beside = evidence(&[(10, 7, "start"), (20, 8, "start"), (30, 8, "end"), (40, 7, "end")]);
        let overlaps = |cause| again(&beside, &[], &[cause]).overlaps;
        assert_eq!(overlaps(stopped(7, 15, 45)), Count { without_cause: 0, with_cause: 1 });
        assert_eq!(overlaps(stopped(8, 15, 45)), Count { without_cause: 1, with_cause: 0 });
        assert_eq!(overlaps(stopped(7, 25, 45)), Count { without_cause: 1, with_cause: 0 });
        assert_eq!(overlaps(stopped(7, 15, 35)), Count { without_cause: 1, with_cause: 0 });
    }

    #[test]
    fn an_end_is_final_where_the_process_lived_to_settle_it() {
        let lines =
            evidence(&[(10, 7, "start"), (20, 7, "done"), (20, 7, "end"), (99, 8, "start"), (99, 8, "end")]);
        let found = again(&lines, &[], &[]);
        assert_eq!((found.after_end.without_cause, found.settled), (1, 1));
        let died_early = again(&lines, &[Death { process: 7, at: 20 + SETTLED_MS - 1 }], &[]);
        assert_eq!((died_early.after_end, died_early.settled), (Count::default(), 0));
        let redis_was_killed = Cause { whose: Whose::Everybody, from: 50, until: 60 };
        assert_eq!(again(&lines, &[], &[redis_was_killed]).after_end.with_cause, 1);
    }

    #[test]
    fn a_step_that_runs_again_before_it_is_recorded_is_no_repetition() {
        let innocent = evidence(&[(1, 7, "effect"), (2, 8, "effect"), (3, 8, "recorded")]);
        assert_eq!(repeated_steps(&innocent, &[]), Count::default());
        let guilty = evidence(&[(1, 7, "effect"), (2, 7, "recorded"), (3, 8, "effect")]);
        assert_eq!(repeated_steps(&guilty, &[]).without_cause, 1);
        let taken_back = Cause { whose: Whose::Everybody, from: 1_000, until: 1_010 };
        assert_eq!(repeated_steps(&guilty, &[taken_back]).with_cause, 1);
        assert_eq!(repeated_steps(&guilty, &[stopped(8, 3, 9)]).with_cause, 1);
    }
}
