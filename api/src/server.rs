use std::future::IntoFuture;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests in flight may take after the shutdown began; longer than a request may take at all.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves `router` until `shutdown` is cancelled, then answers what has been asked and returns.
///
/// Returns at the latest 20 s after the cancellation, whatever is still open then.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> io::Result<()> {
    let listener = listener.tap_io(|connection| {
        // Answers are small: waiting to fill a packet only delays them. Without it they still arrive.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    });
    let server = axum::serve(listener, router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    tokio::select! {
        end = server.into_future() => end,
        () = drained_too_long(&shutdown) => {
            tracing::warn!("some connections did not end in time and are cut");
            Ok(())
        }
    }
}

async fn drained_too_long(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(DRAIN).await;
}
