//! The HTTP face of Windlass: enqueue jobs and look at them, from any language.
//!
//! | | |
//! |---|---|
//! | `POST /api/v1/jobs` | enqueues one job: 202 |
//! | `POST /api/v1/jobs/batch` | enqueues up to 1,000 jobs, each with its own answer: 202 |
//! | `GET /api/v1/jobs/{id}` | a job with all that is known of it |
//! | `GET /api/v1/kinds` | the kinds of job with the schemas of their arguments |
//! | `GET /health/live`, `GET /health/ready` | whether the process runs, and whether it can do its work |
//!
//! Whatever is refused is refused as `application/problem+json` (RFC 9457), and every answer carries an
//! `x-request-id`. Paths below `/api/v1` ask for `Authorization: Bearer KEY`.
//!
//! ```no_run
//! use tokio_util::sync::CancellationToken;
//! use windlass_api::{Api, ApiKeys, router, serve};
//! # async fn example(client: windlass_queue::Client) -> Result<(), Box<dyn std::error::Error>> {
//!
//! let keys = ApiKeys::new(["a-key-of-16-or-more-characters".to_owned().into()])?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:7070").await?;
//! serve(listener, router(Api { client, keys }), CancellationToken::new()).await?;
//! # Ok(())
//! # }
//! ```

mod auth;
mod body;
mod guards;
mod health;
mod jobs;
mod keys;
mod kinds;
mod problem;
mod router;
mod server;
mod shape;

pub use jobs::JobView;
pub use keys::{ApiKeys, InvalidApiKey, MIN_KEY_CHARACTERS};
pub use router::{Api, router};
pub use server::serve;
