use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::Serialize;
use windlass_redis::{Probe, ServerFigures};

use crate::failure::Failure;

/// What the server and our processes have spent up to a moment.
#[derive(Debug)]
pub(super) struct Reading {
    server: Option<ServerFigures>,
    processes: Duration,
}

/// What was spent between two moments.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    server_cpu: Option<Duration>,
    commands: Option<u64>,
    memory: Option<i64>,
    processes: Duration,
}

/// What each job has cost in one part of its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Cost {
    /// CPU time of Redis, in microseconds.
    pub(super) redis_cpu_us: Option<f64>,
    /// Commands of Redis, those inside of scripts included and the calls of scripts not.
    pub(super) redis_commands: Option<f64>,
    /// CPU time of this process and of those that it has started and that have ended, in microseconds.
    pub(super) process_cpu_us: f64,
}

impl Reading {
    pub(super) async fn take(probe: Option<&Probe>) -> Result<Self, Failure> {
        let server = match probe {
            Some(probe) => Some(probe.figures().await?),
            None => None,
        };
        let processes = cpu_of(UsageWho::RUSAGE_SELF)? + cpu_of(UsageWho::RUSAGE_CHILDREN)?;
        Ok(Self { server, processes })
    }

    /// What was spent since an earlier moment.
    pub(super) fn since(&self, earlier: &Self) -> Spent {
        let servers = earlier.server.as_ref().zip(self.server.as_ref());
        Spent {
            server_cpu: servers.map(|(before, after)| after.cpu.saturating_sub(before.cpu)),
            commands: servers.map(|(before, after)| after.commands.saturating_sub(before.commands)),
            memory: servers
                .map(|(before, after)| after.used_memory.cast_signed() - before.used_memory.cast_signed()),
            processes: self.processes.saturating_sub(earlier.processes),
        }
    }
}

impl Spent {
    /// The cost of one job, where `jobs` of them were all that happened.
    pub(super) fn of_each(&self, jobs: u32) -> Cost {
        let micros = |time: Duration| per(time.as_secs_f64() * 1e6, jobs);
        Cost {
            redis_cpu_us: self.server_cpu.map(micros),
            redis_commands: self.commands.map(|commands| per(float(commands), jobs)),
            process_cpu_us: micros(self.processes),
        }
    }

    /// The bytes of Redis's memory that each of `jobs` takes.
    #[expect(clippy::cast_precision_loss, reason = "no memory comes near 2^52 bytes")]
    pub(super) fn bytes_of_each(&self, jobs: u32) -> Option<f64> {
        self.memory.map(|bytes| per(bytes as f64, jobs))
    }
}

impl Cost {
    /// The cost of two parts of a life.
    pub(super) fn and(self, other: Self) -> Self {
        let sum = |left: Option<f64>, right: Option<f64>| left.zip(right).map(|(left, right)| left + right);
        Self {
            redis_cpu_us: sum(self.redis_cpu_us, other.redis_cpu_us),
            redis_commands: sum(self.redis_commands, other.redis_commands),
            process_cpu_us: self.process_cpu_us + other.process_cpu_us,
        }
    }

    /// In words.
    pub(super) fn line(&self) -> String {
        let ours = format!("{:.1} µs of our CPU", self.process_cpu_us);
        match (self.redis_cpu_us, self.redis_commands) {
            (Some(cpu), Some(commands)) => format!("{ours}, {cpu:.1} µs of Redis's, {commands:.2} commands"),
            _ => ours,
        }
    }
}

fn per(amount: f64, jobs: u32) -> f64 {
    amount / f64::from(jobs.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "no count comes near 2^52")]
fn float(count: u64) -> f64 {
    count as f64
}

fn cpu_of(who: UsageWho) -> Result<Duration, Failure> {
    let usage = getrusage(who).map_err(std::io::Error::from)?;
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

fn duration(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec()).unwrap_or_default())
}
