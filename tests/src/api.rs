use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use windlass_shared::JobId;

use crate::process::Process;
use crate::wait::until;

const PATIENCE: Duration = Duration::from_secs(15);

/// A process that serves the HTTP API, and a client of it.
#[derive(Debug)]
pub struct Api {
    /// The process.
    pub process: Process,
    http: Client,
    address: String,
    key: String,
}

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `null` when it is no JSON.
    pub body: Value,
}

impl Api {
    /// Waits until `process` has said where it listens, behind the word `introduction`, and is ready to serve.
    pub(crate) async fn of(mut process: Process, introduction: &str, key: &str) -> Result<Self> {
        process.says(introduction, PATIENCE).await?;
        let address =
            until("the address of the API", PATIENCE, async || Ok(address(&process.output(), introduction)))
                .await?;
        let api = Self { process, http: Client::new(), address, key: key.to_owned() };
        api.until_ready().await?;
        Ok(api)
    }

    /// The same, asked with another key.
    pub fn with_key(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    /// Waits until the API reaches its engine.
    pub async fn until_ready(&self) -> Result<()> {
        until("readiness of the API", PATIENCE, async || {
            let answer = self.get("/health/ready").await?;
            Ok((answer.status == 200).then_some(()))
        })
        .await
    }

    /// Asks with the right key.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        answer(self.http.get(self.url(path)).bearer_auth(&self.key)).await
    }

    /// Posts JSON with the right key.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.post_right(path, body.to_string()).await
    }

    /// Posts any text as JSON, with the right key.
    pub async fn post_right(&self, path: &str, body: String) -> Result<Answer> {
        self.post_text(path, Some(&self.key), body).await
    }

    /// Posts any text as JSON, with any key or none.
    pub async fn post_text(&self, path: &str, key: Option<&str>, body: String) -> Result<Answer> {
        let mut request =
            self.http.post(self.url(path)).header("content-type", "application/json").body(body);
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        answer(request).await
    }

    /// Enqueues one job.
    pub async fn enqueue(&self, kind: &str, args: Value) -> Result<JobId> {
        let answer = self.post("/api/v1/jobs", &json!({ "kind": kind, "args": args })).await?;
        ensure!(answer.status == 202, "the job was not accepted: {answer:?}");
        id(&answer.body)
    }

    /// Enqueues jobs of one kind in one batch, and answers their ids in the same order.
    pub async fn enqueue_all(&self, kind: &str, args: impl IntoIterator<Item = Value>) -> Result<Vec<JobId>> {
        let jobs: Vec<_> = args.into_iter().map(|args| json!({ "kind": kind, "args": args })).collect();
        let answer = self.post("/api/v1/jobs/batch", &json!({ "jobs": jobs })).await?;
        ensure!(answer.status == 202, "the batch was not accepted: {answer:?}");
        answer.body["jobs"].as_array().context("an answer without jobs")?.iter().map(id).collect()
    }

    /// One job as callers see it.
    pub async fn job(&self, id: JobId) -> Result<Value> {
        let answer = self.get(&format!("/api/v1/jobs/{id}")).await?;
        ensure!(answer.status == 200, "the job cannot be seen: {answer:?}");
        Ok(answer.body)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

/// The first address behind a word, once what follows shows that it is complete.
fn address(output: &str, introduction: &str) -> Option<String> {
    let (_, rest) = output.split_once(introduction)?;
    let end = rest.find(char::is_whitespace)?;
    Some(format!("http://{}", &rest[..end]))
}

fn id(accepted: &Value) -> Result<JobId> {
    let id = accepted["id"].as_str().with_context(|| format!("not an accepted job: {accepted}"))?;
    Ok(id.parse()?)
}

async fn answer(request: RequestBuilder) -> Result<Answer> {
    let response = request.timeout(PATIENCE).send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
    Ok(Answer { status, headers, body })
}
