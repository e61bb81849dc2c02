use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

/// Enough for any single answer in a test, so that what is looked for in an answer is in one piece of it.
const PIECE: usize = 256 << 10;

/// A TCP proxy on loopback that breaks connections on request. Dropping it breaks them all.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

/// How an answer gets lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The connection is cut after this many bytes of the answer.
    CutAfter(usize),
    /// The server's half of the connection is closed instead.
    HalfClose,
    /// Nothing comes any more, though the connection stays open.
    Silence,
    /// The answer comes after this long.
    Delay(Duration),
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    traffic: watch::Sender<Traffic>,
    ambush: watch::Sender<Option<Ambush>>,
    broken: AtomicUsize,
    connections: TaskTracker,
}

/// What happens to bytes in general.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Traffic {
    Flows,
    /// Nothing passes in either direction, and nobody is told.
    Vanishes,
    /// Every connection is cut.
    Ended,
}

/// Waits for the one answer that is to be lost.
#[derive(Debug)]
struct Ambush {
    marker: Vec<u8>,
    loss: Loss,
}

impl FaultProxy {
    /// A proxy that forwards everything to this port on loopback.
    pub async fn start(upstream: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream: (Ipv4Addr::LOCALHOST, upstream).into(),
            traffic: watch::Sender::new(Traffic::Flows),
            ambush: watch::Sender::new(None),
            broken: AtomicUsize::new(0),
            connections: TaskTracker::new(),
        });
        let accepting = shared.connections.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, accepting })
    }

    /// Where clients of the Redis behind it connect.
    pub fn redis_url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Loses the next answer that has these bytes in it, and only this one. It takes the place of one that was to be lost
    /// and has not come yet.
    pub fn lose_answer(&self, marker: &str, loss: Loss) {
        self.shared.ambush.send_replace(Some(Ambush { marker: marker.as_bytes().to_vec(), loss }));
    }

    /// Waits until the answer of [`lose_answer`](Self::lose_answer) has come and is lost.
    pub async fn lost(&self, limit: Duration) -> Result<()> {
        timeout(limit, self.shared.ambush.subscribe().wait_for(Option::is_none)).await??;
        Ok(())
    }

    /// How many connections it has broken so far, each by an answer that was lost or by bytes that vanished.
    pub fn broken(&self) -> usize {
        self.shared.broken.load(Ordering::Relaxed)
    }

    /// Lets every byte vanish, in both directions, while connections seem to live.
    pub fn vanish(&self) {
        self.shared.traffic.send_replace(Traffic::Vanishes);
    }

    /// Lets bytes flow again. Those that came meanwhile are gone, and the connections that lost some are cut.
    pub fn flow(&self) {
        self.shared.traffic.send_replace(Traffic::Flows);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.traffic.send_replace(Traffic::Ended);
    }
}

impl Shared {
    /// How this answer is to be lost, if it is the one.
    fn spring(&self, answer: &[u8]) -> Option<Loss> {
        let mut sprung = None;
        self.ambush.send_if_modified(|ambush| {
            sprung = ambush.take_if(|ambush| contains(answer, &ambush.marker));
            sprung.is_some()
        });
        sprung.map(|ambush| ambush.loss)
    }

    fn breaks(&self) {
        self.broken.fetch_add(1, Ordering::Relaxed);
    }
}

fn contains(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let connection = serve(client, Arc::clone(&shared));
        shared.connections.spawn(async move {
            // A connection that breaks is what a proxy of faults is for.
            let _broken = connection.await;
        });
    }
}

/// Serves one connection until either side ends it or the proxy is dropped.
async fn serve(client: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let mut traffic = shared.traffic.subscribe();
    // Nobody answers a connection that is opened while everything vanishes.
    if traffic.wait_for(|traffic| *traffic != Traffic::Vanishes).await.is_err() {
        return Ok(());
    }
    let server = TcpStream::connect(shared.upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        ended = requests(from_client, to_server, &shared) => ended,
        ended = answers(from_server, to_client, &shared) => ended,
        _ = traffic.wait_for(|traffic| *traffic == Traffic::Ended) => Ok(()),
    }
}

async fn requests(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        pass(&piece[..length], &mut to, shared).await?;
    }
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        let answer = &piece[..length];
        if answer.is_empty() {
            return Ok(());
        }
        match shared.spring(answer) {
            None => pass(answer, &mut to, shared).await?,
            Some(Loss::Delay(delay)) => {
                sleep(delay).await;
                to.write_all(answer).await?;
            }
            Some(Loss::CutAfter(bytes)) => {
                shared.breaks();
                return to.write_all(&answer[..bytes.min(length)]).await;
            }
            Some(Loss::HalfClose) => {
                shared.breaks();
                to.shutdown().await?;
                return discard(from).await;
            }
            Some(Loss::Silence) => {
                shared.breaks();
                return discard(from).await;
            }
        }
    }
}

/// Writes bytes, unless they vanish; then the connection is cut once bytes flow again, because it misses some.
async fn pass(bytes: &[u8], to: &mut OwnedWriteHalf, shared: &Shared) -> io::Result<()> {
    let mut traffic = shared.traffic.subscribe();
    if *traffic.borrow_and_update() == Traffic::Flows {
        return to.write_all(bytes).await;
    }
    // An error means that the proxy is gone, which is the same to this connection.
    let _flows = traffic.wait_for(|traffic| *traffic != Traffic::Vanishes).await;
    shared.breaks();
    Err(io::ErrorKind::ConnectionReset.into())
}

/// Takes whatever the server says, so that it notices nothing.
async fn discard(mut from: OwnedReadHalf) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    while from.read(&mut piece).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers each request with itself, until it is dropped.
    async fn echo(tasks: &TaskTracker) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tracker = tasks.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tracker.spawn(async move {
                    let (mut from, mut to) = stream.into_split();
                    tokio::io::copy(&mut from, &mut to).await.unwrap();
                });
            }
        });
        port
    }

    async fn ask(proxy: &FaultProxy, request: &[u8]) -> (TcpStream, io::Result<Vec<u8>>) {
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = vec![0; request.len()];
        let read = stream.read_exact(&mut answer).await;
        (stream, read.map(|_| answer))
    }

    #[tokio::test]
    async fn everything_passes_until_something_is_to_be_lost() {
        let tasks = TaskTracker::new();
        let proxy = FaultProxy::start(echo(&tasks).await).await.unwrap();
        proxy.lose_answer("claim", Loss::CutAfter(2));
        assert_eq!(ask(&proxy, b"hello").await.1.unwrap(), b"hello");
        assert!(ask(&proxy, b"a claim").await.1.is_err());
        proxy.lost(Duration::from_secs(1)).await.unwrap();
        assert_eq!(ask(&proxy, b"a claim").await.1.unwrap(), b"a claim");
        assert_eq!(proxy.broken(), 1);
    }

    #[tokio::test]
    async fn a_half_closed_connection_ends_for_the_reader_only() {
        let tasks = TaskTracker::new();
        let proxy = FaultProxy::start(echo(&tasks).await).await.unwrap();
        proxy.lose_answer("claim", Loss::HalfClose);
        let (mut stream, answer) = ask(&proxy, b"claim").await;
        assert_eq!(answer.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        stream.write_all(b"more").await.unwrap();
    }

    #[tokio::test]
    async fn what_comes_while_bytes_vanish_is_gone() {
        let tasks = TaskTracker::new();
        let proxy = FaultProxy::start(echo(&tasks).await).await.unwrap();
        let (mut stream, answer) = ask(&proxy, b"before").await;
        answer.unwrap();
        proxy.vanish();
        stream.write_all(b"lost").await.unwrap();
        let silence = timeout(Duration::from_millis(50), stream.read_u8()).await;
        assert!(silence.is_err());
        proxy.flow();
        assert!(stream.read_u8().await.is_err());
        assert_eq!(ask(&proxy, b"after").await.1.unwrap(), b"after");
        assert_eq!(proxy.broken(), 1);
    }

    #[tokio::test]
    async fn what_is_to_be_lost_is_waited_for_until_it_has_come() {
        let tasks = TaskTracker::new();
        let proxy = FaultProxy::start(echo(&tasks).await).await.unwrap();
        for _ in 0..2 {
            proxy.lose_answer("claim", Loss::HalfClose);
            assert!(proxy.lost(Duration::from_millis(20)).await.is_err());
            ask(&proxy, b"claim").await.1.unwrap_err();
            proxy.lost(Duration::from_secs(1)).await.unwrap();
        }
    }
}
