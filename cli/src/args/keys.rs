use clap::{Args, Subcommand};
use windlass_shared::{QueueName, TenantId};
use windlass_store::KeyId;

use super::Length;
use super::words::label;

/// What can be done about API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key; its text is shown this once
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArgs),
    /// List keys, the oldest first
    #[command(after_help = "Example:\n  windlass keys ls --organization acme")]
    Ls(ListArgs),
    /// Take a key back: it opens nothing any more, at the latest after half a minute in a process that knows it
    #[command(after_help = "Example:\n  windlass keys revoke k7m2p9xa")]
    Revoke(RevokeArgs),
}

const CREATE_EXAMPLES: &str = "\
Examples:
  windlass keys create --name \"web shop\" --organization acme --role teacher
  windlass keys create --name importer --organization acme --role teacher --queue imports --expires-in 90d
  windlass keys create --name \"night shift\" --role operator

A key without --organization is an operator's key of the installation, and needs a role that reaches every organization.";

/// What `windlass keys create` takes.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// What people call it
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub(crate) name: String,
    /// A role of whoever shows it; may be repeated
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub(crate) roles: Vec<String>,
    /// The organization that it belongs to
    #[arg(long, value_name = "ORGANIZATION")]
    pub(crate) organization: Option<TenantId>,
    /// A queue that it is for; may be repeated [default: every queue]
    #[arg(long = "queue", value_name = "QUEUE")]
    pub(crate) queues: Vec<QueueName>,
    /// After how long it ends by itself, like 90d [default: never]
    #[arg(long, value_name = "LENGTH")]
    pub(crate) expires_in: Option<Length>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `windlass keys ls` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only keys of this organization
    #[arg(long, value_name = "ORGANIZATION")]
    pub(crate) organization: Option<TenantId>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `windlass keys revoke` takes.
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// Id of the key
    pub(crate) id: KeyId,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
