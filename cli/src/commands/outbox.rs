//! `windlass outbox`: jobs that applications have written and that are not in the queue yet.

use std::io::{self, Write};

use serde_json::json;
use windlass_store::outbox::{OutboxDepth, OutboxId, OutboxRow};
use windlass_store::{Outbox, Store};

use super::noted::{Act, noted};
use crate::args::OutboxCommand;
use crate::args::outbox::{OutboxListArgs, OutboxRowsArgs};
use crate::compose::{self, Migrates};
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{Colours, Table, harmless};

/// Runs the command.
pub(crate) async fn run(
    command: OutboxCommand,
    settings: &Settings,
    colours: Colours,
) -> Result<(), Failure> {
    let store = compose::ready_store(settings, Migrates::Operator).await?;
    match command {
        OutboxCommand::Ls(args) => list(&args, &store.outbox(), colours).await?,
        OutboxCommand::Retry(args) => retry(&args, &store).await?,
        OutboxCommand::Rm(args) => remove(&args, &store).await?,
    }
    Ok(store.close().await?)
}

async fn list(args: &OutboxListArgs, outbox: &Outbox, colours: Colours) -> Result<(), Failure> {
    let depth = outbox.depth().await?;
    let rows = outbox.failed(None, None, args.limit.get().into()).await?;
    let mut out = io::stdout().lock();
    if args.json {
        let OutboxDepth { waiting, oldest, failed } = depth;
        let rows: Vec<_> = rows.iter().map(as_json).collect();
        writeln!(
            out,
            "{:#}",
            json!({ "waiting": waiting, "oldest": oldest, "failed": failed, "rows": rows })
        )?;
        return Ok(());
    }
    if !rows.is_empty() {
        let mut table = Table::new(&["ID", "KIND", "ORGANIZATION", "REFUSED", "ERROR"]);
        for row in rows {
            let refused = row.failed_at.map(|at| at.to_string()).unwrap_or_default();
            let error = row.error.unwrap_or_default();
            table.row(vec![
                harmless(row.id.as_str()).into(),
                harmless(&row.kind).into(),
                harmless(&row.organization).into(),
                refused.into(),
                harmless(&error).into(),
            ]);
        }
        table.write(&mut out, colours)?;
        writeln!(out)?;
    }
    let since = depth.oldest.map(|at| format!(", the oldest since {at}")).unwrap_or_default();
    writeln!(out, "{} waiting{since}; {} refused", depth.waiting, depth.failed)?;
    Ok(())
}

fn as_json(row: &OutboxRow) -> serde_json::Value {
    json!({
        "id": row.id.as_str(),
        "kind": row.kind,
        "args": row.args,
        "options": row.options,
        "organization": row.organization,
        "created_at": row.created_at,
        "failed_at": row.failed_at,
        "error": row.error,
    })
}

async fn retry(args: &OutboxRowsArgs, store: &Store) -> Result<(), Failure> {
    let work = async { Ok(store.outbox().retry(chosen(args)).await?) };
    let rows = noted(store, act("outbox.retry", args), work).await?;
    tell(rows, "will be tried again")
}

async fn remove(args: &OutboxRowsArgs, store: &Store) -> Result<(), Failure> {
    let work = async { Ok(store.outbox().remove(chosen(args)).await?) };
    let rows = noted(store, act("outbox.remove", args), work).await?;
    tell(rows, "removed")
}

fn act<'a>(action: &'static str, args: &OutboxRowsArgs) -> Act<'a> {
    let ids: Vec<&str> = args.ids.iter().map(OutboxId::as_str).collect();
    let details = json!({ "rows": if args.all { json!("all") } else { json!(ids) } });
    Act { action, subject: "outbox", organization: None, details: Some(details) }
}

fn chosen(args: &OutboxRowsArgs) -> Option<&[OutboxId]> {
    if args.all { None } else { Some(&args.ids) }
}

fn tell(rows: u64, what: &str) -> Result<(), Failure> {
    let rows = if rows == 1 { "1 refused row".to_owned() } else { format!("{rows} refused rows") };
    Ok(writeln!(io::stdout().lock(), "{rows} {what}")?)
}
