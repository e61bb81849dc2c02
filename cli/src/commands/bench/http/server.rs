use std::net::SocketAddr;
use std::thread::{Builder, JoinHandle};

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use windlass_api::{ApiKeys, serve};

use crate::commands::bench::stage::client;
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;

/// The API on loopback, on a runtime of its own, which shares nothing with those who ask but the processors.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) key: String,
    shutdown: CancellationToken,
    thread: Option<JoinHandle<Result<(), Failure>>>,
}

impl Server {
    pub(super) fn start(settings: &Settings) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let listener = runtime.handle().clone();
        let socket = std::net::TcpListener::bind("127.0.0.1:0")?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let listener = {
            let _entered = listener.enter();
            TcpListener::from_std(socket)?
        };
        let key = compose::draw_key()?;
        let keys = ApiKeys::new([SecretString::from(key.clone())])
            .map_err(|error| Failure::Api(error.to_string()))?;
        let api = {
            let _within = runtime.enter();
            compose::engine_alone(settings, client(settings)?, keys)?
        };
        let shutdown = CancellationToken::new();
        let served = serve(listener, api, shutdown.clone());
        let work = move || runtime.block_on(served).map_err(|error| Failure::Api(error.to_string()));
        let thread = Some(Builder::new().name("bench-api".to_owned()).spawn(work)?);
        Ok(Self { address, key, shutdown, thread })
    }

    /// Ends it. Every answer has been heard, so there is nothing to wait for.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        self.shutdown.cancel();
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(outcome)) => outcome,
            Some(Err(_)) => Err(Failure::Api("it panicked".to_owned())),
            None => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
