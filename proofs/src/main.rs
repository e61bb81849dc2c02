//! `windlass-proofs`: runs proofs, and plays the workers in them.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use windlass_proofs::worker::{self, WorkerArgs};
use windlass_proofs::{Proof, Size, Stage};

/// Proves that promises are kept while everything around breaks.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run proofs; all of them, if none is named.
    Run {
        /// Which ones.
        proofs: Vec<Proof>,
        /// Only as much as finds a mistake.
        #[arg(long)]
        small: bool,
    },
    /// Play a worker in a proof.
    #[command(hide = true)]
    Worker(WorkerArgs),
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    match Arguments::parse().command {
        Command::Run { proofs, small } => run(proofs, small).await,
        Command::Worker(args) => worker::run(args).await.map(|()| ExitCode::SUCCESS),
    }
}

async fn run(proofs: Vec<Proof>, small: bool) -> Result<ExitCode> {
    let size = if small { Size::Small } else { Size::Full };
    let stage = Stage { size, program: std::env::current_exe()? };
    let proofs = if proofs.is_empty() { Proof::ALL.to_vec() } else { proofs };
    let mut code = ExitCode::SUCCESS;
    for proof in proofs {
        let report = proof.run(&stage).await?;
        writeln!(std::io::stdout(), "{report}")?;
        if report.verdict().is_err() {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}
