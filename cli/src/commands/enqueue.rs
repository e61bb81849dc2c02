//! `windlass enqueue`: puts one job on its queue, and may follow it to its end.

use std::io::{self, Read, Write};
use std::time::Duration;

use serde_json::Value;
use windlass_queue::{Client, EnqueueOptions, EnqueueRequest, When};
use windlass_shared::{MaxAttempts, Priority, TenantId};

use super::follow::follow;
use crate::args::EnqueueArgs;
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;

/// Runs the command.
pub(crate) async fn run(args: EnqueueArgs, settings: &Settings) -> Result<(), Failure> {
    let (wait, request) = (args.wait, request(args)?);
    let client = compose::client(settings)?;
    let enqueued = client.enqueue_one(request).await.map_err(|error| refused(error, &client))?;
    let note = if enqueued.duplicate { "was there already, " } else { "" };
    writeln!(io::stderr(), "job {}: {note}{}", enqueued.id, enqueued.state)?;
    if !wait {
        writeln!(io::stdout(), "{}", enqueued.id)?;
        return Ok(());
    }
    match follow(client.engine().as_ref(), &enqueued).await? {
        Some(result) => writeln!(io::stdout(), "{result:#}").map_err(Failure::from),
        None => Ok(()),
    }
}

fn request(args: EnqueueArgs) -> Result<EnqueueRequest, Failure> {
    let json = text(&args.args)?;
    let value = serde_json::from_str::<Value>(&json)
        .map_err(|error| Failure::Args(format!("is not valid JSON: {error}")))?;
    let options = EnqueueOptions {
        tenant: TenantId::default(),
        priority: args.priority.map(Priority::new).transpose()?.unwrap_or_default(),
        when: when(&args),
        max_attempts: args.max_attempts.map(MaxAttempts::new).transpose()?,
        timeout: args.timeout_ms.map(Duration::from_millis),
        tags: args.tags,
        idempotency_key: args.idempotency_key,
    };
    Ok(EnqueueRequest { kind: args.kind, args: value, options })
}

fn when(args: &EnqueueArgs) -> Option<When> {
    let delay = args.delay_ms.map(|millis| When::After(Duration::from_millis(millis)));
    delay.or_else(|| args.run_at.map(When::At))
}

/// The JSON itself, or what the file or the standard input holds.
fn text(args: &str) -> Result<String, Failure> {
    match args.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::Args(format!("names {path}, which cannot be read: {error}"))),
        None if args == "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text)?;
            Ok(text)
        }
        None => Ok(args.to_owned()),
    }
}

fn refused(error: windlass_queue::EnqueueError, client: &Client) -> Failure {
    match error {
        windlass_queue::EnqueueError::Engine(error) => Failure::Engine(error),
        error => Failure::Refused {
            error,
            known: client.catalog().kinds().map(|kind| kind.name.to_string()).collect(),
        },
    }
}
