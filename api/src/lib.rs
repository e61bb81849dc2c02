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
//! | `GET /api/v1/kinds` | the kinds of job with the schemas of their arguments |
//! | `GET /health/live`, `GET /health/ready` | whether the process runs, and whether it can do its work |
//!
//! Whatever is refused is refused as `application/problem+json` (RFC 9457), and every answer carries an
//! `x-request-id`. Paths below `/api/v1` ask for `Authorization: Bearer KEY`. A key sees and steers the jobs and batches of
//! its tenant only, and no bulk operation that reaches beyond it; what concerns a whole queue is allowed for every key, until
//! keys have roles.
//!
//! ```no_run
//! use tokio_util::sync::CancellationToken;
//! use windlass_api::{Api, ApiKeys, serve};
//! # async fn example(client: windlass_queue::Client) -> Result<(), Box<dyn std::error::Error>> {
//!
//! let keys = ApiKeys::new(["a-key-of-16-or-more-characters".to_owned().into()])?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:7070").await?;
//! serve(listener, Api { client, keys }, CancellationToken::new()).await?;
//! # Ok(())
//! # }
//! ```

mod auth;
mod batches;
mod body;
mod guards;
mod health;
mod jobs;
mod keys;
mod kinds;
mod page;
mod path;
mod problem;
mod query;
mod queues;
mod router;
mod server;
mod shape;

pub use batches::BatchView;
pub use jobs::JobView;
pub use keys::{ApiKeys, InvalidApiKey, MIN_KEY_CHARACTERS};
pub use queues::QueueView;
pub use router::{Api, router};
pub use server::serve;
