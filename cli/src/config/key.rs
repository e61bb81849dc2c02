use figment::value::{Dict, Value};

/// One setting: its place in the file, its names in the environment, and what may stand there.
#[derive(Debug)]
pub(crate) struct Key {
    /// The dotted path in the file.
    pub(crate) path: &'static str,
    /// The variables that set it. The first one that is set counts.
    pub(crate) variables: &'static [&'static str],
    /// What may stand there.
    pub(crate) shape: Shape,
}

/// What a setting's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A text.
    Text,
    /// A whole number, 0 or more.
    Number,
    /// true or false.
    Flag,
    /// A list of texts; separated by commas in the environment.
    List,
    /// Lists of texts by name: a table in the file, `name=a,b;other=c` in the environment.
    Lists,
    /// A text that is never shown, and that can stand in a file of its own (`…_file`, `…_FILE`).
    Secret,
}

pub(crate) const REDIS_URL: Key = Key::new("redis_url", &["REDIS_URL"], Shape::Secret);
pub(crate) const DATABASE_URL: Key = Key::new("database_url", &["DATABASE_URL"], Shape::Secret);
pub(crate) const SECRET_KEY: Key = Key::new("secret_key", &["WINDLASS_SECRET_KEY"], Shape::Secret);
pub(crate) const DATA_DIR: Key = Key::new("data_dir", &["WINDLASS_DATA_DIR"], Shape::Text);
pub(crate) const BLOBS_URL: Key = Key::new("blobs.url", &["WINDLASS_BLOBS_URL"], Shape::Text);
pub(crate) const BLOBS_ENDPOINT: Key =
    Key::new("blobs.endpoint", &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"], Shape::Text);
pub(crate) const BLOBS_REGION: Key =
    Key::new("blobs.region", &["AWS_REGION", "AWS_DEFAULT_REGION"], Shape::Text);
pub(crate) const BLOBS_KEY_ID: Key = Key::new("blobs.access_key_id", &["AWS_ACCESS_KEY_ID"], Shape::Text);
pub(crate) const BLOBS_KEY: Key =
    Key::new("blobs.secret_access_key", &["AWS_SECRET_ACCESS_KEY"], Shape::Secret);
pub(crate) const DIAGNOSTICS: Key = Key::new("diagnostics", &["WINDLASS_DIAGNOSTICS"], Shape::Flag);
pub(crate) const API_LISTEN: Key = Key::new("api.listen", &["WINDLASS_LISTEN"], Shape::Text);
pub(crate) const API_KEY: Key = Key::new("api.key", &["WINDLASS_API_KEY"], Shape::Secret);
pub(crate) const API_CORS_ORIGINS: Key =
    Key::new("api.cors_origins", &["WINDLASS_CORS_ORIGINS"], Shape::List);
pub(crate) const KEY_PER_SECOND: Key =
    Key::new("api.rate_limit.key_per_second", &["WINDLASS_RATE_LIMIT_KEY_PER_SECOND"], Shape::Number);
pub(crate) const KEY_BURST: Key =
    Key::new("api.rate_limit.key_burst", &["WINDLASS_RATE_LIMIT_KEY_BURST"], Shape::Number);
pub(crate) const ORGANIZATION_PER_SECOND: Key = Key::new(
    "api.rate_limit.organization_per_second",
    &["WINDLASS_RATE_LIMIT_ORGANIZATION_PER_SECOND"],
    Shape::Number,
);
pub(crate) const ORGANIZATION_BURST: Key =
    Key::new("api.rate_limit.organization_burst", &["WINDLASS_RATE_LIMIT_ORGANIZATION_BURST"], Shape::Number);
pub(crate) const JWT_SECRET: Key = Key::new("auth.jwt_secret", &["JWT_SECRET"], Shape::Secret);
pub(crate) const JWKS_URL: Key = Key::new("auth.jwks_url", &["JWKS_URL"], Shape::Text);
pub(crate) const JWT_ISSUER: Key = Key::new("auth.issuer", &["WINDLASS_JWT_ISSUER"], Shape::Text);
pub(crate) const JWT_AUDIENCE: Key = Key::new("auth.audience", &["WINDLASS_JWT_AUDIENCE"], Shape::Text);
pub(crate) const ORGANIZATION_CLAIM: Key =
    Key::new("auth.organization_claim", &["WINDLASS_JWT_ORGANIZATION_CLAIM"], Shape::Text);
pub(crate) const ROLES_CLAIM: Key = Key::new("auth.roles_claim", &["WINDLASS_JWT_ROLES_CLAIM"], Shape::Text);
pub(crate) const ROLES: Key = Key::new("auth.roles", &["WINDLASS_ROLES"], Shape::Lists);
pub(crate) const WORKER_QUEUES: Key = Key::new("worker.queues", &["WINDLASS_QUEUES"], Shape::List);
pub(crate) const WORKER_CONCURRENCY: Key =
    Key::new("worker.concurrency", &["WINDLASS_CONCURRENCY"], Shape::Number);
pub(crate) const WORKER_RELAY: Key = Key::new("worker.relay", &["WINDLASS_WORKER_RELAY"], Shape::Flag);
pub(crate) const HISTORY_POLICY: Key = Key::new("history.policy", &["WINDLASS_HISTORY_POLICY"], Shape::Lists);
pub(crate) const HISTORY_KEEP_DAYS: Key =
    Key::new("history.keep_days", &["WINDLASS_HISTORY_KEEP_DAYS"], Shape::Number);
pub(crate) const HISTORY_PAYLOADS: Key =
    Key::new("history.payloads", &["WINDLASS_HISTORY_PAYLOADS"], Shape::Flag);
pub(crate) const HISTORY_MOST_EVENTS: Key =
    Key::new("history.most_events", &["WINDLASS_HISTORY_MOST_EVENTS"], Shape::Number);
pub(crate) const LOG_FILTER: Key = Key::new("log.filter", &["WINDLASS_LOG"], Shape::Text);
pub(crate) const LOG_FORMAT: Key = Key::new("log.format", &["WINDLASS_LOG_FORMAT"], Shape::Text);
pub(crate) const SMTP_HOST: Key = Key::new("smtp.host", &["SMTP_HOST"], Shape::Text);
pub(crate) const SMTP_PORT: Key = Key::new("smtp.port", &["SMTP_PORT"], Shape::Number);
pub(crate) const SMTP_USERNAME: Key = Key::new("smtp.username", &["SMTP_USERNAME", "SMTP_USER"], Shape::Text);
pub(crate) const SMTP_PASSWORD: Key = Key::new("smtp.password", &["SMTP_PASSWORD"], Shape::Secret);
pub(crate) const SMTP_TLS: Key = Key::new("smtp.tls", &["WINDLASS_SMTP_TLS"], Shape::Text);
pub(crate) const EMAIL_FROM: Key = Key::new("email.from", &["FROM_EMAIL", "DEFAULT_FROM_EMAIL"], Shape::Text);
pub(crate) const EMAIL_FROM_NAME: Key =
    Key::new("email.from_name", &["FROM_NAME", "DEFAULT_FROM_NAME"], Shape::Text);

/// Every setting that exists.
pub(crate) const KEYS: [&Key; 40] = [
    &REDIS_URL,
    &DATABASE_URL,
    &SECRET_KEY,
    &DATA_DIR,
    &BLOBS_URL,
    &BLOBS_ENDPOINT,
    &BLOBS_REGION,
    &BLOBS_KEY_ID,
    &BLOBS_KEY,
    &DIAGNOSTICS,
    &API_LISTEN,
    &API_KEY,
    &API_CORS_ORIGINS,
    &KEY_PER_SECOND,
    &KEY_BURST,
    &ORGANIZATION_PER_SECOND,
    &ORGANIZATION_BURST,
    &JWT_SECRET,
    &JWKS_URL,
    &JWT_ISSUER,
    &JWT_AUDIENCE,
    &ORGANIZATION_CLAIM,
    &ROLES_CLAIM,
    &ROLES,
    &WORKER_QUEUES,
    &WORKER_CONCURRENCY,
    &WORKER_RELAY,
    &HISTORY_POLICY,
    &HISTORY_KEEP_DAYS,
    &HISTORY_PAYLOADS,
    &HISTORY_MOST_EVENTS,
    &LOG_FILTER,
    &LOG_FORMAT,
    &SMTP_HOST,
    &SMTP_PORT,
    &SMTP_USERNAME,
    &SMTP_PASSWORD,
    &SMTP_TLS,
    &EMAIL_FROM,
    &EMAIL_FROM_NAME,
];

impl Key {
    const fn new(path: &'static str, variables: &'static [&'static str], shape: Shape) -> Self {
        Self { path, variables, shape }
    }

    /// The setting at this path of the file.
    pub(crate) fn at(path: &str) -> Option<&'static Self> {
        KEYS.into_iter().find(|key| key.path == path)
    }

    /// The secret whose file is named at this path, like `smtp.password_file`.
    pub(crate) fn of_file_path(path: &str) -> Option<&'static Self> {
        Self::at(path.strip_suffix("_file")?).filter(|key| key.shape == Shape::Secret)
    }
}

impl Shape {
    /// The value that a text of the environment stands for; `None` when it does not look like one.
    pub(crate) fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Text | Self::Secret => Some(text.into()),
            Self::Number => text.trim().parse::<u64>().ok().map(Into::into),
            Self::Flag => match text.trim() {
                "true" | "1" | "yes" | "on" => Some(true.into()),
                "false" | "0" | "no" | "off" => Some(false.into()),
                _ => None,
            },
            Self::List => Some(list(text)),
            Self::Lists => {
                let entries = text.split(';').map(str::trim).filter(|entry| !entry.is_empty());
                let named = entries.map(|entry| entry.split_once('='));
                let lists =
                    named.map(|entry| entry.map(|(name, items)| (name.trim().to_owned(), list(items))));
                lists.collect::<Option<Dict>>().map(Value::from)
            }
        }
    }

    /// Whether a value of the file looks like one.
    pub(crate) fn admits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text | Self::Secret, Value::String(..)) | (Self::Flag, Value::Bool(..)) => true,
            (Self::Number, value) => whole(value).is_some(),
            (Self::List, Value::Array(_, items)) => items.iter().all(|item| item.as_str().is_some()),
            (Self::Lists, Value::Dict(_, lists)) => lists.values().all(|list| Self::List.admits(list)),
            (Self::Text | Self::Secret | Self::Flag | Self::List | Self::Lists, _) => false,
        }
    }

    /// What is expected, for a message.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::Secret => "a text in quotes",
            Self::Number => "a whole number, 0 or more",
            Self::Flag => "true or false",
            Self::List => "a list of texts",
            Self::Lists => "lists of texts by name, like name=a,b;other=c",
        }
    }
}

fn list(text: &str) -> Value {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(Value::from).collect::<Vec<_>>().into()
}

/// A whole number of at least 0; figment keeps what it reads in the type that it was written in.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Num(_, number) => {
            let signed = || number.to_i128().and_then(|number| u128::try_from(number).ok());
            number.to_u128().or_else(signed).and_then(|number| u64::try_from(number).ok())
        }
        _ => None,
    }
}
