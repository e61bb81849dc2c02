use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
use crate::http::{Http, Retries, headers};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// How long one attempt may take; longer than the server lets any request take, so that its own answer is heard.
const ATTEMPT: Duration = Duration::from_secs(20);

/// A client of one Windlass. Clones are cheap and share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) http: Arc<Http>,
}

/// What a client is made of.
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    url: String,
    key: SecretString,
    organization: Option<String>,
    retries: Retries,
    connect: Duration,
    attempt: Duration,
}

impl Client {
    /// A client of the Windlass at `url`, such as `https://jobs.example.com`, with an API key or a JWT.
    ///
    /// Nothing is sent yet. It is refused when `url` is no web address.
    pub fn new(url: &str, key: impl Into<SecretString>) -> Result<Self, Error> {
        Self::builder(url, key).build()
    }

    /// The same with settings.
    pub fn builder(url: &str, key: impl Into<SecretString>) -> ClientBuilder {
        ClientBuilder {
            url: url.to_owned(),
            key: key.into(),
            organization: None,
            retries: Retries::default(),
            connect: CONNECT,
            attempt: ATTEMPT,
        }
    }
}

impl ClientBuilder {
    /// Speaks for this organization, which takes a key that may: an operator's.
    pub fn organization(self, organization: impl Into<String>) -> Self {
        Self { organization: Some(organization.into()), ..self }
    }

    /// When and how often requests are sent again; usually five times within some seconds.
    pub fn retries(self, retries: Retries) -> Self {
        Self { retries, ..self }
    }

    /// How long a connection may take to be made; usually 5 s.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        Self { connect: limit, ..self }
    }

    /// How long one attempt may take, with its answer; usually 20 s. The server gives up after 15 s.
    pub fn attempt_timeout(self, limit: Duration) -> Self {
        Self { attempt: limit, ..self }
    }

    /// The client.
    pub fn build(self) -> Result<Client, Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(self.connect)
            .timeout(self.attempt)
            // An order that is led elsewhere would lose its body or its key on the way.
            .redirect(Policy::none())
            .user_agent(concat!("windlass-client/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::unusable("the HTTP client", &error))?;
        let headers = headers(self.key.expose_secret(), self.organization.as_deref())?;
        let http = Http { client, base: base(&self.url)?, headers, retries: self.retries };
        Ok(Client { http: Arc::new(http) })
    }
}

fn base(text: &str) -> Result<Url, Error> {
    let refused = |reason: &str| Error::unusable("the URL of the server", reason);
    let mut url: Url = text.parse().map_err(|_| refused("it is none; write https://HOST"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("it begins neither with https:// nor with http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it holds a user or a password; the API key is given by itself"));
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_a_servers_is_refused_when_the_client_is_made() {
        for wrong in ["", "jobs.example.com", "redis://127.0.0.1", "https://ada:secret@example.com"] {
            let error = Client::new(wrong, "a-key-of-16-letters").unwrap_err();
            assert!(error.to_string().starts_with("the URL of the server"), "{error}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_server_below_a_path_is_asked_there() {
        assert_eq!(base("https://example.com/jobs?x=1").unwrap().as_str(), "https://example.com/jobs/");
    }

    #[test]
    fn the_key_does_not_show_in_debug_output() {
        let builder = Client::builder("http://127.0.0.1:1", "a-key-of-16-letters");
        let client = builder.clone().build().unwrap();
        assert!(!format!("{builder:?} {client:?}").contains("a-key-of"));
    }
}
