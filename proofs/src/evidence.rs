//! What handlers write down while they run, and what can be read from it afterwards.
//!
//! Each line is one write to a file that all processes append to, so the order of lines is the order in which things
//! happened, and what a process wrote before it was killed is there.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use windlass_shared::{Clock, JobId, SystemClock};

/// The pen of one process.
#[derive(Debug)]
pub(crate) struct Pen {
    file: File,
    runs: AtomicU64,
}

/// One run of a handler, which ends in the evidence when it is dropped.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pen: &'a Pen,
    number: u64,
    job: JobId,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A handler started.
    Start,
    /// The side effect of a step happened.
    Effect,
    /// A step is recorded.
    Recorded,
    /// The handler is done.
    Done,
    /// The handler does not run any more, whether it was done or not.
    End,
}

impl Pen {
    /// A pen that appends to the file.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self { file, runs: AtomicU64::new(0) })
    }

    /// Writes down that a handler starts; `group` is what it shares a limit by.
    pub(crate) fn start(&self, job: JobId, group: &str) -> Result<Run<'_>> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let run = Run { pen: self, number, job };
        run.write(Event::Start, group)?;
        Ok(run)
    }
}

impl Run<'_> {
    /// Writes down what happened within the run.
    pub(crate) fn write(&self, event: Event, detail: &str) -> Result<()> {
        let (now, process) = (SystemClock.now().as_millis(), std::process::id());
        let (number, event) = (self.number, event.as_str());
        let detail = if detail.is_empty() { "-" } else { detail };
        let line = format!("{now} {process} {number} {event} {} {detail}\n", self.job);
        Ok((&self.pen.file).write_all(line.as_bytes())?)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        // A file that cannot be written to shows in the run's other lines.
        let _unwritten = self.write(Event::End, "");
    }
}

impl Event {
    const ALL: [Self; 5] = [Self::Start, Self::Effect, Self::Recorded, Self::Done, Self::End];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Effect => "effect",
            Self::Recorded => "recorded",
            Self::Done => "done",
            Self::End => "end",
        }
    }
}

/// One line, read back.
#[derive(Debug, Clone)]
struct Line {
    at: i64,
    run: (u32, u64),
    event: Event,
    job: JobId,
    detail: String,
}

impl FromStr for Line {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let words: Vec<_> = text.split(' ').collect();
        let [at, process, run, event, job, detail] = words[..] else {
            bail!("no line of evidence: {text:?}")
        };
        let found = Event::ALL.into_iter().find(|known| known.as_str() == event);
        Ok(Self {
            at: at.parse()?,
            run: (process.parse()?, run.parse()?),
            event: found.context("an unknown event")?,
            job: job.parse()?,
            detail: detail.to_owned(),
        })
    }
}

/// The death of a process, as the one who killed it saw it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Death {
    /// Which process.
    pub(crate) process: u32,
    /// When, in milliseconds since the epoch.
    pub(crate) at: i64,
}

/// Everything that was written down.
#[derive(Debug)]
pub(crate) struct Evidence {
    lines: Vec<Line>,
}

impl Evidence {
    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Self::parse(&std::fs::read_to_string(path)?)
    }

    fn parse(text: &str) -> Result<Self> {
        Ok(Self { lines: text.lines().map(str::parse).collect::<Result<_>>()? })
    }

    /// How often each job was started.
    pub(crate) fn starts(&self) -> HashMap<JobId, u32> {
        self.count(Event::Start)
    }

    /// When each job was started for the first time, in milliseconds since the epoch.
    pub(crate) fn first_starts(&self) -> HashMap<JobId, i64> {
        let mut starts = HashMap::new();
        for line in self.of(Event::Start) {
            starts.entry(line.job).or_insert(line.at);
        }
        starts
    }

    /// How often the handler of each job came to its end.
    pub(crate) fn ends(&self) -> HashMap<JobId, u32> {
        self.count(Event::Done)
    }

    fn count(&self, event: Event) -> HashMap<JobId, u32> {
        let mut counts = HashMap::new();
        for line in self.of(event) {
            *counts.entry(line.job).or_default() += 1;
        }
        counts
    }

    /// How many steps had their side effect again after they had been recorded.
    pub(crate) fn repeated_steps(&self) -> usize {
        let mut recorded = HashSet::new();
        let mut repeated = 0;
        for line in &self.lines {
            let step = (line.job, line.detail.as_str());
            match line.event {
                Event::Recorded => {
                    recorded.insert(step);
                }
                Event::Effect if recorded.contains(&step) => repeated += 1,
                Event::Effect | Event::Start | Event::Done | Event::End => {}
            }
        }
        repeated
    }

    /// The most runs of each group at any one time. A run whose process died ended with it.
    pub(crate) fn most_at_once(&self, deaths: &[Death]) -> HashMap<String, usize> {
        let groups: HashMap<_, _> =
            self.of(Event::Start).map(|line| (line.run, line.detail.clone())).collect();
        let mut moments: Vec<_> = self
            .lines
            .iter()
            .filter(|line| matches!(line.event, Event::Start | Event::End))
            .map(|line| (line.at, i64::from(line.event == Event::Start), line.run))
            .collect();
        let ended: HashSet<_> = self.of(Event::End).map(|line| line.run).collect();
        for death in deaths {
            let cut = groups.keys().filter(|run| run.0 == death.process && !ended.contains(*run));
            moments.extend(cut.map(|run| (death.at, 0, *run)));
        }
        // Within a millisecond, what ends makes room for what starts.
        moments.sort_unstable();
        let (mut running, mut most) = (HashMap::<&str, usize>::new(), HashMap::new());
        for (_, starts, run) in moments {
            let group = groups.get(&run).map_or("-", String::as_str);
            let now = running.entry(group).or_default();
            *now = if starts == 1 { *now + 1 } else { now.saturating_sub(1) };
            let peak = most.entry(group.to_owned()).or_default();
            *peak = (*now).max(*peak);
        }
        most
    }

    /// For each run that died with its process, how long it took until its job was started again, in milliseconds.
    pub(crate) fn rescues(&self, deaths: &[Death]) -> Vec<i64> {
        self.rescues_where(deaths, |_| true)
    }

    /// The same for the runs of one group.
    pub(crate) fn rescues_of(&self, deaths: &[Death], group: &str) -> Vec<i64> {
        self.rescues_where(deaths, |line| line.detail == group)
    }

    fn rescues_where(&self, deaths: &[Death], chosen: impl Fn(&Line) -> bool) -> Vec<i64> {
        let ended: HashSet<_> = self.of(Event::End).map(|line| line.run).collect();
        let deaths: HashMap<_, _> = deaths.iter().map(|death| (death.process, death.at)).collect();
        let mut starts: HashMap<JobId, Vec<i64>> = HashMap::new();
        for start in self.of(Event::Start) {
            starts.entry(start.job).or_default().push(start.at);
        }
        let cut = self.of(Event::Start).filter(|line| !ended.contains(&line.run) && chosen(line));
        let rescue = |line: &Line| {
            let died = *deaths.get(&line.run.0)?;
            let again = starts.get(&line.job)?.iter().find(|again| **again >= died)?;
            Some(again - died)
        };
        cut.filter_map(rescue).collect()
    }

    fn of(&self, event: Event) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.event == event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0001";
    const TWO: &str = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0002";

    fn evidence(lines: &[String]) -> Evidence {
        Evidence::parse(&lines.join("\n")).unwrap()
    }

    #[test]
    fn a_step_that_runs_again_before_it_is_recorded_is_no_repetition() {
        let line = |event| format!("1 7 0 {event} {ONE} a");
        let innocent = ["effect", "effect", "recorded"].map(line);
        assert_eq!(evidence(&innocent).repeated_steps(), 0);
        let guilty = ["effect", "recorded", "effect"].map(line);
        assert_eq!(evidence(&guilty).repeated_steps(), 1);
    }

    #[test]
    fn runs_at_once_are_counted_and_a_dead_process_runs_nothing() {
        let both =
            [format!("10 7 0 start {ONE} g"), format!("20 8 0 start {TWO} g"), format!("30 8 0 end {TWO} -")];
        let death = Death { process: 7, at: 15 };
        assert_eq!(evidence(&both).most_at_once(&[])["g"], 2);
        assert_eq!(evidence(&both).most_at_once(&[death])["g"], 1);
    }

    #[test]
    fn a_rescue_takes_from_the_death_to_the_next_start() {
        let lines =
            [format!("10 7 0 start {ONE} g"), format!("90 8 0 start {ONE} g"), format!("95 8 0 end {ONE} -")];
        assert_eq!(evidence(&lines).rescues(&[Death { process: 7, at: 15 }]), [75]);
        assert_eq!(evidence(&lines).starts()[&ONE.parse().unwrap()], 2);
    }
}
