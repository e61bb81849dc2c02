//! `windlass audit`: who did what to what.

use std::io::{self, Write};

use serde_json::json;
use windlass_api::AuditEntryView;
use windlass_store::{AuditEntry, AuditFilter};

use crate::args::audit::AuditArgs;
use crate::compose::{self, Migrates};
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{Cell, Colours, Style, Table, harmless};

/// Lists entries of the audit log, the newest first.
pub(crate) async fn run(args: AuditArgs, settings: &Settings, colours: Colours) -> Result<(), Failure> {
    let store = compose::ready_store(settings, Migrates::Operator).await?;
    let AuditArgs { organization, actor, action, subject, from, before, limit, json } = args;
    let filter = AuditFilter { organization, actor, action, subject, from, until: before };
    let entries = store.audit().list(&filter, None, limit.get().into()).await?;
    let mut out = io::stdout().lock();
    if json {
        let entries: Vec<_> = entries.into_iter().map(AuditEntryView::from).collect();
        writeln!(out, "{:#}", json!({ "entries": entries }))?;
        return Ok(());
    }
    let mut table = Table::new(&["AT", "ACTOR", "ACTION", "SUBJECT", "ORGANIZATION", "OUTCOME"]);
    for entry in entries {
        table.row(row(entry));
    }
    table.write(&mut out, colours).map_err(Failure::from)
}

fn row(entry: AuditEntry) -> Vec<Cell> {
    let (outcome, style) = match entry.outcome {
        Some(status @ 200..=299) => (status.to_string(), Style::Green),
        Some(status) => (status.to_string(), Style::Red),
        None => ("unknown".to_owned(), Style::Yellow),
    };
    vec![
        entry.at.to_string().into(),
        harmless(&entry.actor).into(),
        harmless(&entry.action).into(),
        harmless(&entry.subject).into(),
        entry.organization.map_or_else(|| "-".to_owned(), |id| id.to_string()).into(),
        Cell::styled(outcome, style),
    ]
}
