//! The project's own commands. `cargo xtask` without arguments lists them.

mod check;
mod clients;
mod debian;
mod environment;
mod foreground;
mod fuzz;
mod peers;
mod postgres;
mod project;
mod provide;
mod python;
mod redis;
mod s3;
mod services;
mod suite;
mod terminal;
mod tools;
mod wait;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::foreground::{Foreground, Interrupted};

/// What a shell reports for a command that ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

struct Task {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&Foreground, &[String]) -> Result<()>,
}

const TASKS: &[Task] = &[
    Task {
        name: "test",
        arguments: "[-- RUNNER ARGS]",
        about: "provide what the tests need and run the whole suite, or the part that the runner's arguments choose",
        run: suite::run,
    },
    Task {
        name: "check",
        arguments: "",
        about: "formatting, lints, documentation, dependencies",
        run: |foreground, _| check::run(foreground),
    },
    Task {
        name: "ci",
        arguments: "",
        about: "test, clients, fuzz, check, peers: what .ci/run does",
        run: ci,
    },
    Task {
        name: "clients",
        arguments: "[PROGRAM]",
        about: "the clients in other languages: build, install, check and test them against a server",
        run: clients::test,
    },
    Task {
        name: "fuzz",
        arguments: "[SECONDS [PROGRAM]]",
        about: "ask a server what its OpenAPI document allows and what not, and compare the answers; takes some two minutes",
        run: fuzz::run,
    },
    Task {
        name: "peers",
        arguments: "",
        about: "the comparison with other queues, in a small size; `benches/peers/run` measures",
        run: |foreground, _| peers::small(foreground),
    },
    Task {
        name: "prove",
        arguments: "[PROOF...]",
        about: "run the proofs of reliability in full and print their figures; takes about half an hour",
        run: suite::prove,
    },
    Task {
        name: "with",
        arguments: "COMMAND [ARGS]",
        about: "run a command beside the services of the tests, for example `with cargo test -p windlass-redis`",
        run: services::run_beside,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(&format!("error: {error:#}"));
            if error.is::<Interrupted>() { ExitCode::from(INTERRUPTED) } else { ExitCode::FAILURE }
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else {
        terminal::say(&help());
        return Ok(());
    };
    if ["help", "-h", "--help"].contains(&name.as_str()) {
        terminal::say(&help());
        return Ok(());
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        bail!("there is no task `{name}`\n\n{}", help());
    };
    (task.run)(&Foreground::install()?, rest)
}

fn ci(foreground: &Foreground, _: &[String]) -> Result<()> {
    suite::run(foreground, &[])?;
    clients::test(foreground, &[])?;
    fuzz::short(foreground)?;
    check::run(foreground)?;
    peers::small(foreground)
}

fn help() -> String {
    let mut text = String::from("Usage: cargo xtask TASK\n\nTasks:");
    for Task { name, arguments, about, .. } in TASKS {
        text.push_str("\n  ");
        text.push_str(format!("{name} {arguments}").trim_end());
        text.push_str("\n      ");
        text.push_str(about);
    }
    text
}
