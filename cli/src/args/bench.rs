use std::num::NonZeroUsize;

use clap::{Args, Subcommand, ValueEnum};

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// How fast one process fills a queue
    #[command(
        after_help = "Example:\n  windlass bench enqueue --redis-url redis://127.0.0.1/ --jobs 1000000 --batch 1000"
    )]
    Enqueue(EnqueueBench),
    /// How fast a full queue is emptied
    #[command(
        after_help = "Example:\n  windlass bench drain --redis-url redis://127.0.0.1/ --jobs 1000000 --workers 2 --runs 5"
    )]
    Drain(DrainBench),
    /// How soon a job starts, from the call that enqueues it
    #[command(after_help = "Example:\n  windlass bench latency --load 0.5 --json")]
    Latency(LatencyBench),
    /// How fast the HTTP API takes jobs, one a request and many
    #[command(after_help = "Example:\n  windlass bench http --jobs 100000 --connections 64 --batch 100")]
    Http(HttpBench),
    /// What becomes of the jobs of workers that are killed
    #[command(
        after_help = "Example:\n  windlass bench crash --redis-url redis://127.0.0.1/ --workers 3 --kills 2"
    )]
    Crash(CrashBench),
    /// One of the workers of a measurement
    #[command(hide = true)]
    Worker(BenchWorker),
}

/// What every measurement takes.
#[derive(Debug, Args)]
pub(crate) struct MeasureArgs {
    /// Which engine: redis needs a URL, sqlite is the embedded one [default: redis where a URL is set, else sqlite]
    #[arg(long, value_name = "ENGINE")]
    pub(crate) engine: Option<EngineName>,
    /// How many jobs are measured [default: fits the measurement]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) jobs: Option<u32>,
    /// How many bytes of arguments each job carries
    #[arg(long, value_name = "BYTES", default_value_t = 120, value_parser = clap::value_parser!(u32).range(..=60_000))]
    pub(crate) payload: u32,
    /// How many other jobs wait in the queue already
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    pub(crate) backlog: u32,
    /// How often to measure; the run in the middle is told
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) runs: u32,
    /// Print JSON, as one object on the last line
    #[arg(long)]
    pub(crate) json: bool,
}

/// An engine, in the word that it calls itself by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    Redis,
    Sqlite,
}

/// How jobs get into the queue.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct FillArgs {
    /// How many jobs a call enqueues
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) batch: u32,
    /// How many tenants the jobs belong to
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) tenants: u32,
}

/// What `windlass bench enqueue` takes.
#[derive(Debug, Args)]
pub(crate) struct EnqueueBench {
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    #[command(flatten)]
    pub(crate) fill: FillArgs,
    /// How many calls are under way at the same time
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) concurrency: NonZeroUsize,
}

/// What `windlass bench drain` takes.
#[derive(Debug, Args)]
pub(crate) struct DrainBench {
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    #[command(flatten)]
    pub(crate) fill: FillArgs,
    /// How many workers: one runs in this process, more in processes of their own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) workers: u32,
    /// How many jobs each worker runs at the same time
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) concurrency: NonZeroUsize,
}

/// What `windlass bench latency` takes.
#[derive(Debug, Args)]
pub(crate) struct LatencyBench {
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    /// How many jobs run at the same time
    #[arg(long, value_name = "N", default_value = "100")]
    pub(crate) concurrency: NonZeroUsize,
    /// Not idle, but under this part of the rate at which the queue is drained, like 0.5
    #[arg(long, value_name = "PART", value_parser = part)]
    pub(crate) load: Option<f64>,
}

/// What `windlass bench http` takes.
#[derive(Debug, Args)]
pub(crate) struct HttpBench {
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    /// How many connections, each kept alive
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) connections: u32,
    /// How many jobs a request carries where it carries many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) batch: u32,
}

/// What `windlass bench crash` takes.
#[derive(Debug, Args)]
pub(crate) struct CrashBench {
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
    /// How many worker processes
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=64))]
    pub(crate) workers: u32,
    /// How many of them are killed, one after another; at least one is left
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=63))]
    pub(crate) kills: u32,
    /// How many jobs each worker runs at the same time
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) concurrency: NonZeroUsize,
    /// How long each job takes
    #[arg(long, value_name = "MS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=60_000))]
    pub(crate) job_ms: u32,
}

/// What a worker of a measurement takes.
#[derive(Debug, Args)]
pub(crate) struct BenchWorker {
    /// How many jobs it runs at the same time
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: NonZeroUsize,
    /// How long each job takes; each one is told when it starts and ends
    #[arg(long, value_name = "MS")]
    pub(crate) job_ms: Option<u32>,
}

fn part(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(part) if part > 0.0 && part <= 1.0 => Ok(part),
        Ok(_) | Err(_) => Err("it is a part, more than 0 and at most 1".to_owned()),
    }
}

pub(super) const BENCH_EXAMPLES: &str = "\
Examples:
  windlass bench drain                                       the embedded engine, in a temporary directory
  windlass bench drain --redis-url redis://127.0.0.1/ --jobs 1000000 --workers 2 --runs 5
  windlass bench latency --load 0.5 --json
  windlass bench crash --redis-url redis://127.0.0.1/        one of two workers is killed

On Redis the jobs live in the queue `bench`, which is emptied before and after. The figures of the server are those of all
its users: measure on one that has nothing else to do.";
