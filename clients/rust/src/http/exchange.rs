use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde::de::DeserializeOwned;

use super::{Problem, Request, Retries};
use crate::error::Error;

/// The way to the server.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) client: reqwest::Client,
    /// Ends with `/`.
    pub(crate) base: Url,
    /// `Authorization`, and the organization if there is one. The key does not show in debug output.
    pub(crate) headers: HeaderMap,
    pub(crate) retries: Retries,
}

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) outcome: Result<Answer, Error>,
    /// Whether an earlier sending of it may have taken effect unseen.
    pub(crate) earlier: Earlier,
}

/// What is known of the sendings before the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// There was none, or none that took effect.
    Nothing,
    /// One may have taken effect.
    Unknown,
}

/// A full answer that refuses nothing.
#[derive(Debug)]
pub(crate) struct Answer {
    name: String,
    body: Bytes,
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::unreadable(format!("the answer to {}", self.name), error))
    }
}

impl Http {
    /// Asks, again where that makes sense, and reads the answer.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Error> {
        self.exchange(request).await.outcome?.json()
    }

    /// Asks, again where that makes sense.
    pub(crate) async fn exchange(&self, request: &Request) -> Exchange {
        let (mut failures, mut earlier) = (0, Earlier::Nothing);
        loop {
            let outcome = self.once(request).await;
            let Err(error) = &outcome else { return Exchange { outcome, earlier } };
            failures += 1;
            let Some(pause) = self.retries.pause(error, request.repeat, failures) else {
                return Exchange { outcome, earlier };
            };
            if error.problem().is_none_or(|problem| problem.status != 429) {
                earlier = Earlier::Unknown;
            }
            tracing::debug!(request = request.name(), %error, failures, ?pause, "a request is sent again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, request: &Request) -> Result<Answer, Error> {
        let name = request.name();
        let (status, headers, body) = match self.transmit(request).await {
            Ok(answer) => answer,
            Err(error) => return Err(Error::no_answer(name, error)),
        };
        if status.is_success() {
            return Ok(Answer { name, body });
        }
        let request_id = text(&headers, "x-request-id");
        let problem = Problem::of(status.as_u16(), retry_after(&headers), request_id, &body);
        Err(Error::Refused(Box::new(problem)))
    }

    /// Sends it once and takes the whole answer. An answer that breaks off is none.
    async fn transmit(
        &self,
        request: &Request,
    ) -> Result<(reqwest::StatusCode, HeaderMap, Bytes), reqwest::Error> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}api/v1{}", self.base.path(), request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut sent = self.client.request(request.method.clone(), url);
        sent = sent.headers(self.headers.clone()).header(ACCEPT, "application/json");
        if let Some(key) = &request.key {
            sent = sent.header("idempotency-key", key.as_str());
        }
        if let Some(body) = &request.body {
            sent = sent.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = sent.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok((status, headers, response.bytes().await?))
    }
}

/// The headers that go with every request.
pub(crate) fn headers(key: &str, organization: Option<&str>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let mut bearer = HeaderValue::from_str(&format!("Bearer {key}"))
        .map_err(|_| Error::unusable("the API key", "it has characters that no header can carry"))?;
    bearer.set_sensitive(true);
    headers.insert(AUTHORIZATION, bearer);
    if let Some(organization) = organization {
        let value = HeaderValue::from_str(organization);
        let value = value.map_err(|error| Error::unusable("the organization", &error))?;
        headers.insert("windlass-organization", value);
    }
    Ok(headers)
}

/// The advice in seconds. The other form, a date, would need the server's clock and ours to agree.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
