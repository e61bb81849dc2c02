use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::connection::Connection;
use super::server::Server;
use crate::commands::bench::meter::{Reading, Spent};
use crate::commands::bench::report::Spread;
use crate::commands::bench::stage::Stage;
use crate::failure::Failure;

/// How often the progress is shown.
const GLANCE: Duration = Duration::from_millis(200);

/// Requests that are all the same.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) requests: u32,
    address: SocketAddr,
    request: Arc<[u8]>,
}

/// What came of them.
#[derive(Debug)]
pub(super) struct Pressed {
    pub(super) took: Duration,
    pub(super) waits: Spread,
    pub(super) spent: Spent,
}

impl Load {
    pub(super) fn new(server: &Server, path: &str, body: &Value, requests: u32) -> Self {
        let (body, address, key) = (body.to_string(), server.address, &server.key);
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Self { requests, address, request: request.into_bytes().into() }
    }

    /// Makes the requests over so many connections, each of which asks again once it is answered.
    pub(super) async fn press(
        &self,
        stage: &Stage,
        connections: u32,
        what: &str,
    ) -> Result<Pressed, Failure> {
        let mut opened = Vec::new();
        for _ in 0..connections.min(self.requests) {
            opened.push(Connection::open(self.address).await?);
        }
        let before = Reading::take(stage.probe.as_ref()).await?;
        let (asked, start) = (Arc::new(AtomicU32::new(0)), Instant::now());
        let mut tasks = JoinSet::new();
        for connection in opened {
            tasks.spawn(ask(connection, Arc::clone(&self.request), Arc::clone(&asked), self.requests));
        }
        let mut waits = Vec::with_capacity(self.requests as usize);
        loop {
            tokio::select! {
                ended = tasks.join_next() => match ended {
                    Some(ended) => waits.extend(ended.map_err(std::io::Error::other)??),
                    None => break,
                },
                () = sleep(GLANCE) => {
                    let done = asked.load(Ordering::Relaxed).min(self.requests);
                    stage.progress.show(what, done.into(), self.requests.into());
                }
            }
        }
        let took = start.elapsed();
        let spent = Reading::take(stage.probe.as_ref()).await?.since(&before);
        Ok(Pressed { took, waits: Spread::of(waits), spent })
    }
}

/// Asks until all have been asked, and answers how long each answer took.
async fn ask(
    mut connection: Connection,
    request: Arc<[u8]>,
    asked: Arc<AtomicU32>,
    requests: u32,
) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::new();
    while asked.fetch_add(1, Ordering::Relaxed) < requests {
        let start = Instant::now();
        connection.ask(&request).await?;
        waits.push(start.elapsed());
    }
    Ok(waits)
}
