//! `windlass enqueue`: puts one job on its queue, and may follow it to its end.

use std::io::{self, Read, Write};
use std::time::Duration;

use serde_json::Value;
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{
    Acceptance, Client, EngineError, EnqueueError, EnqueueOptions, EnqueueRequest, Expiry, JobKind,
    OnConflict, UniqueBy, When,
};
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
    writeln!(io::stderr(), "job {}: {}{}", enqueued.id, note(enqueued.acceptance), enqueued.state)?;
    if !wait {
        writeln!(io::stdout(), "{}", enqueued.id)?;
        return Ok(());
    }
    match follow(&client, &enqueued).await? {
        Some(result) => writeln!(io::stdout(), "{result:#}").map_err(Failure::from),
        None => Ok(()),
    }
}

/// Whose the bulk operations of the command line are. They may reach the jobs of every tenant, so they belong to none that
/// has an API key: a bulk order by HTTP does not run them again or delete them.
pub(super) const OPERATOR: &str = "operator";

const fn note(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::New => "",
        Acceptance::Duplicate => "was there already, ",
        Acceptance::Conflict => "stands for it, as it is the same, ",
        Acceptance::Replaced => "was there already and has taken over what is new, ",
    }
}

fn request(args: EnqueueArgs) -> Result<EnqueueRequest, Failure> {
    let value = json_of(&args.args)?;
    let options = EnqueueOptions {
        tenant: if args.kind == BulkJobs::NAME { OPERATOR.parse()? } else { TenantId::default() },
        priority: args.priority.map(Priority::new).transpose()?.unwrap_or_default(),
        when: when(&args),
        unique: unique(&args),
        max_attempts: args.max_attempts.map(MaxAttempts::new).transpose()?,
        timeout: args.timeout_ms.map(Duration::from_millis),
        tags: args.tags,
        idempotency_key: args.idempotency_key,
        backoff: args.backoff.map(|word| word.0),
        expires: args.expires_in.map(|length| Expiry::After(length.0)),
        limit_key: args.limit_key,
        batch: None,
    };
    Ok(EnqueueRequest { kind: args.kind, args: value, options })
}

fn when(args: &EnqueueArgs) -> Option<When> {
    let delay = args.delay_ms.map(|millis| When::After(Duration::from_millis(millis)));
    delay.or_else(|| args.run_at.map(When::At))
}

fn unique(args: &EnqueueArgs) -> Option<UniqueBy> {
    args.unique_until.map(|until| UniqueBy {
        args: (!args.unique_args.is_empty()).then(|| args.unique_args.clone()),
        until: until.0,
        on_conflict: args.on_conflict.map(OnConflict::from).unwrap_or_default(),
    })
}

/// The value that `--args` gives.
pub(super) fn json_of(args: &str) -> Result<Value, Failure> {
    serde_json::from_str(&text(args)?).map_err(|error| Failure::Args(format!("is not valid JSON: {error}")))
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

/// Why a job was not taken, with what could be done about it.
pub(super) fn refused(error: EnqueueError, client: &Client) -> Failure {
    match error {
        EnqueueError::Engine(EngineError::Rejected(rejection)) => Failure::Rejected(rejection),
        EnqueueError::Engine(error) => Failure::Engine(error),
        error => Failure::Refused {
            error,
            known: client.catalog().kinds().map(|kind| kind.name.to_string()).collect(),
        },
    }
}
