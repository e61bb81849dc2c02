use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;
use windlass_store::{Answer, Begun, Fingerprint, MOST_ANSWER_BYTES, Question, StoreError};

use super::Desk;
use crate::jobs::IdempotencyKey;
use crate::problem::{Problem, ProblemType};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// How long the store may take to say what was answered before. Enqueueing does not wait for it any longer: ids that are made
/// of the key keep a repetition harmless without it, too.
const PATIENCE: Duration = Duration::from_secs(1);
/// For how long the store is left alone after it did not answer.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// An answer that may be another one when the same is asked again, so that it is not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotKept;

/// Until when the store is not asked what was answered before.
#[derive(Debug, Default)]
pub(crate) struct LeftAlone(Mutex<Option<Instant>>);

impl<May> Desk<May> {
    /// Does something once for each idempotency key: a repetition gets the first answer again, and another request under the
    /// same key is refused.
    ///
    /// What has an id that is made of the key, and may therefore run twice, is let run while the first request is still at
    /// work, and while the store is away.
    pub(crate) async fn once(
        &self,
        key: &IdempotencyKey,
        path: &str,
        body: &[u8],
        work: impl Future<Output = Result<Response, Problem>>,
    ) -> Result<Response, Problem> {
        match key.text() {
            None => work.await,
            // Boxed, so that requests without a key do not carry what it takes to ask a store.
            Some(key) => Box::pin(self.once_for(key, path, body, work)).await,
        }
    }

    async fn once_for(
        &self,
        key: &str,
        path: &str,
        body: &[u8],
        work: impl Future<Output = Result<Response, Problem>>,
    ) -> Result<Response, Problem> {
        let fingerprint = Fingerprint::of("POST", path, body);
        let question = Question { organization: self.caller.tenant(), key: key.to_owned(), fingerprint };
        let answers = self.floor.store.answers();
        match self.patiently(answers.begin(&question, self.floor.clock.now())).await {
            Some(Begun::New) => {}
            Some(Begun::Running) | None => return work.await,
            Some(Begun::Answered(answer)) => return replayed(answer),
            Some(Begun::Other) => return Err(reused()),
        }
        match work.await {
            Ok(response) => {
                let (response, answer) = kept(response).await?;
                match answer {
                    Some(answer) => self.patiently(answers.finish(&question, &answer)).await,
                    None => self.patiently(answers.abandon(&question)).await,
                };
                Ok(response)
            }
            Err(problem) => {
                self.patiently(answers.abandon(&question)).await;
                Err(problem)
            }
        }
    }

    /// What the store says, if it does so soon.
    async fn patiently<T>(&self, asked: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        let left_alone = &self.floor.answers_left_alone;
        if left_alone.holds() {
            return None;
        }
        let answered = tokio::time::timeout(PATIENCE, asked).await;
        let fault = match answered {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("there was no answer within {} s", PATIENCE.as_secs()),
        };
        left_alone.begin();
        tracing::warn!(fault, "repeated requests are told apart by their ids alone while the store is away");
        None
    }
}

impl LeftAlone {
    fn holds(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }

    fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + LEFT_ALONE);
    }
}

/// The response, and what of it is to be kept: the answer to what was done.
async fn kept(response: Response) -> Result<(Response, Option<Answer>), Problem> {
    if !response.status().is_success() || response.extensions().get::<NotKept>().is_some() {
        return Ok((response, None));
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(|error| Problem::internal().because(&error))?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= MOST_ANSWER_BYTES);
    let location = parts.headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let answer = text.map(|text| Answer {
        status: parts.status.as_u16(),
        body: text.to_owned(),
        location: location.map(str::to_owned),
    });
    Ok((Response::from_parts(parts, Body::from(bytes)), answer))
}

fn replayed(answer: Answer) -> Result<Response, Problem> {
    let Answer { status, body, location } = answer;
    let status = StatusCode::from_u16(status).map_err(|error| Problem::internal().because(&error))?;
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
        headers.insert(LOCATION, location);
    }
    Ok(response)
}

fn reused() -> Problem {
    let detail = "This Idempotency-Key was sent with another request within the last 24 hours. Take a new one for a new \
                  request.";
    Problem::new(ProblemType::IdempotencyKeyReused, detail).with("header", "Idempotency-Key")
}
