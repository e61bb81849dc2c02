//! `windlass dev`: API, worker and relay in one process.

use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use windlass_api::ApiKeys;

use super::listening::Listening;
use super::worker;
use crate::banner::{Banner, Invocation};
use crate::compose::{self, Migrates};
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::Colours;
use crate::signals::StopSignals;

/// How long the relay's last step is waited for.
const LAST_STEP: Duration = Duration::from_secs(2);

/// Runs all roles until they are told to stop.
pub(crate) async fn run(
    settings: Settings,
    invocation: &Invocation,
    colours: Colours,
) -> Result<(), Failure> {
    let settings = Settings { diagnostics: true, ..settings };
    let mut signals = StopSignals::listen()?;
    let key = compose::dev_key(&settings)?;
    let keys = ApiKeys::new([key.clone()]).map_err(|error| Failure::Api(error.to_string()))?;
    let api = compose::api(&settings, keys, Migrates::Everybody).await?;
    let (client, store) = (api.client.clone(), api.store.clone());
    // The address comes first: where it is taken, nothing has started yet.
    let listening = Listening::bind(&settings, api).await?;
    let worker = worker::start(&settings, client.engine().clone())?;
    let relay = compose::relay_beside(&settings, client, store)?;
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
    // What the last jobs came to is still recorded where that is quickly done; the next start does the rest.
    let last_step = async {
        if let Some(relay) = relay {
            relay.stop().await;
        }
    };
    if tokio::time::timeout(LAST_STEP, last_step).await.is_err() {
        tracing::debug!("the relay was cut off in the midst of a step");
    }
    outcome.and(stopped)
}
