use std::str::Utf8Error;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Problem, ProblemType};
use crate::shape::{Object, shape};

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// How much of a body that is too large is still taken off the wire, so that a client that writes before it
/// reads gets to see the answer instead of a broken connection.
const DRAINED: usize = 8 << 20;

/// The body of a request: any JSON of up to `LIMIT` bytes.
///
/// A missing `Content-Type` is taken for JSON; another one is refused, because it says that something else was
/// meant.
#[derive(Debug)]
pub(crate) struct JsonBody<const LIMIT: usize>(pub(crate) Value);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for JsonBody<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        check_media_type(request.headers())?;
        let body = arrived(request, LIMIT).await?;
        parse(&body).map(Self)
    }
}

/// The body of a request that is nearly always what it should be: JSON of up to `LIMIT` bytes, not looked into yet.
///
/// To tell where JSON is not what was asked for takes several times as long as to read it, so that is left until it is
/// needed.
#[derive(Debug)]
pub(crate) struct JsonText<const LIMIT: usize>(Bytes);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for JsonText<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        check_media_type(request.headers())?;
        arrived(request, LIMIT).await.map(Self)
    }
}

impl<const LIMIT: usize> JsonText<LIMIT> {
    /// Reads it as a `T`, or tells where it is not one.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.read_quickly().map_or_else(|| shape(self.json()?), Ok)
    }

    /// Reads it as a `T` if it is one. What is no `T` here may still be taken for one by [`shape`], which lets a member that
    /// stands twice count as it stood last.
    pub(crate) fn read_quickly<T: DeserializeOwned>(&self) -> Option<T> {
        let Object(read) = serde_json::from_str(std::str::from_utf8(&self.0).ok()?).ok()?;
        Some(read)
    }

    /// The body as it came.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads it as any JSON.
    pub(crate) fn json(&self) -> Result<Value, Problem> {
        parse(&self.0)
    }
}

/// The body of a request that needs none: as [`JsonBody`], or `null`, or nothing at all.
#[derive(Debug)]
pub(crate) struct OptionalBody<const LIMIT: usize>(pub(crate) Option<Value>);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for OptionalBody<LIMIT> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media_type = check_media_type(request.headers());
        let body = arrived(request, LIMIT).await?;
        if body.is_empty() {
            return Ok(Self(None));
        }
        media_type?;
        parse(&body).map(|body| Self(Some(body).filter(|body| !body.is_null())))
    }
}

async fn arrived(request: Request, limit: usize) -> Result<Bytes, Problem> {
    tokio::time::timeout(ARRIVAL, read(request.into_body(), limit)).await.map_err(|_| slow())?
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(given) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let given = given.to_str().unwrap_or("?");
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        return Ok(());
    }
    let given = windlass_queue::truncated(given, 100);
    let detail =
        format!("The body is said to be {given:?}; send JSON with `Content-Type: application/json`.");
    Err(Problem::new(ProblemType::UnsupportedMediaType, detail))
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
    let mut read = BytesMut::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| broken_off())?;
        if read.len() + piece.len() > limit {
            drain(stream).await;
            return Err(too_large(limit));
        }
        read.extend_from_slice(&piece);
    }
    Ok(read.freeze())
}

async fn drain(mut stream: BodyDataStream) {
    let mut left = DRAINED;
    while let Some(Ok(piece)) = stream.next().await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            return;
        }
    }
}

fn parse(body: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| not_utf8(body, error))?;
    // The parser refuses more than 127 levels, so nothing behind it can be made to overflow the stack.
    serde_json::from_str(text).map_err(|error| {
        let detail = format!("The body is no JSON: {error}.");
        invalid_json(detail, error.line(), error.column())
    })
}

fn not_utf8(body: &[u8], error: Utf8Error) -> Problem {
    let lines = body[..error.valid_up_to()].split(|byte| *byte == b'\n');
    let (line, column) = lines.enumerate().last().map_or((1, 1), |(nth, line)| (nth + 1, line.len() + 1));
    let detail = format!("The body is not UTF-8: a byte that cannot be is at line {line} column {column}.");
    invalid_json(detail, line, column)
}

fn invalid_json(detail: String, line: usize, column: usize) -> Problem {
    Problem::new(ProblemType::InvalidJson, detail).with("line", line).with("column", column)
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("The body has more than {limit} bytes, which is the limit here.");
    Problem::new(ProblemType::BodyTooLarge, detail).with("limit_bytes", limit)
}

fn broken_off() -> Problem {
    Problem::new(ProblemType::InvalidJson, "The body broke off before its end.")
}

fn slow() -> Problem {
    Problem::new(ProblemType::BodyTimeout, format!("The body did not arrive within {} s.", ARRIVAL.as_secs()))
}
