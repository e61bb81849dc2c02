use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixDatagram as Sender;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::UnixDatagram;
use tokio::time::timeout;
use tracing::{debug, warn};
use windlass_queue::{EngineError, Listen, Notice};
use windlass_shared::{Incarnation, QueueNumber};

use super::Signal;
use super::wire::{MAX_BYTES, decode, encode};
use crate::fault::{refused_path, unavailable};

/// How long the path of a socket may be on every Unix, the final NUL included.
const MAX_PATH_BYTES: usize = 104;
/// How long the name of a socket is: four digits, a hyphen, sixteen digits.
const NAME_BYTES: usize = 21;

/// Knows where listeners have their sockets, and sends to them.
#[derive(Debug)]
pub(crate) struct Waker {
    folder: Arc<Folder>,
    sender: Sender,
}

impl Waker {
    /// Makes the folder of the sockets beside the database.
    pub(crate) fn beside(database: &Path) -> Result<Self, EngineError> {
        let path = database.with_file_name("wake");
        // What is sent here is obeyed, so nobody else may send.
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| refused_path("cannot create", &path, &error))?;
        let folder = Folder::open(&path).map_err(|error| refused_path("cannot open", &path, &error))?;
        let sender = Sender::unbound().and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
        let sender = sender.map_err(|error| refused_path("cannot create a socket for", &path, &error))?;
        Ok(Self { folder: Arc::new(folder), sender })
    }

    /// Sends each signal. Returns the queues whose wake-ups reached nobody.
    pub(crate) fn send(&self, signals: &[Signal]) -> Vec<QueueNumber> {
        let lost = signals.iter().filter(|signal| !self.deliver(signal));
        lost.filter(|signal| signal.notice == Notice::Work).map(|signal| signal.queue).collect()
    }

    fn deliver(&self, signal: &Signal) -> bool {
        let path = self.folder.socket(signal.queue, signal.worker);
        match self.sender.send_to(&encode(signal.notice), &path) {
            Ok(_) => true,
            // It has a buffer full of notices that it has not looked at.
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => {
                // Refused: its process is gone and could not clean up.
                debug!(worker = %signal.worker, %error, "a worker does not listen any more");
                remove(&path);
                false
            }
        }
    }

    /// Listens for `worker` in `queue`, from now on.
    pub(crate) fn listen(
        &self,
        worker: Incarnation,
        queue: QueueNumber,
    ) -> Result<Box<dyn Listen>, EngineError> {
        let path = self.folder.socket(queue, worker);
        // An earlier listener of the same worker.
        remove(&path);
        let bound = UnixDatagram::bind(&path).and_then(|socket| Ok((socket, inode(&path)?)));
        let (socket, inode) = bound.map_err(|error| {
            refused_path("a shorter data directory may help; cannot listen at", &path, &error)
        })?;
        Ok(Box::new(SocketListener { worker, socket, path, inode, _folder: Arc::clone(&self.folder) }))
    }
}

/// The folder of the sockets, under a name that is short enough for the address of a socket.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// Keeps the descriptor open that a shortened path leads through.
    _open: Option<fs::File>,
}

impl Folder {
    /// Where the path is too long, Linux lets it be reached through an open descriptor. Elsewhere binding fails
    /// with a message; a folder somewhere else would not be found by the other processes.
    fn open(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let is_short = path.as_os_str().len() + 1 + NAME_BYTES < MAX_PATH_BYTES;
        if is_short || !cfg!(target_os = "linux") {
            return Ok(Self { path, _open: None });
        }
        let open = fs::File::open(&path)?;
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&open)).into();
        Ok(Self { path, _open: Some(open) })
    }

    fn socket(&self, queue: QueueNumber, worker: Incarnation) -> PathBuf {
        self.path.join(format!("{:04x}-{worker}", queue.get()))
    }
}

#[derive(Debug)]
struct SocketListener {
    worker: Incarnation,
    socket: UnixDatagram,
    path: PathBuf,
    inode: u64,
    _folder: Arc<Folder>,
}

#[async_trait]
impl Listen for SocketListener {
    async fn next(&mut self, longest: Duration) -> Result<Vec<Notice>, EngineError> {
        let mut buffer = [0; MAX_BYTES];
        let Ok(first) = timeout(longest, self.socket.recv(&mut buffer)).await else { return Ok(Vec::new()) };
        let mut notices = Vec::new();
        let mut received = first;
        loop {
            match received {
                Ok(length) => self.note(&buffer[..length], &mut notices),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(notices),
                Err(error) => return Err(unavailable(format!("cannot listen for work: {error}"))),
            }
            received = self.socket.try_recv(&mut buffer);
        }
    }
}

impl SocketListener {
    fn note(&self, bytes: &[u8], notices: &mut Vec<Notice>) {
        match decode(bytes, self.worker) {
            Some(notice) if !notices.contains(&notice) => notices.push(notice),
            Some(_) => {}
            None => warn!(length = bytes.len(), "a notice that no Windlass has sent"),
        }
    }
}

impl Drop for SocketListener {
    fn drop(&mut self) {
        // A later listener of the same worker may have taken the place.
        if inode(&self.path).is_ok_and(|inode| inode == self.inode) {
            remove(&self.path);
        }
    }
}

fn inode(path: &Path) -> io::Result<u64> {
    Ok(fs::symlink_metadata(path)?.ino())
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            warn!(path = %path.display(), %error, "cannot remove a socket");
        }
        Ok(()) | Err(_) => {}
    }
}
