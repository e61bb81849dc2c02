use clap::Args;

/// What `windlass history` takes.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  windlass history
  windlass jobs ls --state discarded --finished-from 2026-01-01T00:00:00Z   jobs of the past
  windlass jobs show 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007                   one of them";
