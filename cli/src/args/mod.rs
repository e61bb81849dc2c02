//! The command line: what can be asked, in clap's words.

pub(crate) mod audit;
pub(crate) mod batches;
mod bench;
mod enqueue;
mod history;
mod jobs;
pub(crate) mod keys;
mod length;
mod migrate;
pub(crate) mod organizations;
pub(crate) mod outbox;
pub(crate) mod queues;
mod roles;
mod words;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use windlass_shared::JobId;

pub(crate) use batches::BatchesCommand;
pub(crate) use bench::{
    BenchCommand, BenchWorker, CrashBench, DrainBench, EngineName, EnqueueBench, FillArgs, HttpBench,
    LatencyBench, MeasureArgs,
};
pub(crate) use enqueue::EnqueueArgs;
pub(crate) use history::HistoryArgs;
pub(crate) use jobs::{FilterArgs, JobsCommand, ListArgs, ShowArgs, SteerArgs};
pub(crate) use keys::KeysCommand;
pub(crate) use length::Length;
pub(crate) use migrate::MigrateCommand;
pub(crate) use organizations::OrganizationsCommand;
pub(crate) use outbox::OutboxCommand;
pub(crate) use queues::QueuesCommand;
pub(crate) use roles::{ApiArgs, DevArgs, WorkerArgs};
pub(crate) use words::Bound;

/// Background jobs: an API that takes them, workers that do them, and the tools to look at both.
#[derive(Debug, Parser)]
#[command(name = "windlass", version, max_term_width = 110, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  windlass dev                                  API and worker in one process, nothing to install
  windlass enqueue diagnostic.noop --diagnostics --wait
  windlass jobs ls --state discarded
  windlass api --redis-url redis://127.0.0.1/   the API alone; workers run elsewhere

Settings come from the defaults, windlass.toml, the environment and these options; the later ones win.
`windlass check-config` shows what holds and where it comes from.";

/// What every role takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct CommonArgs {
    /// Keep the jobs in Redis at this URL instead of a file under the data directory
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) redis_url: Option<String>,
    /// Keep organizations, API keys and what became of jobs in this database instead of a file under the data directory
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Directory of the embedded engine, the store, the mailbox and the development key [default: ./.windlass]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Offer the kinds `diagnostic.noop` and `diagnostic.sleep`, which prove and measure an installation
    #[arg(long, global = true)]
    pub(crate) diagnostics: bool,
    /// Read settings from this file [default: ./windlass.toml if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// The roles and the tools.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the API and a worker in one process, for development
    #[command(after_help = roles::DEV_EXAMPLES)]
    Dev(DevArgs),
    /// Run the HTTP API
    #[command(after_help = roles::API_EXAMPLES)]
    Api(ApiArgs),
    /// Run a worker
    #[command(after_help = roles::WORKER_EXAMPLES)]
    Worker(WorkerArgs),
    /// Record what becomes of jobs, and enqueue what applications wrote into the outbox
    #[command(after_help = roles::RELAY_EXAMPLES)]
    Relay,
    /// Put one job on its queue
    #[command(after_help = enqueue::ENQUEUE_EXAMPLES)]
    Enqueue(EnqueueArgs),
    /// Look at jobs, and steer them
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Tell why a job does not run, and what to do
    #[command(after_help = "Example:\n  windlass why 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007")]
    Why(WhyArgs),
    /// Look at queues, and steer them
    #[command(subcommand)]
    Queues(QueuesCommand),
    /// Look at batches of jobs
    #[command(subcommand)]
    Batches(BatchesCommand),
    /// Make, list and revoke the API keys of the store
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Make, list, suspend and resume organizations
    #[command(subcommand)]
    Organizations(OrganizationsCommand),
    /// Show who did what to what
    #[command(after_help = audit::EXAMPLES)]
    Audit(audit::AuditArgs),
    /// Look at jobs that applications wrote into the outbox, and decide about those that were refused
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Show how far what has happened is recorded, and what is missing
    #[command(after_help = history::EXAMPLES)]
    History(HistoryArgs),
    /// Bring the tables of the store up to date, and show whether they are
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Measure how fast this machine, this engine and this build are
    #[command(subcommand, after_help = bench::BENCH_EXAMPLES)]
    Bench(BenchCommand),
    /// Check every setting, and show what holds and where it comes from
    #[command(after_help = "Example:\n  windlass check-config --config deploy/windlass.toml")]
    CheckConfig,
}

/// What `windlass why` takes.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// Id of the job
    pub(crate) id: JobId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn common_options_stand_before_or_behind_the_role() {
        for line in ["windlass --data-dir d worker", "windlass worker --data-dir d"] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(cli.common.data_dir, Some(PathBuf::from("d")), "{line}");
        }
    }

    #[test]
    fn a_job_cannot_be_both_delayed_and_timed() {
        let line = "windlass enqueue a.b --delay-ms 1 --run-at 2026-01-31T09:30:00Z";
        assert!(Cli::try_parse_from(line.split(' ')).is_err());
    }

    #[test]
    fn which_jobs_are_steered_is_always_said_and_in_one_way() {
        let id = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007";
        for (line, taken) in [
            (format!("windlass jobs cancel {id} {id}"), true),
            ("windlass jobs cancel --state available --dry-run".to_owned(), true),
            ("windlass jobs delete --all".to_owned(), true),
            (format!("windlass jobs retry {id} --args {{}}"), true),
            (format!("windlass jobs reprioritize {id} --priority 0"), true),
            ("windlass jobs cancel".to_owned(), false),
            ("windlass jobs cancel --dry-run".to_owned(), false),
            ("windlass jobs cancel --json".to_owned(), false),
            (format!("windlass jobs cancel {id} --state available"), false),
            (format!("windlass jobs cancel {id} --all"), false),
            ("windlass jobs retry --state discarded --args {}".to_owned(), false),
            (format!("windlass jobs reprioritize {id}"), false),
            (format!("windlass jobs reprioritize {id} --priority 10"), false),
        ] {
            assert_eq!(Cli::try_parse_from(line.split(' ')).is_ok(), taken, "{line}");
        }
    }

    #[test]
    fn words_that_are_no_names_are_refused_before_anything_runs() {
        for line in [
            "windlass jobs ls --state done",
            "windlass jobs ls --queue {x}",
            "windlass jobs ls --limit 0",
            "windlass jobs show 7",
            "windlass jobs ls --tenant {x}",
            "windlass enqueue a.b --run-at tomorrow",
            "windlass enqueue a.b --expires-in 5",
            "windlass enqueue a.b --limit-key a:b:c",
            "windlass enqueue a.b --on-conflict replace",
            "windlass enqueue a.b --unique-until later",
            "windlass queues pause email everything",
            "windlass queues limit email key:a --burst 5 --remove",
            "windlass queues limit email key:a --concurrency all",
            "windlass queues limit email key:a --rate 5",
            "windlass queues limit email key:a",
            "windlass queues tenant email acme",
            "windlass queues tenant email acme --weight 2 --remove",
            "windlass queues policy email",
            "windlass batches show 7",
            "windlass why 7",
            "windlass keys create --name x",
            "windlass keys create --role teacher",
            "windlass keys create --role teacher --name=",
            "windlass keys revoke K7M2P9XA",
            "windlass organizations create {x}",
            "windlass audit --limit 0",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
