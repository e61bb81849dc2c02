//! Windlass: the one binary that plays every role, and the place where all parts are put together.

mod args;
mod banner;
mod commands;
mod compose;
mod config;
mod failure;
mod flags;
mod logging;
mod output;
mod signals;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::args::Cli;
use crate::config::{ConfigFile, Environment, Loaded};
use crate::failure::Failure;
use crate::output::{Colours, Style};

/// How long threads that still compute are waited for at the very end.
const LAST_WORDS: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    // Before anything can speak TLS. It fails only where another provider is installed, and there is none.
    let installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    debug_assert!(installed.is_ok(), "the process has one TLS provider");
    let environment = Environment::of_process();
    match run(Cli::parse(), &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            say(&environment, Style::Red, "error", &failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli, environment: &Environment) -> Result<(), Failure> {
    let flags = flags::layer(&cli);
    let named = cli.common.config.or_else(|| environment.config_file().map(Into::into));
    let file = named.map_or(ConfigFile::Default, ConfigFile::Named);
    let loaded = config::load(&file, environment, flags)?;
    warn(&loaded, environment);
    logging::start(&loaded.settings.log, &cli.command, environment);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(commands::run(cli.command, loaded, environment));
    // A handler that blocks its thread and was left behind must not keep the process.
    runtime.shutdown_timeout(LAST_WORDS);
    outcome
}

fn warn(loaded: &Loaded, environment: &Environment) {
    for warning in &loaded.warnings {
        say(environment, Style::Yellow, "warning", warning);
    }
}

fn say(environment: &Environment, style: Style, word: &str, text: &str) {
    let word = Colours::of(&io::stderr(), environment).paint(style, word);
    // Where even stderr is gone, the exit code has to do.
    drop(writeln!(io::stderr(), "{word}: {text}"));
}
