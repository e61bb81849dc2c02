//! The HTTP face of Windlass: enqueue jobs, look at them and steer them, from any language.
//!
//! | | |
//! |---|---|
//! | `POST /api/v1/jobs` | enqueues one job: 202 |
//! | `POST /api/v1/jobs/batch` | enqueues up to 1,000 jobs, each with its own answer: 202 |
//! | `GET /api/v1/jobs` | a page of jobs, by state, kind, queue, tag and time |
//! | `GET`, `PATCH`, `DELETE /api/v1/jobs/{id}` | a job with all that is known of it; its priority; its removal |
//! | `POST /api/v1/jobs/{id}/cancel`, `…/retry` | cancels it, or runs it now or again |
//! | `GET /api/v1/jobs/{id}/why` | why it does not run |
//! | `POST /api/v1/jobs/bulk` | cancels, retries, deletes or reprioritizes all that match a filter: 202 |
//! | `POST /api/v1/batches`, `GET /api/v1/batches/{id}` | jobs that end together, and how far they are |
//! | `GET /api/v1/queues`, `GET`, `PATCH /api/v1/queues/{queue}` | queues, what holds for them, their order and bounds |
//! | `POST /api/v1/queues/{queue}/pause`, `…/resume`, `…/drain`, `…/undrain` | holds jobs up, or keeps new ones out |
//! | `PUT`, `DELETE /api/v1/queues/{queue}/limits/{scope}` | limits of concurrency and rate; `PUT` replaces the whole limit |
//! | `PUT`, `DELETE /api/v1/queues/{queue}/tenants/{tenant}` | weights and quotas; `PUT` replaces both |
//! | `GET /api/v1/queues/{queue}/workers` | the workers that live |
//! | `GET /api/v1/jobs/{id}/runs`, `GET /api/v1/history` | what was recorded of a job; how far the history has come |
//! | `GET`, `POST /api/v1/keys`, `DELETE /api/v1/keys/{id}` | API keys |
//! | `GET`, `POST /api/v1/organizations`, `GET`, `PATCH /api/v1/organizations/{id}` | whose jobs are kept apart |
//! | `GET /api/v1/audit` | who did what to what |
//! | `GET /api/v1/autoscaling`, `GET /api/v1/autoscaling/queues/{queue}` | how busy queues are, for autoscalers |
//! | `GET /api/v1/kinds` | the kinds of job with the schemas of their arguments |
//! | `GET /health/live`, `GET /health/ready` | whether the process runs, and whether it can do its work |
//! | `GET /openapi.json`, `GET /docs` | all of this in `OpenAPI` 3.1, and its page |
//!
//! Whatever is refused is refused as `application/problem+json` (RFC 9457), and every answer carries an
//! `x-request-id`. Paths below `/api/v1` ask for `Authorization: Bearer KEY`, where KEY is a key of the configuration, an API key
//! of the store, or a JSON Web Token ([`AccessOptions`]). Whoever it is sees and steers what is their organization's only;
//! docs/authentication.md has the rules.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use tokio_util::sync::CancellationToken;
//! use windlass_api::{AccessOptions, Api, ApiKeys, CorsOrigins, serve};
//! use windlass_shared::SystemClock;
//! # async fn example(
//! #     client: windlass_queue::Client,
//! #     store: windlass_store::Store,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//!
//! let keys = ApiKeys::new(["a-key-of-16-or-more-characters".to_owned().into()])?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:7070").await?;
//! let (access, clock) = (AccessOptions::new(keys), Arc::new(SystemClock));
//! let api = Api { client, store, clock, access, cors: CorsOrigins::default() };
//! serve(listener, api, CancellationToken::new()).await?;
//! # Ok(())
//! # }
//! ```

mod access;
mod audit;
mod autoscaling;
mod batches;
mod body;
mod conditional;
mod guards;
mod health;
mod history;
mod housekeeping;
mod jobs;
mod keys;
mod kinds;
mod openapi;
mod organizations;
mod page;
mod path;
mod problem;
mod query;
mod queues;
mod router;
mod server;
mod shape;

pub use access::{
    AccessOptions, ApiKeys, InvalidApiKey, InvalidTokenOptions, MIN_KEY_CHARACTERS, Permission, Permissions,
    Rate, RateLimits, RoleFault, Roles, TokenOptions, UnknownPermission,
};
pub use audit::AuditEntryView;
pub use batches::BatchView;
pub use guards::{CorsOrigins, InvalidOrigin};
pub use history::HistoryView;
pub use jobs::{JobView, read_written};
pub use keys::KeyView;
pub use organizations::OrganizationView;
pub use queues::QueueView;
pub use router::{Api, router};
pub use server::serve;
