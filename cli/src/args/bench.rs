use std::num::NonZeroUsize;

use clap::{Args, Subcommand};

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// How fast a queue is filled, and a full one emptied
    Drain(BenchArgs),
    /// How soon an idle worker starts a job, from the call that enqueues it
    Latency(BenchArgs),
}

/// What every measurement takes.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// How many jobs
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) jobs: u32,
    /// How many of them run at the same time
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) concurrency: NonZeroUsize,
    /// How many bytes of arguments each job carries
    #[arg(long, value_name = "BYTES", default_value_t = 120)]
    pub(crate) payload: usize,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(super) const BENCH_EXAMPLES: &str = "\
Examples:
  windlass bench drain                                       the embedded engine, in a temporary directory
  windlass bench drain --redis-url redis://127.0.0.1/ --jobs 200000 --concurrency 500
  windlass bench latency --jobs 1000 --json";
