use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::{InvalidTokenOptions, TokenFault, TokenRefusal};

/// How long one fetch may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How large a set may be, in bytes and in keys.
const MOST_BYTES: usize = 256 << 10;
const MOST_KEYS: usize = 100;

/// The keys that an issuer publishes (RFC 7517), fetched when they are needed and kept while the issuer is away.
#[derive(Debug)]
pub(in crate::access) struct KeySet {
    url: Url,
    http: Client,
    pause: Duration,
    refresh: Duration,
    known: RwLock<Known>,
    /// Whoever holds it fetches; the others wait for that.
    turn: Mutex<()>,
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
        let (known, turn) = (RwLock::default(), Mutex::default());
        Ok(Self { url, http, pause, refresh, known, turn })
    }

    pub(super) fn address(url: &str) -> Result<Url, InvalidTokenOptions> {
        let parsed =
            Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        parsed.ok_or_else(|| InvalidTokenOptions::Address { url: url.to_owned() })
    }

    /// The key of this id; of a set with one key only, that one for a token that names none.
    pub(super) async fn key(&self, id: Option<&str>) -> Result<Arc<DecodingKey>, TokenRefusal> {
        let known = self.known();
        match known.find(id) {
            Some(key) if !known.is_old(self.refresh) => return Ok(key),
            // One fetches an old set anew; the others go by what is known.
            Some(key) => match self.turn.try_lock() {
                Ok(turn) => self.fetch(turn).await,
                Err(_) => return Ok(key),
            },
            None => self.fetch(self.turn.lock().await).await,
        }
        let known = self.known();
        match (known.find(id), known.keys) {
            (Some(key), _) => Ok(key),
            (None, Some(_)) => Err(TokenFault::UnknownKey.into()),
            (None, None) => Err(TokenRefusal::KeysAway),
        }
    }

    /// Fetches the set, unless somebody has just tried.
    async fn fetch(&self, _turn: MutexGuard<'_, ()>) {
        if self.known().tried.is_some_and(|tried| tried.elapsed() < self.pause) {
            return;
        }
        // Before it begins: a caller who hangs up in the middle shall not make the next one begin at once.
        self.change(|known| known.tried = Some(Instant::now()));
        match self.download().await {
            Ok(keys) => self.change(|known| {
                known.keys = Some(Arc::new(keys));
                known.fetched = Some(Instant::now());
            }),
            Err(fault) => tracing::warn!(url = %self.url, fault, "the key set of tokens cannot be fetched"),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    async fn download(&self) -> Result<Keys, String> {
        let answer = self.http.get(self.url.clone()).send().await.map_err(|error| error.to_string())?;
        let answer = answer.error_for_status().map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("it is answered with {}", answer.status()));
        }
        let body = bounded(answer).await?;
        let set = serde_json::from_slice::<PublishedSet>(&body).map_err(|error| error.to_string())?;
        Ok(Keys::of(set))
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn bounded(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| error.to_string())? {
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
