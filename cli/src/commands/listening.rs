//! The HTTP API on its socket.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use windlass_api::{Api, serve};

use crate::config::Settings;
use crate::failure::Failure;

/// An API that has its address, and serves once it is asked to.
#[derive(Debug)]
pub(super) struct Listening {
    listener: TcpListener,
    /// The address that it got.
    pub(super) address: SocketAddr,
    api: Api,
}

impl Listening {
    /// Takes the address of the settings. Callers wait in the socket's queue from now on.
    pub(super) async fn bind(settings: &Settings, api: Api) -> Result<Self, Failure> {
        let failure = |source| Failure::Listen { address: settings.api.listen.clone(), source };
        let listener = TcpListener::bind(&settings.api.listen).await.map_err(failure)?;
        let address = listener.local_addr().map_err(failure)?;
        Ok(Self { listener, address, api })
    }

    /// Serves until `shutdown`, and then answers what has been asked.
    pub(super) async fn serve(self, shutdown: CancellationToken) -> Result<(), Failure> {
        serve(self.listener, self.api, shutdown).await.map_err(|error| Failure::Api(error.to_string()))
    }
}
