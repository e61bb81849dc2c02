use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use windlass_shared::{Tag, TenantId};
use windlass_store::{Answer, Earlier, Fingerprint, MOST_ANSWER_BYTES, Question};

use super::Desk;
use crate::problem::{Problem, ProblemType};

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer that may be another one when the same is asked again, so that it is not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotKept;

/// A request with an idempotency key, after it was seen that its caller may ask for it: who may not is not to be answered as
/// if they had.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) key: &'a str,
    pub(crate) path: &'static str,
    pub(crate) body: &'a [u8],
    /// The organization within which the key means this request: the same that ids are made of.
    pub(crate) tenant: TenantId,
    /// What the same body means for one caller and not for another one, without U+0000.
    pub(crate) meaning: String,
}

impl<May> Desk<May> {
    /// Does something once for each idempotency key: a repetition gets the first answer again, and another request under the
    /// same key is refused. What people do in their own name is another request for each of them.
    ///
    /// Ids that are made of the key keep a repetition harmless even where the first answer is not known: while the first
    /// request is still at work, while the store is away, and when this process dies before it has kept the answer. So the
    /// answer is given at once, and kept a moment later together with others.
    pub(crate) async fn once(
        &self,
        asked: Option<Asked<'_>>,
        work: impl Future<Output = Result<Response, Problem>>,
    ) -> Result<Response, Problem> {
        match asked {
            None => work.await,
            // Boxed, so that requests without a key do not carry what it takes to ask a store.
            Some(asked) => Box::pin(self.once_for(asked, work)).await,
        }
    }

    async fn once_for(
        &self,
        asked: Asked<'_>,
        work: impl Future<Output = Result<Response, Problem>>,
    ) -> Result<Response, Problem> {
        let question = self.question(asked);
        match self.floor.answers.earlier(&question).await {
            Some(Earlier::Answered(answer)) => return replayed(answer),
            Some(Earlier::Other) => return Err(reused()),
            None => {}
        }
        let (response, answer) = kept(work.await?).await?;
        if let Some(answer) = answer {
            self.floor.answers.keep(question, answer, &self.floor.tasks);
        }
        Ok(response)
    }

    fn question(&self, asked: Asked<'_>) -> Question {
        let Asked { key, path, body, tenant, meaning } = asked;
        let own = self.caller.own.as_ref().map_or("", Tag::as_str);
        let path = format!("{path} {own} {meaning}");
        let fingerprint = Fingerprint::of("POST", &path, body);
        Question { organization: tenant, key: key.to_owned(), fingerprint }
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
