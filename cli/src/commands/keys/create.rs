use std::io::{self, Write};

use secrecy::ExposeSecret;
use serde_json::json;
use windlass_api::KeyView;
use windlass_shared::Timestamp;
use windlass_store::{NewApiKey, Store};

use crate::args::Length;
use crate::args::keys::CreateArgs;
use crate::commands::noted::{ACTOR, Act, noted};
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{Colours, Style};

/// Makes a key, and prints its text.
pub(super) async fn run(
    args: CreateArgs,
    settings: &Settings,
    store: &Store,
    colours: Colours,
) -> Result<(), Failure> {
    let CreateArgs { name, roles, organization, queues, expires_in, json } = args;
    settings.access.roles.of_key(&roles, organization.as_ref())?;
    if let Some(id) = &organization
        && store.organizations().get(id).await?.is_none()
    {
        return Err(Failure::NoOrganization(id.clone()));
    }
    let now = compose::clock().now();
    let expires_at = expires_in.map(|Length(length)| end(now, length)).transpose()?;
    let created_by = ACTOR.to_owned();
    let key = NewApiKey { organization, name, roles, queues, created_by, expires_at };
    let details = json!({ "roles": key.roles, "queues": key.queues, "expires_at": key.expires_at });
    let (subject, organization) = (key.name.clone(), key.organization.clone());
    let act = Act { action: "keys.create", subject: &subject, organization, details: Some(details) };
    let issued = noted(store, act, async { Ok(store.api_keys().create(key, now).await?) }).await?;
    let mut out = io::stdout().lock();
    let text = issued.text.expose_secret();
    if json {
        let mut shown = json!(KeyView::from(issued.key));
        shown["key"] = text.into();
        writeln!(out, "{shown:#}")?;
        return Ok(());
    }
    writeln!(out, "{}", colours.paint(Style::Bold, text))?;
    writeln!(io::stderr(), "Keep it now: it is shown this once. Its id is {}.", issued.key.id)?;
    Ok(())
}

fn end(now: Timestamp, length: std::time::Duration) -> Result<Timestamp, Failure> {
    let millis =
        i64::try_from(length.as_millis()).ok().and_then(|millis| now.as_millis().checked_add(millis));
    // The last instant of the year 9999, which is as far as RFC 3339 goes.
    let end = millis.filter(|millis| *millis <= 253_402_300_799_999);
    end.map(Timestamp::from_millis).ok_or(Failure::TooFar)
}
