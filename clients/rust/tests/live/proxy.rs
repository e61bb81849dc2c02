use std::collections::VecDeque;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// What becomes of one request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The connection is cut before the server hears of it.
    CutRequest,
    /// The server does what it is asked, and the connection is cut after this many bytes of its answer.
    CutAnswer(usize),
    /// The server does what it is asked, and nothing comes back, though the connection stays open.
    Silence,
    /// This is the answer, and the server hears of nothing.
    Answer(&'static str),
    /// None.
    Pass,
}

/// A proxy in front of the server with a plan of faults. Each request is a connection of its own; when the plan is at its
/// end, every further one passes.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Shared>,
    _end: DropGuard,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    plan: Mutex<VecDeque<Fault>>,
    /// The method and the path of each request so far.
    requests: Mutex<Vec<String>>,
}

impl Proxy {
    pub(crate) async fn start(server: &str, plan: impl IntoIterator<Item = Fault>) -> Result<Self> {
        let upstream = server.strip_prefix("http://").context("the server is no plain HTTP one")?.to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let plan = Mutex::new(plan.into_iter().collect());
        let shared = Arc::new(Shared { upstream, plan, requests: Mutex::default() });
        let end = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(end.clone().run_until_cancelled_owned(accept(
            listener,
            Arc::clone(&shared),
            end.clone(),
        )));
        Ok(Self { url, shared, _end: end.drop_guard() })
    }

    /// The requests so far, such as `POST /api/v1/jobs`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, end: CancellationToken) {
    let connections = TaskTracker::new();
    while let Ok((client, _)) = listener.accept().await {
        let connection = serve(client, Arc::clone(&shared));
        connections.spawn(end.clone().run_until_cancelled_owned(async move {
            // A connection that breaks is what this proxy is for.
            let _broken = connection.await;
        }));
    }
}

async fn serve(mut client: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let request = request(&mut client).await?;
    let line = request.split(|byte| *byte == b' ').take(2).map(String::from_utf8_lossy);
    shared.requests.lock().unwrap().push(line.collect::<Vec<_>>().join(" "));
    let fault = shared.plan.lock().unwrap().pop_front();
    match fault {
        Some(Fault::CutRequest) => return Ok(()),
        Some(Fault::Answer(answer)) => return client.write_all(answer.as_bytes()).await,
        Some(Fault::CutAnswer(_) | Fault::Silence | Fault::Pass) | None => {}
    }
    let mut server = TcpStream::connect(&shared.upstream).await?;
    server.write_all(&request).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    match fault {
        Some(Fault::Silence) => client.read_to_end(&mut Vec::new()).await.map(|_| ()),
        Some(Fault::CutAnswer(bytes)) => client.write_all(&answer[..bytes.min(answer.len() - 1)]).await,
        Some(Fault::CutRequest | Fault::Answer(_) | Fault::Pass) | None => client.write_all(&answer).await,
    }
}

/// Reads one whole request, and has the server close the connection behind its answer.
async fn request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let head = loop {
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    while request.len() < head + 4 + length {
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    request.splice(head..head, b"\r\nconnection: close".iter().copied());
    Ok(request)
}
