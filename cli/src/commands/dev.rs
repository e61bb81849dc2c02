//! `windlass dev`: API and worker in one process.

use std::io;
use std::pin::pin;

use tokio_util::sync::CancellationToken;
use windlass_api::{Api, ApiKeys};

use super::listening::Listening;
use super::worker;
use crate::banner::{Banner, Invocation};
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::Colours;
use crate::signals::StopSignals;

/// Runs both roles until they are told to stop.
pub(crate) async fn run(
    settings: Settings,
    invocation: &Invocation,
    colours: Colours,
) -> Result<(), Failure> {
    let settings = Settings { diagnostics: true, ..settings };
    let mut signals = StopSignals::listen()?;
    let key = compose::dev_key(&settings)?;
    let keys = ApiKeys::new([key.clone()]).map_err(|error| Failure::Api(error.to_string()))?;
    let client = compose::client(&settings)?;
    let engine = client.engine().clone();
    // The address comes first: where it is taken, nothing has started yet.
    let listening = Listening::bind(&settings, Api { client, keys }).await?;
    let worker = worker::start(&settings, engine)?;
    let banner = Banner { address: listening.address, key: &key, settings: &settings, invocation };
    banner.write(&mut io::stdout().lock(), colours)?;

    let (control, shutdown) = (worker.control(), CancellationToken::new());
    let mut end = pin!(worker.join());
    let mut server = pin!(listening.serve(shutdown.clone()));
    let outcome = tokio::select! {
        answer = &mut server => answer,
        report = &mut end => return worker::judge(&report),
        () = signals.next() => Ok(()),
    };
    shutdown.cancel();
    let stop = worker::stop(&control, end, &mut signals);
    // Requests in flight are answered while jobs drain; a connection that stays open beyond that is not waited
    // for.
    let mut stop = pin!(stop);
    let stopped = tokio::select! {
        stopped = &mut stop => stopped,
        answer = &mut server, if outcome.is_ok() => answer.and(stop.await),
    };
    outcome.and(stopped)
}
