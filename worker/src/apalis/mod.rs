//! The one place that names apalis: its worker loop over our channel of claimed jobs.
//!
//! What was learnt by measuring it and is kept to here: an error from a backend or a service ends its worker and
//! drops what runs, so neither ever returns one; poll functions only touch channels.

mod backend;
mod service;

use std::sync::Arc;

use apalis_core::worker::builder::WorkerBuilder;
use tokio::sync::mpsc::UnboundedReceiver;

use self::backend::ClaimedJobs;
use self::service::RunJob;
use crate::claimer::StartedJob;
use crate::executor::Executor;
use crate::tasks::Tasks;

/// Runs what comes out of `jobs` until the channel is closed and the last job has ended.
pub(crate) async fn run(
    name: String,
    jobs: UnboundedReceiver<StartedJob>,
    executor: Arc<Executor>,
    tasks: Tasks,
) {
    let worker =
        WorkerBuilder::new(name.as_str()).backend(ClaimedJobs::new(jobs)).build(RunJob::new(executor, tasks));
    if let Err(error) = worker.run().await {
        tracing::error!(event = "worker.broken", %error, "the worker loop ended with an error");
    }
}
