use std::num::NonZeroUsize;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use windlass_api::CorsOrigins;
use windlass_email::{Mailbox, TlsPolicy};
use windlass_queue::MOST_EVENTS;
use windlass_redis::RedisOptions;
use windlass_relay::RelayOptions;
use windlass_shared::QueueName;
use windlass_store::blobs::BlobsOptions;

use super::access::AccessSettings;
use super::entry::Layer;
use super::reader::Reader;
use super::store::StoreSettings;
use super::{blobs, history, key};

/// Everything that can be set, checked.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where Redis is; without it the embedded engine keeps the jobs.
    pub(crate) redis_url: Option<SecretString>,
    /// Where the store is.
    pub(crate) store: StoreSettings,
    /// The directory of everything that Windlass keeps itself.
    pub(crate) data_dir: PathBuf,
    /// Where large values are kept; without it in the data directory, if jobs are kept there too.
    pub(crate) blobs: Option<BlobsOptions>,
    /// Whether the diagnostic kinds exist.
    pub(crate) diagnostics: bool,
    /// The HTTP API.
    pub(crate) api: ApiSettings,
    /// Who may ask it, and how much.
    pub(crate) access: AccessSettings,
    /// The worker.
    pub(crate) worker: WorkerSettings,
    /// What of jobs is recorded, and for how long that is kept.
    pub(crate) history: RelayOptions,
    /// What is logged, and how.
    pub(crate) log: LogSettings,
    /// How mail leaves.
    pub(crate) mail: MailSettings,
}

/// The HTTP API's settings.
#[derive(Debug, Clone)]
pub(crate) struct ApiSettings {
    /// `HOST:PORT`.
    pub(crate) listen: String,
    /// What callers must show.
    pub(crate) key: Option<SecretString>,
    /// The web pages that may ask from a browser.
    pub(crate) cors: CorsOrigins,
}

/// The worker's settings.
#[derive(Debug, Clone)]
pub(crate) struct WorkerSettings {
    /// The queues that it serves; all that have kinds when empty.
    pub(crate) queues: Vec<QueueName>,
    /// How many jobs of each queue run at the same time.
    pub(crate) concurrency: NonZeroUsize,
    /// Whether it records what happens and relays the outbox beside its jobs.
    pub(crate) relay: bool,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub(crate) struct LogSettings {
    /// Directives like `info,windlass_worker=debug`; each role has its own default.
    pub(crate) filter: Option<String>,
    /// How a line looks.
    pub(crate) format: LogFormat,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For collectors: one object a line.
    Json,
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub(crate) struct MailSettings {
    /// The server; without it mail is kept in the mailbox folder.
    pub(crate) smtp: Option<SmtpSettings>,
    /// The sender of messages that name none.
    pub(crate) from: Mailbox,
}

/// An SMTP server.
#[derive(Debug, Clone)]
pub(crate) struct SmtpSettings {
    /// Its host.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// The login.
    pub(crate) credentials: Option<(String, SecretString)>,
    /// Whether and how the connection is encrypted.
    pub(crate) tls: TlsPolicy,
}

/// A sender that shows on the first mail that it wants to be replaced.
pub(crate) const DEFAULT_FROM: &str = "windlass@localhost";
const SHORTEST_KEY: usize = 16;
const MOST_CONCURRENCY: u64 = 10_000;

/// What holds when nobody says otherwise.
pub(super) fn defaults() -> Layer {
    let mut layer = Layer::default();
    layer.give(&key::DATA_DIR, "./.windlass", "default");
    layer.give(&key::DIAGNOSTICS, false, "default");
    layer.give(&key::API_LISTEN, "127.0.0.1:7070", "default");
    layer.give(&key::KEY_PER_SECOND, 0_u64, "default");
    layer.give(&key::ORGANIZATION_PER_SECOND, 0_u64, "default");
    layer.give(&key::ORGANIZATION_CLAIM, "organization", "default");
    layer.give(&key::ROLES_CLAIM, "roles", "default");
    layer.give(&key::WORKER_CONCURRENCY, 20_u64, "default");
    layer.give(&key::WORKER_RELAY, true, "default");
    layer.give(&key::HISTORY_KEEP_DAYS, 90_u64, "default");
    layer.give(&key::HISTORY_PAYLOADS, true, "default");
    layer.give(&key::HISTORY_MOST_EVENTS, MOST_EVENTS, "default");
    layer.give(&key::LOG_FORMAT, "text", "default");
    layer.give(&key::SMTP_PORT, 587_u64, "default");
    layer.give(&key::SMTP_TLS, TlsPolicy::default().as_str(), "default");
    layer.give(&key::EMAIL_FROM, DEFAULT_FROM, "default");
    layer
}

impl Settings {
    /// Reads every setting; `None` leaves the reasons with the reader.
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let redis_url = redis_url(reader);
        let store = StoreSettings::read(reader);
        let access = AccessSettings::read(reader);
        let blobs = blobs::read(reader);
        let data_dir = reader.text(&key::DATA_DIR).map(PathBuf::from);
        let (api, worker, log, mail) = (api(reader), worker(reader), log(reader), mail(reader));
        let history = history::read(reader);
        Some(Self {
            redis_url,
            store,
            data_dir: data_dir?,
            blobs,
            diagnostics: reader.flag(&key::DIAGNOSTICS),
            api: api?,
            access: access?,
            worker: worker?,
            history: history?,
            log: log?,
            mail: mail?,
        })
    }
}

fn redis_url(reader: &mut Reader) -> Option<SecretString> {
    let url = reader.secret(&key::REDIS_URL)?;
    let checked = RedisOptions::from_url(url.expose_secret()).map(|_| url.clone());
    reader.accept(&key::REDIS_URL, checked)
}

fn api(reader: &mut Reader) -> Option<ApiSettings> {
    let listen = reader.text(&key::API_LISTEN).map(host_and_port);
    let listen = listen.and_then(|checked| reader.accept(&key::API_LISTEN, checked));
    let api_key = reader.secret(&key::API_KEY).map(long_enough);
    let api_key = api_key.and_then(|checked| reader.accept(&key::API_KEY, checked));
    let origins = reader.list(&key::API_CORS_ORIGINS);
    let origins = CorsOrigins::new(origins.iter().map(String::as_str));
    let cors = reader.accept(&key::API_CORS_ORIGINS, origins);
    Some(ApiSettings { listen: listen?, key: api_key, cors: cors? })
}

fn host_and_port(listen: String) -> Result<String, String> {
    let port = listen.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
    match port.map(str::parse::<u16>) {
        Some(Ok(_)) => Ok(listen),
        Some(Err(_)) | None => Err(format!("{listen:?} is not HOST:PORT, like 127.0.0.1:7070")),
    }
}

fn long_enough(key: SecretString) -> Result<SecretString, String> {
    let text = key.expose_secret();
    if text.chars().count() < SHORTEST_KEY {
        let length = text.chars().count();
        return Err(format!(
            "the API key has {length} characters; take {SHORTEST_KEY} or more, like the output of `openssl rand -hex 24`"
        ));
    }
    // What callers send in a header must fit into one.
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the API key may only have letters, digits and signs of ASCII, and no spaces".to_owned());
    }
    Ok(key)
}

fn worker(reader: &mut Reader) -> Option<WorkerSettings> {
    let queues: Result<Vec<_>, _> =
        reader.list(&key::WORKER_QUEUES).iter().map(|name| name.parse()).collect();
    let queues = reader.accept(&key::WORKER_QUEUES, queues);
    let concurrency = reader.number(&key::WORKER_CONCURRENCY, |number| {
        let number = Some(number).filter(|number| *number <= MOST_CONCURRENCY);
        let number = number.and_then(|number| NonZeroUsize::new(usize::try_from(number).ok()?));
        number.ok_or_else(|| format!("goes from 1 to {MOST_CONCURRENCY}"))
    });
    let relay = reader.flag(&key::WORKER_RELAY);
    Some(WorkerSettings { queues: queues?, concurrency: concurrency?, relay })
}

fn log(reader: &mut Reader) -> Option<LogSettings> {
    let filter =
        reader.text(&key::LOG_FILTER).map(|text| match text.parse::<tracing_subscriber::EnvFilter>() {
            Ok(_) => Ok(text),
            Err(error) => Err(format!("{text:?} is not a filter like info,windlass_worker=debug: {error}")),
        });
    let filter = filter.and_then(|checked| reader.accept(&key::LOG_FILTER, checked));
    let format = match reader.text(&key::LOG_FORMAT).as_deref() {
        Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        other => Err(format!("{:?} is not a format; use text or json", other.unwrap_or_default())),
    };
    Some(LogSettings { filter, format: reader.accept(&key::LOG_FORMAT, format)? })
}

fn mail(reader: &mut Reader) -> Option<MailSettings> {
    let (smtp, from) = (smtp(reader), from(reader));
    Some(MailSettings { smtp, from: from? })
}

fn from(reader: &mut Reader) -> Option<Mailbox> {
    let mailbox = reader.text(&key::EMAIL_FROM)?.parse::<Mailbox>();
    let mailbox = reader.accept(&key::EMAIL_FROM, mailbox)?;
    match reader.text(&key::EMAIL_FROM_NAME) {
        Some(name) => reader.accept(&key::EMAIL_FROM_NAME, mailbox.with_name(&name)),
        None => Some(mailbox),
    }
}

fn smtp(reader: &mut Reader) -> Option<SmtpSettings> {
    // The rest is checked even where no host makes use of it, so that a mistake does not wait for one.
    let port = reader.number(&key::SMTP_PORT, |number| match u16::try_from(number) {
        Ok(port) if port > 0 => Ok(port),
        Ok(_) | Err(_) => Err("goes from 1 to 65535"),
    });
    let tls = reader.text(&key::SMTP_TLS).map(|text| text.parse::<TlsPolicy>());
    let tls = tls.and_then(|checked| reader.accept(&key::SMTP_TLS, checked));
    let credentials = credentials(reader);
    Some(SmtpSettings { host: reader.text(&key::SMTP_HOST)?, port: port?, credentials, tls: tls? })
}

fn credentials(reader: &mut Reader) -> Option<(String, SecretString)> {
    match (reader.text(&key::SMTP_USERNAME), reader.secret(&key::SMTP_PASSWORD)) {
        (Some(username), Some(password)) => Some((username, password)),
        (None, None) => None,
        (Some(_), None) => reader.accept(&key::SMTP_USERNAME, Err("smtp.password is missing")),
        (None, Some(_)) => reader.accept(&key::SMTP_PASSWORD, Err("smtp.username is missing")),
    }
}
