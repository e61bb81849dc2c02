//! `windlass organizations`: whose jobs are kept apart from all others'.

use std::io::{self, Write};

use serde_json::json;
use windlass_api::OrganizationView;
use windlass_shared::{TenantId, Timestamp};
use windlass_store::{Created, Organization, Store};

use super::noted::{Act, noted};
use crate::args::OrganizationsCommand;
use crate::args::organizations::{CreateArgs, OneArgs};
use crate::compose::{self, Migrates};
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{Cell, Colours, Style, Table, harmless};

/// How many organizations are read at a time.
const AT_A_TIME: u64 = 500;

/// Runs the command.
pub(crate) async fn run(
    command: OrganizationsCommand,
    settings: &Settings,
    colours: Colours,
) -> Result<(), Failure> {
    let store = compose::ready_store(settings, Migrates::Operator).await?;
    match command {
        OrganizationsCommand::Create(args) => create(&args, &store).await?,
        OrganizationsCommand::Ls(args) => list(args.json, &store, colours).await?,
        OrganizationsCommand::Suspend(args) => suspend(&args, Some(compose::clock().now()), &store).await?,
        OrganizationsCommand::Resume(args) => suspend(&args, None, &store).await?,
    }
    Ok(store.close().await?)
}

async fn create(args: &CreateArgs, store: &Store) -> Result<(), Failure> {
    let name = args.name.as_deref().unwrap_or(args.id.as_str());
    let details = Some(json!({ "name": name }));
    let act = act("organizations.create", &args.id, details);
    let organization = noted(store, act, async {
        match store.organizations().create(&args.id, name, compose::clock().now()).await? {
            Created::New(organization) => Ok(organization),
            Created::Existing(_) => Err(Failure::OrganizationExists(args.id.clone())),
        }
    });
    tell(organization.await?, "made", args.json)
}

async fn suspend(args: &OneArgs, since: Option<Timestamp>, store: &Store) -> Result<(), Failure> {
    let organizations = store.organizations();
    let missing = || Failure::NoOrganization(args.id.clone());
    let found = organizations.get(&args.id).await?.ok_or_else(missing)?;
    let (action, word) = if since.is_some() {
        ("organizations.suspend", "suspended; its keys and people are kept out, everywhere within 30 s")
    } else {
        ("organizations.resume", "resumed")
    };
    let organization = noted(store, act(action, &args.id, None), async {
        // One that is suspended already keeps its time.
        if found.suspended_at.is_some() != since.is_some() {
            organizations.suspend(&args.id, since).await?;
        }
        organizations.get(&args.id).await?.ok_or_else(missing)
    });
    tell(organization.await?, word, args.json)
}

fn act<'a>(action: &'static str, id: &'a TenantId, details: Option<serde_json::Value>) -> Act<'a> {
    Act { action, subject: id.as_str(), organization: Some(id.clone()), details }
}

fn tell(organization: Organization, word: &str, as_json: bool) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if as_json {
        writeln!(out, "{:#}", json!(OrganizationView::from(organization)))?;
    } else {
        writeln!(out, "organization {}: {word}", organization.id)?;
    }
    Ok(())
}

async fn list(as_json: bool, store: &Store, colours: Colours) -> Result<(), Failure> {
    let organizations = all(store).await?;
    let mut out = io::stdout().lock();
    if as_json {
        let organizations: Vec<_> = organizations.into_iter().map(OrganizationView::from).collect();
        writeln!(out, "{:#}", json!({ "organizations": organizations }))?;
        return Ok(());
    }
    let mut table = Table::new(&["ORGANIZATION", "NAME", "MADE", "STATE"]);
    for Organization { id, name, created_at, suspended_at } in organizations {
        let (state, style) = match suspended_at {
            Some(since) => (format!("suspended since {since}"), Style::Yellow),
            None => ("active".to_owned(), Style::Green),
        };
        let name = harmless(&name);
        table.row(vec![
            id.to_string().into(),
            name.into(),
            created_at.to_string().into(),
            Cell::styled(state, style),
        ]);
    }
    table.write(&mut out, colours).map_err(Failure::from)
}

async fn all(store: &Store) -> Result<Vec<Organization>, Failure> {
    let (mut organizations, mut after) = (Vec::new(), None::<TenantId>);
    loop {
        let page = store.organizations().list(after.as_ref(), AT_A_TIME).await?;
        let Some(last) = page.last() else { return Ok(organizations) };
        after = Some(last.id.clone());
        organizations.extend(page);
    }
}
