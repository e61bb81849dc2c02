//! `windlass migrate`: the tables of the store.

use std::io::{self, Write};

use serde_json::json;
use windlass_store::Store;

use crate::args::MigrateCommand;
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{Cell, Colours, Style, Table};

/// Runs the command.
pub(crate) async fn run(
    command: MigrateCommand,
    settings: &Settings,
    colours: Colours,
) -> Result<(), Failure> {
    let store = compose::tables(settings)?;
    match command {
        MigrateCommand::Up(args) => up(&store, args.json, colours).await?,
        MigrateCommand::Status(args) => status(&store, args.json, colours).await?,
    }
    Ok(store.close().await?)
}

async fn up(store: &Store, as_json: bool, colours: Colours) -> Result<(), Failure> {
    let applied = store.migrate().await?;
    let database = store.database().describe();
    let mut out = io::stdout().lock();
    if as_json {
        writeln!(out, "{:#}", json!({ "database": database, "applied": applied }))?;
        return Ok(());
    }
    for name in &applied {
        writeln!(out, "{} {name}", colours.paint(Style::Green, "applied"))?;
    }
    match applied.len() {
        0 => writeln!(out, "nothing to do: {database} has every migration of this version")?,
        count => writeln!(out, "{database} is up to date; {count} applied")?,
    }
    Ok(())
}

async fn status(store: &Store, as_json: bool, colours: Colours) -> Result<(), Failure> {
    let states = store.migrations().await?;
    let database = store.database().describe();
    let pending = states.iter().filter(|state| !state.is_applied).count();
    let mut out = io::stdout().lock();
    if as_json {
        let migrations: Vec<_> =
            states.iter().map(|state| json!({ "name": state.name, "applied": state.is_applied })).collect();
        writeln!(out, "{:#}", json!({ "database": database, "pending": pending, "migrations": migrations }))?;
        return Ok(());
    }
    let mut table = Table::new(&["MIGRATION", "STATE"]);
    for state in states {
        let (word, style) =
            if state.is_applied { ("applied", Style::Green) } else { ("pending", Style::Yellow) };
        table.row(vec![state.name.as_str().into(), Cell::styled(word.to_owned(), style)]);
    }
    table.write(&mut out, colours)?;
    match pending {
        0 => writeln!(out, "\n{database} is up to date")?,
        count => writeln!(out, "\n{database} lacks {count}; `windlass migrate up` applies them")?,
    }
    Ok(())
}
