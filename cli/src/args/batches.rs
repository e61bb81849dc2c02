use clap::{Args, Subcommand};
use windlass_shared::BatchId;

/// The ways to look at batches.
#[derive(Debug, Subcommand)]
pub(crate) enum BatchesCommand {
    /// Show how far a batch has come
    #[command(after_help = "Example:\n  windlass batches show 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007")]
    Show(ShowArgs),
}

/// What `windlass batches show` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Id of the batch
    pub(crate) id: BatchId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
