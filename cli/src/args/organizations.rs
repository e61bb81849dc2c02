use clap::{Args, Subcommand};
use windlass_shared::TenantId;

use super::words::label;

/// What can be done about organizations.
#[derive(Debug, Subcommand)]
pub(crate) enum OrganizationsCommand {
    /// Make an organization
    #[command(after_help = "Example:\n  windlass organizations create acme --name \"Acme Inc.\"")]
    Create(CreateArgs),
    /// List organizations by id
    Ls(ListArgs),
    /// Keep the keys and people of an organization out; its jobs that are there go on
    Suspend(OneArgs),
    /// Let the keys and people of an organization in again
    Resume(OneArgs),
}

/// What `windlass organizations create` takes.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Its id, which stays for ever: the tenant of its jobs
    pub(crate) id: TenantId,
    /// What people call it [default: its id]
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub(crate) name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `windlass organizations ls` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `windlass organizations suspend` and `resume` take.
#[derive(Debug, Args)]
pub(crate) struct OneArgs {
    /// Id of the organization
    pub(crate) id: TenantId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
