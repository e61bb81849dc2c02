use clap::{Args, Subcommand};

/// What can be done about the store's tables.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Apply the migrations that the database lacks, all of them or, where one fails, none
    #[command(after_help = UP_EXAMPLES)]
    Up(MigrateArgs),
    /// Show which migrations there are and which the database has; changes nothing
    #[command(after_help = "Example:\n  windlass migrate status --json")]
    Status(MigrateArgs),
}

const UP_EXAMPLES: &str = "\
Examples:
  windlass migrate up
  DATABASE_URL_FILE=/run/secrets/database windlass migrate up

A new version's migrations are applied before its processes start; those of the version before go on working
meanwhile. Of several that are started at once, one applies them and the others wait for it.";

/// What both take.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
