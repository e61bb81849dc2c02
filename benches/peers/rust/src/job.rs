//! What a job carries, and what it does.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// The same arguments as everywhere: a load, and for single jobs the time of their enqueue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    at: i64,
    load: String,
}

impl Job {
    /// A job that only is work.
    pub fn of_size(bytes: usize) -> Self {
        let frame = r#"{"at":0,"load":""}"#.len();
        Self { at: 0, load: "x".repeat(bytes - frame) }
    }

    /// The same one, enqueued now, whose start is written down.
    pub fn stamped(&self) -> Self {
        Self { at: now_us(), ..self.clone() }
    }

    /// Runs it.
    pub fn run(&self) -> Outcome<()> {
        if self.at != 0 {
            let mut starts = OpenOptions::new().append(true).open(std::env::var("PEERS_STARTS")?)?;
            writeln!(starts, "{}", now_us() - self.at)?;
        }
        Ok(())
    }
}

/// Where Redis is.
pub fn redis_url() -> Outcome<String> {
    Ok(std::env::var("PEERS_REDIS_URL")?)
}

/// Lets an idle worker become idle again; the spread keeps it from falling into step with anybody's polling.
pub async fn pause() {
    let spread = u64::try_from(now_us() % 10_007).unwrap_or_default();
    tokio::time::sleep(Duration::from_micros(20_000 + spread)).await;
}

/// The clock that all processes of a machine share and nobody sets.
fn now_us() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}
