//! `windlass check-config`: what holds, and where it comes from. What is wrong has been told before.

use std::io;

use crate::config::Shown;
use crate::failure::Failure;
use crate::output::{Cell, Colours, Style, Table, harmless};

/// Runs the command.
pub(crate) fn run(shown: Vec<Shown>, colours: Colours) -> Result<(), Failure> {
    let mut table = Table::new(&["SETTING", "VALUE", "FROM"]);
    for Shown { path, value, origin } in shown {
        let origin = origin.unwrap_or_else(|| "not set".to_owned());
        table.row(vec![path.into(), harmless(&value).into(), Cell::styled(harmless(&origin), Style::Dim)]);
    }
    table.write(&mut io::stdout().lock(), colours).map_err(Failure::from)
}
