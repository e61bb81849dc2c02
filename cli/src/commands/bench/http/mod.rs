//! The HTTP API under requests, over connections that stay open.

mod connection;
mod load;
mod server;

use serde::Serialize;
use serde_json::json;
use windlass_queue::JobKind;

use self::load::Load;
use self::server::Server;
use super::backlog::BATCH;
use super::filling::Filling;
use super::meter::Cost;
use super::ping::Ping;
use super::report::{Figures, Spread, rate};
use super::stage::Stage;
use crate::args::{FillArgs, HttpBench};
use crate::failure::Failure;

const USUAL_JOBS: u32 = 50_000;

/// How fast the API takes jobs.
#[derive(Debug, Serialize)]
pub(super) struct Taken {
    jobs: u32,
    connections: u32,
    batch: u32,
    /// One job a request.
    requests_per_second: f64,
    requests: Spread,
    per_request: Cost,
    /// So many jobs a request.
    #[serde(skip)]
    jobs_per_second: f64,
    batch_requests_per_second: f64,
    batch_requests: Spread,
    per_batched_job: Cost,
}

impl Figures for Taken {
    const BENCH: &'static str = "http";

    fn jobs_per_second(&self) -> f64 {
        self.jobs_per_second
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("jobs", format!("{} in each way; connections {}", self.jobs, self.connections)),
            ("single", format!("{:.0} requests/s, {}", self.requests_per_second, self.requests.line())),
            ("per request", self.per_request.line()),
            (
                "batches",
                format!(
                    "{:.0} jobs/s in {:.0} requests/s of {} each, {}",
                    self.jobs_per_second,
                    self.batch_requests_per_second,
                    self.batch,
                    self.batch_requests.line()
                ),
            ),
            ("per job", self.per_batched_job.line()),
        ]
    }
}

/// Serves the API in this process, on loopback, and posts jobs to it: first one a request, then many.
pub(super) async fn run(stage: &Stage, args: &HttpBench) -> Result<Taken, Failure> {
    let measure = &args.measure;
    let fill = FillArgs { batch: BATCH, tenants: 1 };
    Filling::new(measure.backlog, measure.payload, fill)?.run(stage).await?;
    let jobs = measure.jobs.unwrap_or(USUAL_JOBS);
    let server = Server::start(&stage.settings)?;
    let job = json!({ "kind": Ping::NAME, "args": Ping::of_size(0, measure.payload as usize) });
    let one = Load::new(&server, "/api/v1/jobs", &job, jobs);
    let single = one.press(stage, args.connections, "one job a request").await?;
    let many = json!({ "jobs": vec![job; args.batch as usize] });
    let many = Load::new(&server, "/api/v1/jobs/batch", &many, jobs.div_ceil(args.batch));
    let batched_jobs = many.requests * args.batch;
    let batched = many.press(stage, args.connections, "many jobs a request").await?;
    server.end()?;
    counted(stage, u64::from(measure.backlog) + u64::from(jobs) + u64::from(batched_jobs)).await?;
    Ok(Taken {
        jobs,
        connections: args.connections,
        batch: args.batch,
        requests_per_second: rate(jobs, single.took),
        requests: single.waits,
        per_request: single.spent.of_each(jobs),
        jobs_per_second: rate(batched_jobs, batched.took),
        batch_requests_per_second: rate(many.requests, batched.took),
        batch_requests: batched.waits,
        per_batched_job: batched.spent.of_each(batched_jobs),
    })
}

/// Makes sure that every job is where the answers have said.
async fn counted(stage: &Stage, jobs: u64) -> Result<(), Failure> {
    let there = stage.engine().depth(&stage.queue).await?.available;
    if there == jobs {
        Ok(())
    } else {
        Err(Failure::Api(format!("it took {jobs} jobs, but {there} are there")))
    }
}
