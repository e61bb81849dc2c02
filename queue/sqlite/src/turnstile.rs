use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tracing::warn;

/// How long a writer waits for those before it. Then it tries its luck without a turn.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_micros(200);

/// Makes writers take turns, whatever processes they are in.
///
/// SQLite's write lock knows no queue: who asks while it is taken sleeps and asks again, and a busy writer that
/// takes it again at once may starve all others, heartbeats among them. So whoever wants it passes here first and
/// stays until it has it; a writer that comes back finds the turnstile taken by the one that waits. It is a lock on
/// a file beside the database, which falls with its process. It is for fairness alone: nothing goes wrong without.
#[derive(Debug)]
pub(crate) struct Turnstile {
    file: Option<File>,
}

impl Turnstile {
    /// The turnstile of the database at `path`. Each writer needs one of its own.
    pub(crate) fn at(path: &Path) -> Self {
        let path = beside(path);
        let file = File::options().create(true).append(true).open(&path);
        if let Err(error) = &file {
            warn!(path = %path.display(), %error, "writers will not take turns");
        }
        Self { file: file.ok() }
    }

    /// Waits for its turn, then does `enter`.
    pub(crate) fn pass<T>(&self, enter: impl FnOnce() -> T) -> T {
        let locked = self.file.as_ref().filter(|file| wait_for(file));
        let entered = enter();
        if let Some(Err(error)) = locked.map(File::unlock) {
            warn!(%error, "the turn could not be given up");
        }
        entered
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push("-turn");
    path.with_file_name(name)
}

#[expect(clippy::disallowed_methods, reason = "waiting for a lock on a file has no limit otherwise")]
fn wait_for(file: &File) -> bool {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_inside_keeps_the_next_one_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let (first, second) = (Turnstile::at(&path), Turnstile::at(&path));
        first.pass(|| {
            assert!(matches!(second.file.as_ref().unwrap().try_lock(), Err(TryLockError::WouldBlock)));
        });
        assert!(second.file.as_ref().unwrap().try_lock().is_ok());
    }

    #[test]
    fn a_turn_that_never_comes_is_not_waited_for_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let (stuck, other) = (Turnstile::at(&path), Turnstile::at(&path));
        stuck.pass(|| assert_eq!(other.pass(|| 7), 7));
    }
}
