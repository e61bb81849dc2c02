use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::message::Message;
use crate::provider::{Provider, SendError, Sent};

/// Who really receives a message, bcc included: a file has no envelope.
const ENVELOPE_HEADER: &str = "X-Windlass-Envelope-To";

/// Keeps messages as `.eml` files in a folder instead of sending them: the provider of a development machine.
///
/// A file appears under its name only when it is complete and on disk. Its name starts with the message's date
/// and ends with its key, so that names sort by time and a message that is sent twice is one file.
#[derive(Debug, Clone)]
pub struct MailboxFolder {
    folder: PathBuf,
}

impl MailboxFolder {
    /// The provider that writes to `folder`, which is created when the first message comes.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

#[async_trait]
impl Provider for MailboxFolder {
    fn name(&self) -> &'static str {
        "mailbox"
    }

    async fn send(&self, message: &Message) -> Result<Sent, SendError> {
        let content = content(message)?;
        let file_name = file_name(message);
        let answer = format!("kept as {file_name}");
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || write(&folder, &file_name, &content))
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| self.failure(&error))?;
        Ok(Sent { provider: self.name(), message_id: message.message_id(), answer })
    }
}

impl MailboxFolder {
    fn failure(&self, error: &io::Error) -> SendError {
        SendError::transient(format!(
            "the message could not be written to the mailbox folder {}: {error}; make the folder writable, or set an SMTP server",
            self.folder.display()
        ))
    }
}

fn content(message: &Message) -> Result<Vec<u8>, SendError> {
    let recipients: Vec<&str> = message.recipients().into_iter().map(crate::EmailAddress::as_str).collect();
    // One address a line keeps each line short, however many there are.
    let mut content = format!("{ENVELOPE_HEADER}: {}\r\n", recipients.join(",\r\n ")).into_bytes();
    content.extend(message.to_rfc5322()?);
    Ok(content)
}

fn file_name(message: &Message) -> String {
    // Some file systems know no colons.
    let date = message.date().to_string().replace(':', "-");
    format!("{date}_{}.eml", message.key())
}

fn write(folder: &Path, file_name: &str, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".incoming-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(file_name))?;
    sync_folder(folder)
}

/// The new name survives a power loss only when the folder itself is on disk.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
