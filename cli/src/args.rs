//! The command line: what can be asked, in clap's words.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use windlass_shared::{JobId, JobState, KindName, QueueName, Tag, Timestamp};

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
    /// Directory of the embedded engine, the mailbox and the development key [default: ./.windlass]
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
    #[command(after_help = DEV_EXAMPLES)]
    Dev(DevArgs),
    /// Run the HTTP API
    #[command(after_help = API_EXAMPLES)]
    Api(ApiArgs),
    /// Run a worker
    #[command(after_help = WORKER_EXAMPLES)]
    Worker(WorkerArgs),
    /// Put one job on its queue
    #[command(after_help = ENQUEUE_EXAMPLES)]
    Enqueue(EnqueueArgs),
    /// Look at jobs
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Measure how fast this machine, this engine and this build are
    #[command(subcommand, after_help = BENCH_EXAMPLES)]
    Bench(BenchCommand),
    /// Check every setting, and show what holds and where it comes from
    #[command(after_help = "Example:\n  windlass check-config --config deploy/windlass.toml")]
    CheckConfig,
}

/// What `windlass dev` takes.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    #[command(flatten)]
    pub(crate) api: ApiArgs,
    #[command(flatten)]
    pub(crate) worker: WorkerArgs,
}

const DEV_EXAMPLES: &str = "\
Examples:
  windlass dev
  windlass dev --listen 127.0.0.1:0             any free port; the banner shows which
  windlass dev --redis-url redis://127.0.0.1/   the same on Redis";

/// What `windlass api` takes.
#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:7070]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// Key that callers must show, 16 characters or more; `WINDLASS_API_KEY` keeps it out of the process list
    #[arg(long, value_name = "KEY")]
    pub(crate) api_key: Option<String>,
}

const API_EXAMPLES: &str = "\
Examples:
  WINDLASS_API_KEY_FILE=/run/secrets/windlass windlass api --redis-url redis://redis/
  windlass api --listen 0.0.0.0:7070";

/// What `windlass worker` takes.
#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Serve only these queues, separated by commas [default: the queues of all kinds]
    #[arg(long, value_name = "QUEUES", value_delimiter = ',')]
    pub(crate) queues: Vec<String>,
    /// How many jobs of each queue run at the same time [default: 20]
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<u32>,
}

const WORKER_EXAMPLES: &str = "\
Examples:
  windlass worker --redis-url redis://redis/
  windlass worker --queues email,maintenance --concurrency 50

The first SIGTERM or Ctrl-C drains: running jobs may finish, no new ones start. A second one gives running
jobs back at once; they start again on another worker, and no attempt is used up.";

/// What `windlass enqueue` takes.
#[derive(Debug, Args)]
pub(crate) struct EnqueueArgs {
    /// Kind of the job, like `email.send_template`
    pub(crate) kind: String,
    /// Arguments as JSON; `@FILE` reads a file and `-` the standard input
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) args: String,
    /// Follow the job until it ends; exit with 1 when it is cancelled or discarded
    #[arg(long)]
    pub(crate) wait: bool,
    /// Place among the jobs of the tenant: 0 is first, 9 is last [default: 5]
    #[arg(long, value_name = "0-9")]
    pub(crate) priority: Option<u8>,
    /// Start no earlier than this many milliseconds from now
    #[arg(long, value_name = "MS", conflicts_with = "run_at")]
    pub(crate) delay_ms: Option<u64>,
    /// Start no earlier than this instant, like 2026-01-31T09:30:00Z
    #[arg(long, value_name = "INSTANT")]
    pub(crate) run_at: Option<Timestamp>,
    /// Word to find the job by; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<Tag>,
    /// How often the job may be tried, 1 to 1000 [default: the kind's]
    #[arg(long, value_name = "N")]
    pub(crate) max_attempts: Option<u16>,
    /// How long one attempt may take [default: the kind's]
    #[arg(long, value_name = "MS")]
    pub(crate) timeout_ms: Option<u64>,
    /// Enqueueing again with the same key within a day means the same job
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

const ENQUEUE_EXAMPLES: &str = r#"Examples:
  windlass enqueue email.send_template --wait --args '{"to":["ada@example.com"],"template":"welcome",
    "variables":{"user_name":"Ada","verification_url":"https://example.com/verify"}}'
  windlass enqueue email.send --args @message.json --delay-ms 60000 --tag newsletter
  windlass enqueue diagnostic.sleep --diagnostics --args '{"ms":2000}' --wait"#;

/// The ways to look at jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List jobs
    #[command(after_help = LS_EXAMPLES)]
    Ls(ListArgs),
    /// Show all that is known of one job
    #[command(after_help = "Example:\n  windlass jobs show 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007")]
    Show(ShowArgs),
}

/// What `windlass jobs ls` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only jobs in this state
    #[arg(long)]
    pub(crate) state: Option<JobState>,
    /// Only jobs of this kind
    #[arg(long)]
    pub(crate) kind: Option<KindName>,
    /// Only jobs of this queue
    #[arg(long)]
    pub(crate) queue: Option<QueueName>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) limit: u16,
    /// Go on where the page before ended
    #[arg(long)]
    pub(crate) cursor: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const LS_EXAMPLES: &str = "\
Examples:
  windlass jobs ls --state retryable
  windlass jobs ls --kind email.send --limit 100 --json";

/// What `windlass jobs show` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Id of the job
    pub(crate) id: JobId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

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

const BENCH_EXAMPLES: &str = "\
Examples:
  windlass bench drain                                       the embedded engine, in a temporary directory
  windlass bench drain --redis-url redis://127.0.0.1/ --jobs 200000 --concurrency 500
  windlass bench latency --jobs 1000 --json";

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
    fn words_that_are_no_names_are_refused_before_anything_runs() {
        for line in [
            "windlass jobs ls --state done",
            "windlass jobs ls --queue {x}",
            "windlass jobs ls --limit 0",
            "windlass jobs show 7",
            "windlass enqueue a.b --run-at tomorrow",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
