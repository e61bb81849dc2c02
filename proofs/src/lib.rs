//! Proofs that Windlass keeps its promises while everything around it breaks.
//!
//! Each proof sets up real processes on a real Redis (append-only file, fsync every second), breaks something again and
//! again, and counts afterwards what went wrong. `cargo xtask prove` runs all of them in full; the tests of this crate
//! run each in a small size. The figures of the last full run stand in `docs/reliability.md`.

mod cores;
mod deletion;
mod evidence;
mod fleet;
mod kills;
mod ledger;
mod network;
mod pen;
mod report;
mod restarts;
mod runs;
mod stops;
mod tenants;
pub mod worker;

use std::path::PathBuf;

use anyhow::Result;

pub use report::Report;

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Enough to find a mistake; half a minute or so each.
    Small,
    /// What is published.
    Full,
}

impl Size {
    /// The one or the other number.
    pub(crate) const fn of(self, small: usize, full: usize) -> usize {
        match self {
            Self::Small => small,
            Self::Full => full,
        }
    }
}

/// Where a proof takes place.
#[derive(Debug, Clone)]
pub struct Stage {
    /// How much is done.
    pub size: Size,
    /// This crate's own program, which plays the workers.
    pub program: PathBuf,
}

/// One of the proofs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Proof {
    /// Workers are killed at random.
    Kills,
    /// Workers are stopped for longer than a lease, and go on.
    Stops,
    /// Connections are cut, delayed and half-closed.
    Network,
    /// Redis is killed under load and started again.
    Restarts,
    /// One tenant of ten thousand has a million jobs.
    Tenants,
    /// A million jobs are deleted by a filter.
    Deletion,
}

impl Proof {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Kills, Self::Stops, Self::Network, Self::Restarts, Self::Tenants, Self::Deletion];

    /// Tries it.
    pub async fn run(self, stage: &Stage) -> Result<Report> {
        match self {
            Self::Kills => kills::run(stage).await,
            Self::Stops => stops::run(stage).await,
            Self::Network => network::run(stage).await,
            Self::Restarts => restarts::run(stage).await,
            Self::Tenants => tenants::run(stage).await,
            Self::Deletion => deletion::run(stage).await,
        }
    }
}
