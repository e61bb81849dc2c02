//! `windlass keys`: the API keys of the store.

mod create;

use std::io::{self, Write};

use serde_json::json;
use windlass_api::KeyView;
use windlass_store::{ApiKey, KeyId, Store};

use super::noted::{Act, noted};
use crate::args::KeysCommand;
use crate::args::keys::{ListArgs, RevokeArgs};
use crate::compose::{self, Migrates};
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{Cell, Colours, Style, Table, harmless};

/// How many keys are read at a time.
const AT_A_TIME: u64 = 500;

/// Runs the command.
pub(crate) async fn run(command: KeysCommand, settings: &Settings, colours: Colours) -> Result<(), Failure> {
    let store = compose::ready_store(settings, Migrates::Operator).await?;
    match command {
        KeysCommand::Create(args) => create::run(args, settings, &store, colours).await?,
        KeysCommand::Ls(args) => list(&args, &store, colours).await?,
        KeysCommand::Revoke(args) => revoke(&args, &store).await?,
    }
    Ok(store.close().await?)
}

async fn list(args: &ListArgs, store: &Store, colours: Colours) -> Result<(), Failure> {
    let keys = all(args, store).await?;
    let mut out = io::stdout().lock();
    if args.json {
        let keys: Vec<_> = keys.into_iter().map(KeyView::from).collect();
        writeln!(out, "{:#}", json!({ "keys": keys }))?;
        return Ok(());
    }
    let mut table = Table::new(&["KEY", "NAME", "ORGANIZATION", "ROLES", "QUEUES", "LAST USED", "STATE"]);
    let now = compose::clock().now();
    for key in keys {
        let (state, style) = match (key.revoked_at, key.expires_at) {
            (Some(_), _) => ("revoked".to_owned(), Style::Dim),
            (None, Some(end)) if end <= now => ("expired".to_owned(), Style::Dim),
            (None, Some(end)) => (format!("until {end}"), Style::Green),
            (None, None) => ("holds".to_owned(), Style::Green),
        };
        table.row(vec![
            key.id.to_string().into(),
            harmless(&key.name).into(),
            key.organization.map_or_else(|| "-".to_owned(), |id| id.to_string()).into(),
            key.roles.join(",").into(),
            queues(&key.queues).into(),
            key.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string()).into(),
            Cell::styled(state, style),
        ]);
    }
    table.write(&mut out, colours).map_err(Failure::from)
}

fn queues(queues: &[windlass_shared::QueueName]) -> String {
    if queues.is_empty() {
        return "all".to_owned();
    }
    queues.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

async fn all(args: &ListArgs, store: &Store) -> Result<Vec<ApiKey>, Failure> {
    let (mut keys, mut after) = (Vec::new(), None::<KeyId>);
    loop {
        let page = store.api_keys().list(args.organization.as_ref(), after.as_ref(), AT_A_TIME).await?;
        let Some(last) = page.last() else { return Ok(keys) };
        after = Some(last.id.clone());
        keys.extend(page);
    }
}

async fn revoke(args: &RevokeArgs, store: &Store) -> Result<(), Failure> {
    let missing = || Failure::NoKey(args.id.clone());
    let key = store.api_keys().get(&args.id, None).await?.ok_or_else(missing)?;
    let (action, subject) = ("keys.revoke", args.id.as_str());
    let details = Some(json!({ "name": key.name }));
    let act = Act { action, subject, organization: key.organization, details };
    let revoked = noted(store, act, async {
        store.api_keys().revoke(&args.id, None, compose::clock().now()).await?.ok_or_else(missing)
    });
    let key = revoked.await?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!(KeyView::from(key)))?;
        return Ok(());
    }
    writeln!(out, "key {}: revoked; it opens nothing any more, everywhere within 30 s", key.id)?;
    Ok(())
}
