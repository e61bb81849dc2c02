//! `cargo xtask check`: what is asked of the code beside its tests.

use std::process::Command;

use anyhow::{Result, bail};

use crate::foreground::Foreground;
use crate::project::cargo;
use crate::terminal::timed;
use crate::tools;

/// Makes the command of a check, which may first have to fetch its tool.
type Prepare = fn(&Foreground) -> Result<Command>;

const CHECKS: [(&str, Prepare); 4] = [
    ("formatting", |_| Ok(cargo(["fmt", "--all", "--check"]))),
    ("lints", |_| Ok(cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))),
    ("documentation", |_| Ok(documentation())),
    ("dependencies", dependencies),
];

/// Runs every check, also after one has failed, so that one run shows everything.
pub(crate) fn run(foreground: &Foreground) -> Result<()> {
    let mut failed = Vec::new();
    for (name, command) in CHECKS {
        if let Err(error) = timed(name, || foreground.run(&mut command(foreground)?)) {
            foreground.check()?;
            failed.push(format!("{name}: {error:#}"));
        }
    }
    if !failed.is_empty() {
        bail!("{} of {} checks failed\n  {}", failed.len(), CHECKS.len(), failed.join("\n  "));
    }
    Ok(())
}

fn documentation() -> Command {
    let mut command = cargo(["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command
}

/// Advisories are left out: their database is fetched from a place that a closed network does not reach.
fn dependencies(foreground: &Foreground) -> Result<Command> {
    let mut command = Command::new(tools::cargo_deny(foreground)?);
    command.current_dir(crate::project::root());
    command.args(["--workspace", "check", "bans", "licenses", "sources"]);
    Ok(command)
}
