use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use windlass_queue::{LogLine, MAX_LOG_LINES, MAX_TEXT_BYTES, Progress, Report, truncated};
use windlass_shared::{Claim, Percent, Timestamp};

/// How many reports go into one call at most.
const MOST_REPORTS: usize = 256;
/// How many log lines go into one call at most: engines write them while others wait.
const MOST_LINES: usize = 1_000;

/// What the running jobs of a queue have said of themselves and nobody has stored yet.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    pending: Mutex<HashMap<Claim, Report>>,
    spoken: Notify,
}

impl Reports {
    /// Waits until there is something to store.
    pub(crate) async fn some(&self) {
        loop {
            let spoken = self.spoken.notified();
            if !self.lock().is_empty() {
                return;
            }
            spoken.await;
        }
    }

    /// Takes everything.
    pub(crate) fn take_all(&self) -> Vec<Report> {
        self.lock().drain().map(|(_, report)| report).collect()
    }

    /// Takes what these claims have said.
    pub(crate) fn take(&self, claims: impl IntoIterator<Item = Claim>) -> Vec<Report> {
        let mut pending = self.lock();
        if pending.is_empty() {
            return Vec::new();
        }
        claims.into_iter().filter_map(|claim| pending.remove(&claim)).collect()
    }

    /// Puts back what could not be stored; what was said meanwhile is newer.
    pub(crate) fn put_back(&self, reports: Vec<Report>) {
        let mut pending = self.lock();
        for mut older in reports {
            let entry = entry(&mut pending, older.claim);
            entry.progress = entry.progress.take().or(older.progress);
            older.log.append(&mut entry.log);
            entry.log = older.log;
            forget_oldest(&mut entry.log);
        }
    }

    /// How far a job is.
    pub(crate) fn progress(&self, claim: Claim, percent: Percent, message: Option<String>) {
        let message = message.map(|message| truncated(&message, MAX_TEXT_BYTES).to_owned());
        self.add(claim, |report| report.progress = Some(Progress { percent, message }));
    }

    /// A line of a job's log.
    pub(crate) fn log(&self, claim: Claim, attempt: u16, at: Timestamp, line: &str) {
        let line = LogLine { at, attempt, line: truncated(line, MAX_TEXT_BYTES).to_owned() };
        self.add(claim, |report| report.log.push(line));
    }

    fn add(&self, claim: Claim, change: impl FnOnce(&mut Report)) {
        let mut pending = self.lock();
        let report = entry(&mut pending, claim);
        change(report);
        forget_oldest(&mut report.log);
        drop(pending);
        self.spoken.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Claim, Report>> {
        // A panic while it is held leaves at most a report that is shorter than it should be.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many of `reports`, from the first on, go into one call. One alone always does.
pub(crate) fn fitting(reports: &[Report]) -> usize {
    let mut lines = 0;
    let fits = |report: &&Report| {
        lines += report.log.len();
        lines <= MOST_LINES
    };
    reports.iter().take(MOST_REPORTS).take_while(fits).count().max(1).min(reports.len())
}

fn entry(pending: &mut HashMap<Claim, Report>, claim: Claim) -> &mut Report {
    pending.entry(claim).or_insert_with(|| Report { claim, progress: None, log: Vec::new() })
}

/// A job keeps its newest lines anyway; through an outage no more of them are kept in memory either.
fn forget_oldest(log: &mut Vec<LogLine>) {
    log.drain(..log.len().saturating_sub(MAX_LOG_LINES));
}

#[cfg(test)]
mod tests {
    use windlass_shared::{ClaimNumber, Incarnation, JobId, LeaseToken};

    use super::*;

    const CLAIM: LeaseToken =
        LeaseToken { worker: Incarnation::from_bytes([1; 8]), number: ClaimNumber::new(1) };

    fn claim() -> Claim {
        Claim { job: JobId::from_bytes([2; 16]), token: CLAIM }
    }

    fn say(reports: &Reports, percent: u8, line: &str) {
        reports.progress(claim(), Percent::saturating(percent), None);
        reports.log(claim(), 1, Timestamp::from_millis(0), line);
    }

    fn lines(report: &Report) -> Vec<&str> {
        report.log.iter().map(|line| line.line.as_str()).collect()
    }

    #[test]
    fn the_newest_progress_wins_and_every_line_stays_in_order() {
        let reports = Reports::default();
        say(&reports, 10, "one");
        say(&reports, 20, "two");
        let failed = reports.take([claim()]);
        say(&reports, 30, "three");
        reports.put_back(failed);
        let [report] = reports.take_all().try_into().unwrap();
        assert_eq!(report.progress.as_ref().unwrap().percent.get(), 30);
        assert_eq!(lines(&report), ["one", "two", "three"]);
    }

    #[test]
    fn only_the_newest_lines_are_kept_while_nothing_can_be_stored() {
        let reports = Reports::default();
        for number in 0..MAX_LOG_LINES + 5 {
            say(&reports, 0, &number.to_string());
        }
        let [report] = reports.take_all().try_into().unwrap();
        assert_eq!(report.log.len(), MAX_LOG_LINES);
        assert_eq!(lines(&report)[0], "5");
    }

    #[test]
    fn a_call_takes_a_bounded_number_of_reports_and_of_lines() {
        let line = LogLine { at: Timestamp::from_millis(0), attempt: 1, line: String::new() };
        let report = |lines| Report { claim: claim(), progress: None, log: vec![line.clone(); lines] };
        let cases = [
            (vec![], 0),
            (vec![report(0); MOST_REPORTS + 1], MOST_REPORTS),
            (vec![report(400); 5], 2),
            (vec![report(MOST_LINES), report(1)], 1),
            (vec![report(MOST_LINES + 1), report(1)], 1),
        ];
        for (reports, expected) in cases {
            assert_eq!(fitting(&reports), expected);
        }
    }

    #[tokio::test]
    async fn what_was_put_back_is_waited_for_no_longer() {
        let reports = Reports::default();
        say(&reports, 10, "one");
        reports.some().await;
        let taken = reports.take_all();
        reports.put_back(taken);
        reports.some().await;
    }
}
