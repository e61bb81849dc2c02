//! `windlass api`: the HTTP API alone.

use std::pin::pin;

use tokio_util::sync::CancellationToken;
use windlass_api::ApiKeys;
use windlass_queue::Engine;

use super::listening::Listening;
use crate::compose::{self, Migrates};
use crate::config::Settings;
use crate::failure::Failure;
use crate::signals::StopSignals;

/// Runs the role until it is told to stop.
pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let keys = ApiKeys::new(settings.api.key.clone()).map_err(|_| Failure::NoApiKey)?;
    let mut signals = StopSignals::listen()?;
    let api = compose::api(settings, keys, Migrates::Operator).await?;
    let client = api.client.clone();
    let listening = Listening::bind(settings, api).await?;
    let engine = compose::describe(settings);
    tracing::info!(address = %listening.address, engine, "the API listens");
    let shutdown = CancellationToken::new();
    let mut server = pin!(listening.serve(shutdown.clone()));
    tokio::select! {
        outcome = &mut server => return outcome,
        () = watch(client.engine().as_ref()) => {}
        () = signals.next() => {}
    }
    tracing::info!("stopping: requests in flight are answered; a second signal cuts them off");
    shutdown.cancel();
    tokio::select! {
        outcome = &mut server => outcome,
        () = signals.next() => Ok(()),
    }
}

/// Tells once when the engine is away at the start. The API serves all the same: it answers 503 until the
/// engine is back, and needs no restart then. Never returns.
async fn watch(engine: &dyn Engine) {
    if let Err(error) = engine.ping().await {
        tracing::warn!(%error, "the API answers 503 until the engine is back");
    }
    std::future::pending::<()>().await;
}
