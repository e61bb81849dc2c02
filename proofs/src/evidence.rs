//! What can be read from the evidence of the handlers afterwards.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use windlass_shared::JobId;

use crate::pen::Event;

/// One line, read back.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// When, in milliseconds since the epoch.
    pub(crate) at: i64,
    /// The process, and the number of the run in it.
    pub(crate) run: (u32, u64),
    /// What happened.
    pub(crate) event: Event,
    /// To which job.
    pub(crate) job: JobId,
    /// The group, or the step; `-` for neither.
    pub(crate) detail: String,
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

    /// Reads what is written in the file.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Ok(Self { lines: text.lines().map(str::parse).collect::<Result<_>>()? })
    }

    /// When each job was started for the first time, in milliseconds since the epoch.
    pub(crate) fn first_starts(&self) -> HashMap<JobId, i64> {
        let mut starts = HashMap::new();
        for line in self.of(Event::Start) {
            starts.entry(line.job).or_insert(line.at);
        }
        starts
    }

    /// When this happened to each job, in milliseconds since the epoch.
    pub(crate) fn of_each_job(&self, event: Event) -> HashMap<JobId, Vec<i64>> {
        let mut times: HashMap<_, Vec<_>> = HashMap::new();
        for line in self.of(event) {
            times.entry(line.job).or_default().push(line.at);
        }
        times
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

    /// For each run of a group that died with its process, how long it took until its job was started again, in
    /// milliseconds, counted from when `seen` says that the death could be seen.
    pub(crate) fn rescues(
        &self,
        deaths: &[Death],
        group: Option<&str>,
        seen: impl Fn(i64) -> i64,
    ) -> Vec<i64> {
        let ended: HashSet<_> = self.of(Event::End).map(|line| line.run).collect();
        let deaths: HashMap<_, _> = deaths.iter().map(|death| (death.process, death.at)).collect();
        let starts = self.of_each_job(Event::Start);
        let is_chosen = |line: &&Line| group.is_none_or(|group| line.detail == group);
        let cut = self.of(Event::Start).filter(|line| !ended.contains(&line.run)).filter(is_chosen);
        let rescue = |line: &Line| {
            let died = *deaths.get(&line.run.0)?;
            let again = starts.get(&line.job)?.iter().find(|again| **again >= died)?;
            Some(again - seen(died).min(*again))
        };
        cut.filter_map(rescue).collect()
    }

    /// How often something happened.
    pub(crate) fn count(&self, event: Event) -> usize {
        self.of(event).count()
    }

    /// Every line, in the order in which things happened.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
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
        let rescues = |group, seen: fn(i64) -> i64| {
            evidence(&lines).rescues(&[Death { process: 7, at: 15 }], group, seen)
        };
        assert_eq!(rescues(None, |died| died), [75]);
        assert_eq!(rescues(Some("g"), |died| died + 20), [55]);
        assert!(rescues(Some("h"), |died| died).is_empty());
        assert_eq!(evidence(&lines).of_each_job(Event::Start)[&ONE.parse().unwrap()], [10, 90]);
    }
}
