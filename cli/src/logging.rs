//! Where the log goes, and how a line of it looks.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::Command;
use crate::config::{Environment, LogFormat, LogSettings};

/// Starts the log, on stderr.
pub(crate) fn start(settings: &LogSettings, command: &Command, environment: &Environment) {
    let directives = settings.filter.as_deref().unwrap_or_else(|| default_filter(command));
    let builder =
        tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(EnvFilter::new(directives));
    let started = match settings.format {
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
        LogFormat::Text => {
            let colours = io::stderr().is_terminal() && !environment.no_color();
            builder.with_ansi(colours).finish().try_init()
        }
    };
    // Somebody else's log is as good as ours.
    drop(started);
}

/// Roles tell what they do; tools only speak up when something is wrong.
const fn default_filter(command: &Command) -> &'static str {
    match command {
        Command::Dev(_) | Command::Api(_) | Command::Worker(_) | Command::Relay => {
            "info,sea_orm=warn,sea_orm_migration=warn,sqlx=warn"
        }
        Command::Enqueue(_)
        | Command::Jobs(_)
        | Command::Why(_)
        | Command::Queues(_)
        | Command::Batches(_)
        | Command::Keys(_)
        | Command::Organizations(_)
        | Command::Audit(_)
        | Command::Outbox(_)
        | Command::History(_)
        | Command::Migrate(_)
        | Command::Bench(_)
        | Command::CheckConfig => "warn",
    }
}
