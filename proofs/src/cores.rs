//! Cores of the machine for Redis on the one hand and for everything else of a proof on the other.

use std::fs;
use std::process::{Command, Stdio};

/// A core that Redis has for itself, and those that are left: on a machine of few cores Redis would otherwise wait for a
/// processor in the middle of a command, and the time would look like the command's own.
#[derive(Debug)]
pub(crate) struct Cores {
    all: String,
    redis: u32,
    rest: String,
}

impl Cores {
    /// Moves this process, and so whatever it starts from now on, away from the first core that it may use. `None` where
    /// there is one core only, or no `taskset` (of util-linux).
    pub(crate) fn divide() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let all = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?.trim();
        let (redis, rest) = first_and_rest(all)?;
        confine(&rest).then(|| Self { all: all.to_owned(), redis, rest })
    }

    /// The options that make redis-server stay on its core, and its helpers off it.
    pub(crate) fn options(&self) -> Vec<String> {
        let Self { redis, rest, .. } = self;
        let helpers = ["--bio_cpulist", "--aof_rewrite_cpulist", "--bgsave_cpulist"];
        let helpers = helpers.into_iter().flat_map(|option| [option.to_owned(), rest.clone()]);
        ["--server_cpulist".to_owned(), redis.to_string()].into_iter().chain(helpers).collect()
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        // If it fails, what follows runs on fewer cores.
        let _confined = confine(&self.all);
    }
}

/// Lets every thread of this process run on these cores only; answers whether it could.
fn confine(cores: &str) -> bool {
    let process = std::process::id().to_string();
    let mut command = Command::new("taskset");
    command.args(["--all-tasks", "--pid", "--cpu-list", cores, &process]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The first core of a list like `0-3,8`, and the list without it.
fn first_and_rest(list: &str) -> Option<(u32, String)> {
    let (range, others) = list.split_once(',').map_or((list, None), |(range, others)| (range, Some(others)));
    let (first, end) = range.split_once('-').unwrap_or((range, range));
    let (first, end): (u32, u32) = (first.parse().ok()?, end.parse().ok()?);
    let left = (first < end).then(|| format!("{}-{end}", first + 1));
    let rest: Vec<_> = left.as_deref().into_iter().chain(others).collect();
    (!rest.is_empty()).then(|| (first, rest.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_core_is_set_apart_where_another_is_left() {
        let divided = |list| first_and_rest(list);
        assert_eq!(divided("0-3"), Some((0, "1-3".to_owned())));
        assert_eq!(divided("0-1"), Some((0, "1-1".to_owned())));
        assert_eq!(divided("2,5-7"), Some((2, "5-7".to_owned())));
        assert_eq!(divided("4-5,9"), Some((4, "5-5,9".to_owned())));
        assert_eq!([divided("3"), divided("")], [None, None]);
    }
}
