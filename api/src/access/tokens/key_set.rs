use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::{InvalidTokenOptions, TokenFault, TokenRefusal};

/// How long one fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How large a set may be, in bytes and in keys.
const MOST_BYTES: usize = 256 << 10;
const MOST_KEYS: usize = 100;

/// The keys that an issuer publishes (RFC 7517), fetched when they are needed and kept while the issuer is away.
pub(in crate::access) struct KeySet {
    /// Where they are published, perhaps with a password or a signature in it: neither the log nor anybody else is told.
    url: Url,
    http: Client,
    pause: Duration,
    refresh: Duration,
    known: RwLock<Known>,
    /// Whoever holds it fetches; the others wait for that.
    turn: Arc<Mutex<()>>,
}

/// What is known of the set.
#[derive(Debug, Clone, Default)]
struct Known {
    keys: Option<Arc<Keys>>,
    fetched: Option<Instant>,
    /// When it was last tried, with or without success.
    tried: Option<Instant>,
}

/// The keys of a set that can be used, by their ids.
#[derive(Debug, Default)]
struct Keys(HashMap<Option<String>, Arc<DecodingKey>>);

#[derive(Debug, Deserialize)]
struct PublishedSet {
    keys: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct PublishedKey {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: String,
    e: String,
}

impl KeySet {
    /// How long a set is not fetched again because of an unknown key, or after a failure.
    pub(super) const PAUSE: Duration = Duration::from_secs(30);
    /// After how long it is fetched anew in any case, so that a key that was withdrawn opens nothing any more.
    pub(super) const REFRESH: Duration = Duration::from_mins(10);

    pub(super) fn new(url: &str, pause: Duration, refresh: Duration) -> Result<Self, InvalidTokenOptions> {
        let url = Self::address(url)?;
        let http = Client::builder().timeout(PATIENCE).redirect(Policy::none()).no_proxy().build();
        let http = http.map_err(|error| InvalidTokenOptions::Http { detail: error.to_string() })?;
        let (known, turn) = (RwLock::default(), Arc::default());
        Ok(Self { url, http, pause, refresh, known, turn })
    }

    pub(super) fn address(url: &str) -> Result<Url, InvalidTokenOptions> {
        let parsed =
            Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        parsed.ok_or_else(|| InvalidTokenOptions::Address { url: without_secrets(url) })
    }

    /// The key of this id; of a set with one key only, that one for a token that names none. Fetching is one of these tasks.
    pub(super) async fn key(
        self: &Arc<Self>,
        id: Option<&str>,
        tasks: &TaskTracker,
    ) -> Result<Arc<DecodingKey>, TokenRefusal> {
        let known = self.known();
        match known.find(id) {
            Some(key) if !known.is_old(self.refresh) => return Ok(key),
            // One fetches an old set anew; the others go by what is known.
            Some(key) => match Arc::clone(&self.turn).try_lock_owned() {
                Ok(turn) => self.fetch(turn, tasks).await,
                Err(_) => return Ok(key),
            },
            None => self.fetch(Arc::clone(&self.turn).lock_owned().await, tasks).await,
        }
        let known = self.known();
        match (known.find(id), known.keys) {
            (Some(key), _) => Ok(key),
            (None, Some(_)) => Err(TokenFault::UnknownKey.into()),
            (None, None) => Err(TokenRefusal::KeysAway),
        }
    }

    /// Fetches the set, unless somebody has just tried.
    ///
    /// It goes on when the caller hangs up: everybody else's tokens wait for it as well, and it is not tried again so soon.
    async fn fetch(self: &Arc<Self>, turn: OwnedMutexGuard<()>, tasks: &TaskTracker) {
        if self.known().tried.is_some_and(|tried| tried.elapsed() < self.pause) {
            return;
        }
        let set = Arc::clone(self);
        let fetching = async move {
            set.fetch_now().await;
            drop(turn);
        };
        if let Err(error) = tasks.spawn(fetching.in_current_span()).await {
            tracing::error!(%error, "fetching the key set of tokens broke off");
        }
    }

    async fn fetch_now(&self) {
        self.change(|known| known.tried = Some(Instant::now()));
        match self.download().await {
            Ok(keys) => self.change(|known| {
                known.keys = Some(Arc::new(keys));
                known.fetched = Some(Instant::now());
            }),
            Err(fault) => {
                tracing::warn!(url = %self.shown(), fault, "the key set of tokens cannot be fetched");
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    async fn download(&self) -> Result<Keys, String> {
        let answer = self.http.get(self.url.clone()).send().await.map_err(told)?;
        let answer = answer.error_for_status().map_err(told)?;
        if !answer.status().is_success() {
            return Err(format!("it is answered with {}", answer.status()));
        }
        let body = bounded(answer).await?;
        let set = serde_json::from_slice::<PublishedSet>(&body).map_err(|error| error.to_string())?;
        Ok(Keys::of(set))
    }

    /// The address without what may be secret in it.
    fn shown(&self) -> String {
        without_secrets(self.url.as_str())
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("url", &self.shown()).finish_non_exhaustive()
    }
}

/// An address, or what was meant for one, without user, password, query and fragment. Rather too little of it is shown than
/// too much.
fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let separator = if scheme.is_empty() { "" } else { "://" };
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{separator}{rest}")
}

/// An error without the address, which stands in most of them.
fn told(error: reqwest::Error) -> String {
    error.without_url().to_string()
}

async fn bounded(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(told)? {
        if body.len() + piece.len() > MOST_BYTES {
            return Err(format!("it has more than {MOST_BYTES} bytes"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

impl Known {
    fn find(&self, id: Option<&str>) -> Option<Arc<DecodingKey>> {
        let Keys(keys) = self.keys.as_deref()?;
        match id {
            Some(id) => keys.get(&Some(id.to_owned())).cloned(),
            None => keys.values().next().filter(|_| keys.len() == 1).cloned(),
        }
    }

    fn is_old(&self, refresh: Duration) -> bool {
        self.fetched.is_none_or(|fetched| fetched.elapsed() >= refresh)
    }
}

impl Keys {
    /// Those that sign with RS256. A set may hold others, for other purposes.
    fn of(set: PublishedSet) -> Self {
        let keys = set.keys.into_iter().take(MOST_KEYS).filter_map(|key| {
            let key = serde_json::from_value::<PublishedKey>(key).ok()?;
            let signs = key.kty == "RSA"
                && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
                && key.alg.as_deref().is_none_or(|algorithm| algorithm == "RS256");
            let decoding = signs.then(|| DecodingKey::from_rsa_components(&key.n, &key.e).ok())??;
            Some((key.kid, Arc::new(decoding)))
        });
        Self(keys.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_secret_in_an_address_is_not_told_when_it_cannot_be_fetched_from() {
        // A port that was just free and is given back: nothing listens there.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://windlass:hush@127.0.0.1:{port}/keys?signature=quiet#silent");
        let set = KeySet::new(&url, KeySet::PAUSE, KeySet::REFRESH).unwrap();
        assert_eq!(set.shown(), format!("http://127.0.0.1:{port}/keys"));
        let fault = set.download().await.unwrap_err();
        assert!(!fault.contains("hush") && !fault.contains("quiet"), "{fault}");
    }

    #[test]
    fn what_is_no_address_is_shown_without_what_looks_like_a_secret() {
        assert_eq!(without_secrets("issuer.example/keys"), "issuer.example/keys");
        assert_eq!(without_secrets("windlass:hu?sh@issuer.example/keys?quiet"), "issuer.example/keys");
    }
}
