use clap::Args;

/// What `windlass dev` takes.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    #[command(flatten)]
    pub(crate) api: ApiArgs,
    #[command(flatten)]
    pub(crate) worker: WorkerArgs,
}

pub(super) const DEV_EXAMPLES: &str = "\
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

pub(super) const API_EXAMPLES: &str = "\
Examples:
  WINDLASS_API_KEY_FILE=/run/secrets/windlass windlass api --redis-url redis://redis/
  windlass api --listen 0.0.0.0:7070";

pub(super) const RELAY_EXAMPLES: &str = "\
Examples:
  windlass relay --redis-url redis://redis/ --database-url postgres://windlass@db/app

Any number of relays may run: each step is taken by one of them. `windlass dev` has one inside, and so has every
`windlass worker` that is told a database or keeps the jobs in a file. Stopped or killed, it loses nothing.";

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

pub(super) const WORKER_EXAMPLES: &str = "\
Examples:
  windlass worker --redis-url redis://redis/
  windlass worker --queues email,maintenance --concurrency 50

The first SIGTERM or Ctrl-C drains: running jobs may finish, no new ones start. A second one gives running
jobs back at once; they start again on another worker, and no attempt is used up.";
