use std::time::Duration;

use tokio::time::Instant;

use crate::commands::bench::crew::Heard;
use crate::commands::bench::report::rate;

/// What a worker told, and when.
pub(super) type Event = (Heard, Instant);

/// All that happened to the jobs.
#[derive(Debug)]
pub(super) struct Story {
    jobs: Vec<JobStory>,
    kills: Vec<(usize, Instant)>,
    first_start: Option<Instant>,
    finished: u32,
    repeated: u32,
}

#[derive(Debug, Clone, Default)]
struct JobStory {
    /// On which worker, and when.
    starts: Vec<(usize, Instant)>,
    ends: Vec<(usize, Instant)>,
}

impl Story {
    pub(super) fn of(jobs: u32) -> Self {
        let jobs = vec![JobStory::default(); jobs as usize];
        Self { jobs, kills: Vec::new(), first_start: None, finished: 0, repeated: 0 }
    }

    pub(super) fn add(&mut self, (heard, at): Event) {
        let Some(job) = self.jobs.get_mut(heard.number as usize) else { return };
        match heard.what {
            's' => {
                self.first_start.get_or_insert(at);
                job.starts.push((heard.worker, at));
            }
            'e' => {
                let which = if job.ends.is_empty() { &mut self.finished } else { &mut self.repeated };
                *which += 1;
                job.ends.push((heard.worker, at));
            }
            _ => {}
        }
    }

    pub(super) fn killed(&mut self, worker: usize, at: Instant) {
        self.kills.push((worker, at));
    }

    pub(super) fn jobs(&self) -> u32 {
        u32::try_from(self.jobs.len()).unwrap_or(u32::MAX)
    }

    /// Jobs that ran to their end at least once.
    pub(super) const fn finished(&self) -> u32 {
        self.finished
    }

    /// Ends beyond the first one of a job.
    pub(super) const fn repeated(&self) -> u32 {
        self.repeated
    }

    /// Jobs that ran on a worker when it was killed.
    pub(super) fn interrupted(&self) -> u32 {
        let of_kill =
            |(worker, _): &(usize, Instant)| self.jobs.iter().filter(|job| job.was_cut(*worker)).count();
        u32::try_from(self.kills.iter().map(of_kill).sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// From a kill to the first new start of a job that it interrupted: the longest of all kills.
    pub(super) fn restart(&self) -> Option<Duration> {
        self.kills.iter().filter_map(|kill| self.restarts(*kill).min()).max()
    }

    /// From a kill to the new start of the last job that it interrupted: the longest of all kills.
    pub(super) fn recovery(&self) -> Option<Duration> {
        self.kills.iter().filter_map(|kill| self.restarts(*kill).max()).max()
    }

    fn restarts(&self, (worker, killed): (usize, Instant)) -> impl Iterator<Item = Duration> {
        let cut = self.jobs.iter().filter(move |job| job.was_cut(worker));
        cut.filter_map(move |job| {
            let mut later = job.starts.iter().filter(|(by, at)| *by != worker && *at > killed);
            later.next().map(|(_, at)| at.duration_since(killed))
        })
    }

    /// How fast jobs ended until the first kill.
    pub(super) fn rate_before(&self) -> f64 {
        let Some((start, (_, kill))) = self.first_start.zip(self.kills.first()) else { return 0.0 };
        let ended = self.first_ends(false).filter(|at| at <= kill).count();
        rate(u32::try_from(ended).unwrap_or(u32::MAX), kill.duration_since(start))
    }

    /// How fast jobs ended after the last kill, but for those that a kill had interrupted.
    pub(super) fn rate_after(&self) -> f64 {
        let Some((_, kill)) = self.kills.last() else { return 0.0 };
        let ended: Vec<_> = self.first_ends(true).filter(|at| at > kill).collect();
        let Some(last) = ended.iter().max() else { return 0.0 };
        rate(u32::try_from(ended.len()).unwrap_or(u32::MAX), last.duration_since(*kill))
    }

    fn first_ends(&self, uncut_only: bool) -> impl Iterator<Item = Instant> {
        let jobs = self
            .jobs
            .iter()
            .filter(move |job| !uncut_only || !self.kills.iter().any(|(worker, _)| job.was_cut(*worker)));
        jobs.filter_map(|job| job.ends.first().map(|(_, at)| *at))
    }
}

impl JobStory {
    /// Whether a worker that was killed had started it and not ended it.
    fn was_cut(&self, worker: usize) -> bool {
        let of = |events: &[(usize, Instant)]| events.iter().filter(|(by, _)| *by == worker).count();
        of(&self.starts) > of(&self.ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_job_that_a_kill_cut_off_is_found_where_it_starts_again() {
        let start = Instant::now();
        let mut story = Story::of(3);
        let heard =
            |worker, what, number, seconds: u32| (Heard { worker, what, number }, start + seconds * SECOND);
        for event in [heard(0, 's', 0, 0), heard(0, 'e', 0, 1), heard(0, 's', 1, 1), heard(1, 's', 2, 1)] {
            story.add(event);
        }
        story.killed(0, start + 2 * SECOND);
        for event in [heard(1, 'e', 2, 3), heard(1, 's', 1, 12), heard(1, 'e', 1, 13), heard(1, 'e', 0, 14)] {
            story.add(event);
        }
        assert_eq!((story.finished(), story.repeated(), story.interrupted()), (3, 1, 1));
        assert_eq!((story.restart(), story.recovery()), (Some(10 * SECOND), Some(10 * SECOND)));
        assert!((story.rate_before() - 0.5).abs() < 0.01 && (story.rate_after() - 1.0).abs() < 0.01);
    }
}
