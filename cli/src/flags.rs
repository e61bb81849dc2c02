//! The command line's part of the settings.

use crate::args::{ApiArgs, Cli, Command, CommonArgs, WorkerArgs};
use crate::config::{self, Layer};

/// The settings that stand on the command line.
pub(crate) fn layer(cli: &Cli) -> Layer {
    let mut layer = Layer::default();
    common(&cli.common, &mut layer);
    match &cli.command {
        Command::Dev(dev) => {
            api(&dev.api, &mut layer);
            worker(&dev.worker, &mut layer);
        }
        Command::Api(args) => api(args, &mut layer),
        Command::Worker(args) => worker(args, &mut layer),
        Command::Relay
        | Command::Enqueue(_)
        | Command::Jobs(_)
        | Command::Why(_)
        | Command::Queues(_)
        | Command::Batches(_)
        | Command::Outbox(_)
        | Command::History(_)
        | Command::Migrate(_)
        | Command::Keys(_)
        | Command::Organizations(_)
        | Command::Audit(_)
        | Command::Bench(_)
        | Command::CheckConfig => {}
    }
    layer
}

fn common(args: &CommonArgs, layer: &mut Layer) {
    if let Some(url) = &args.redis_url {
        layer.give(&config::REDIS_URL, url.as_str(), "--redis-url");
    }
    if let Some(url) = &args.database_url {
        layer.give(&config::DATABASE_URL, url.as_str(), "--database-url");
    }
    if let Some(directory) = &args.data_dir {
        layer.give(&config::DATA_DIR, directory.to_string_lossy().as_ref(), "--data-dir");
    }
    if args.diagnostics {
        layer.give(&config::DIAGNOSTICS, true, "--diagnostics");
    }
}

fn api(args: &ApiArgs, layer: &mut Layer) {
    if let Some(listen) = &args.listen {
        layer.give(&config::API_LISTEN, listen.as_str(), "--listen");
    }
    if let Some(key) = &args.api_key {
        layer.give(&config::API_KEY, key.as_str(), "--api-key");
    }
}

fn worker(args: &WorkerArgs, layer: &mut Layer) {
    if !args.queues.is_empty() {
        layer.give(&config::WORKER_QUEUES, args.queues.clone(), "--queues");
    }
    if let Some(concurrency) = args.concurrency {
        layer.give(&config::WORKER_CONCURRENCY, u64::from(concurrency), "--concurrency");
    }
}
