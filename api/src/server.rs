use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::housekeeping;
use crate::router::{Api, routes};

/// How long requests in flight may take after the shutdown began; longer than a request may take at all.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves the API until `shutdown` is cancelled, then answers what has been asked, ends what goes on after its request,
/// and returns.
///
/// Returns at the latest 20 s after the cancellation, whatever is still open then.
pub async fn serve(listener: TcpListener, api: Api, shutdown: CancellationToken) -> io::Result<()> {
    let listener = listener.tap_io(|connection| {
        // Answers are small: waiting to fill a packet only delays them. Without it they still arrive.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    });
    let tasks = TaskTracker::new();
    let (floor, cors) = api.into_floor(tasks.clone());
    let kept = housekeeping::keep(floor.clone(), shutdown.clone());
    let service = routes(floor, cors).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let ended = async {
        let (end, ()) = tokio::join!(server.into_future(), kept);
        tasks.close();
        tasks.wait().await;
        end
    };
    tokio::select! {
        end = ended => end,
        () = drained_too_long(&shutdown) => {
            tracing::warn!(unfinished_batches = tasks.len(), "what did not end in time is cut");
            Ok(())
        }
    }
}

async fn drained_too_long(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(DRAIN).await;
}
