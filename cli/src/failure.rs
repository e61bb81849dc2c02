use std::io;
use std::path::PathBuf;

use windlass_api::{InvalidTokenOptions, RoleFault};
use windlass_email::InvalidSmtpConfig;
use windlass_email_templates::TemplateError;
use windlass_queue::{BlobFault, CheckError, EngineError, EnqueueError, InvalidKind, InvalidRule, Rejection};
use windlass_redis::InvalidRedisUrl;
use windlass_relay::RelayError;
use windlass_shared::{BatchId, InvalidName, InvalidNumber, JobId, JobState, QueueName, TenantId};
use windlass_store::blobs::BlobError;
use windlass_store::{KeyId, StoreError};

use crate::config::ConfigError;

/// Why a command did not do what it was asked: what happened, to what, and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(
        "the API needs a key that its callers must show: set WINDLASS_API_KEY or WINDLASS_API_KEY_FILE (16 \
         characters or more, like the output of `openssl rand -hex 24`), or `api.key_file` in windlass.toml, or \
         pass --api-key; for a try on this machine, `windlass dev` makes one itself"
    )]
    NoApiKey,
    #[error("the data directory {} cannot be used: {source}; choose another with --data-dir", path.display())]
    DataDir { path: PathBuf, source: io::Error },
    #[error(
        "the development key in {} cannot be used: {detail}; remove the file, and the next start makes a new one",
        path.display()
    )]
    DevKey { path: PathBuf, detail: String },
    #[error(
        "the secret key in {} cannot be used: {detail}; if it is lost, remove the file: the next start makes a new one, and \
         API keys that were made before hold no more",
        path.display()
    )]
    SecretKey { path: PathBuf, detail: String },
    #[error(
        "a store on PostgreSQL needs the secret that API keys are hashed with, the same for every process: set \
         WINDLASS_SECRET_KEY or WINDLASS_SECRET_KEY_FILE (32 characters or more, like the output of `openssl rand -hex 32`)"
    )]
    NoSecretKey,
    #[error("the database lacks {}; run `windlass migrate up` before the new version starts", listed_migrations(.0))]
    PendingMigrations(Vec<String>),
    #[error("{}{}", .0, store_hint(.0))]
    Store(#[from] StoreError),
    #[error(
        "the place of large values cannot be used: {0}; check blobs.url, or the data directory where none is named"
    )]
    Blobs(#[from] BlobError),
    #[error("the result cannot be read: {0}")]
    Result(#[from] BlobFault),
    #[error(
        "the result of the job {0} is not in the place of large values that is configured here; check blobs.url or --data-dir"
    )]
    ResultGone(JobId),
    #[error(transparent)]
    KeyRoles(#[from] RoleFault),
    #[error(transparent)]
    Tokens(#[from] InvalidTokenOptions),
    #[error("there is no API key {0} here; `windlass keys ls` shows those that there are")]
    NoKey(KeyId),
    #[error("there is no organization {0} here; `windlass organizations ls` shows those that there are")]
    NoOrganization(TenantId),
    #[error("there is an organization {0} already")]
    OrganizationExists(TenantId),
    #[error("--expires-in reaches further than there are dates")]
    TooFar,
    #[error("cannot listen on {address}: {source}; {}", listen_hint(source))]
    Listen { address: String, source: io::Error },
    #[error(transparent)]
    Redis(#[from] InvalidRedisUrl),
    #[error(transparent)]
    Smtp(#[from] InvalidSmtpConfig),
    #[error("a template cannot be used: {0}")]
    Template(#[from] TemplateError),
    #[error("a kind of job cannot be registered: {0}")]
    Kind(#[from] InvalidKind),
    #[error("{0}; check --redis-url or --data-dir, and that the server runs")]
    Engine(#[from] EngineError),
    #[error(
        "which database? On Redis every machine would keep a history of its own and take it from the others: set --database-url \
         or DATABASE_URL"
    )]
    NoDatabase,
    #[error(transparent)]
    Relay(RelayError),
    #[error("--args {0}")]
    Args(String),
    #[error("{}", refused(.error, .known))]
    Refused { error: EnqueueError, known: Vec<String> },
    #[error(transparent)]
    Number(#[from] InvalidNumber),
    #[error(transparent)]
    Name(#[from] InvalidName),
    #[error(
        "there is no job {0} here; finished jobs are removed after some time, and another --data-dir or --redis-url has other jobs"
    )]
    NoJob(JobId),
    #[error("there is no batch {0} here; finished batches are removed after some time")]
    NoBatch(BatchId),
    #[error("{undone} of {jobs} jobs could not be steered; the lines above say why")]
    Undone { undone: usize, jobs: usize },
    #[error("{}; {}", .0, rejection_hint(.0))]
    Rejected(Rejection),
    #[error("this cannot hold: {0}")]
    Rule(#[from] InvalidRule),
    #[error("--burst is a part of a rate, and there is none; give --rate too")]
    BurstWithoutRate,
    #[error("the job {id} ended as {state}{}", because(.reason.as_ref()))]
    Ended { id: JobId, state: JobState, reason: Option<String> },
    #[error("no kind of job lives in the queue {queue}; there are {}", listed(known))]
    NoQueue { queue: QueueName, known: Vec<QueueName> },
    #[error("the engine redis needs to know where it is; give --redis-url or set REDIS_URL")]
    NoRedis,
    #[error(
        "the queue `bench` is in use: {0}; a measurement empties that queue, so it needs a Redis, or a database of it, \
         where nobody else uses it"
    )]
    QueueTaken(String),
    #[error("interrupted before there was anything to tell; nothing was left behind")]
    Interrupted,
    #[error("the worker stopped: {0}")]
    Worker(String),
    #[error("the API stopped: {0}")]
    Api(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<RelayError> for Failure {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Engine(error) => Self::Engine(error),
            RelayError::Store(error) => Self::Store(error),
            error => Self::Relay(error),
        }
    }
}

impl Failure {
    /// Whether nobody reads our output any more, as behind `| head`. That is no failure.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

fn listen_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there already; stop it, or choose another address with --listen, like \
             127.0.0.1:0 for any free port"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for the system; choose a higher one with --listen"
        }
        _ => "choose an address of this machine with --listen, like 127.0.0.1:7070",
    }
}

fn rejection_hint(rejection: &Rejection) -> String {
    match rejection {
        Rejection::QueueFull { queue, .. } => {
            format!("try again later, or raise it with `windlass queues policy {queue} --max-depth N`")
        }
        Rejection::QuotaReached { queue, tenant, .. } => {
            format!("try again later, or raise it with `windlass queues tenant {queue} {tenant} --quota N`")
        }
        Rejection::Draining { queue } => format!("`windlass queues undrain {queue}` ends that"),
        _ => "try again later".to_owned(),
    }
}

fn store_hint(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable { .. } => "; check --database-url or DATABASE_URL, and that the server runs",
        StoreError::Busy { .. } => "; try again",
        _ => "",
    }
}

fn listed_migrations(names: &[String]) -> String {
    match names {
        [only] => format!("the migration {only}"),
        names => {
            format!("{} migrations, the first is {}", names.len(), names.first().map_or("", String::as_str))
        }
    }
}

fn listed(queues: &[QueueName]) -> String {
    queues.iter().map(QueueName::as_str).collect::<Vec<_>>().join(", ")
}

fn because(reason: Option<&String>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

fn refused(error: &EnqueueError, known: &[String]) -> String {
    match error {
        EnqueueError::Check(CheckError::UnknownKind(unknown)) => unknown_kind(unknown, known),
        EnqueueError::Check(CheckError::InvalidArgs { kind, faults }) => {
            let lines = faults.iter().map(|fault| {
                let path = if fault.path.is_empty() { "(the whole)" } else { &fault.path };
                format!("\n  {path}: {}", fault.message)
            });
            format!("the args do not fit the schema of {kind}:{}", lines.collect::<String>())
        }
        other => other.to_string(),
    }
}

fn unknown_kind(unknown: &windlass_queue::UnknownKind, known: &[String]) -> String {
    let name = &unknown.name;
    if name.starts_with("diagnostic.") {
        return format!("there is no kind {name:?}; the diagnostic kinds need --diagnostics");
    }
    match &unknown.nearest[..] {
        [] => format!("there is no kind {name:?}; there are {}", known.join(", ")),
        [only] => format!("there is no kind {name:?}; did you mean {only}?"),
        several => {
            let names: Vec<_> = several.iter().map(ToString::to_string).collect();
            format!("there is no kind {name:?}; did you mean one of {}?", names.join(", "))
        }
    }
}
