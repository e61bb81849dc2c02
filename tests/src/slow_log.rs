use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// A command that took Redis longer than it was to take. Redis measures by the clock on the wall, so time for which the
/// machine gave the processor to somebody else counts too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowCommand {
    /// How long it took.
    pub took: Duration,
    /// The command and its arguments; Redis keeps the first 32 of them, and 128 bytes of each.
    pub words: Vec<String>,
}

impl SlowCommand {
    /// The first of its words that starts like this: where all keys have a prefix, its first key.
    pub fn first_key(&self, prefix: &str) -> Option<&str> {
        self.words.iter().map(String::as_str).find(|word| word.starts_with(prefix))
    }
}

/// All that the server on this port has noted.
pub(crate) async fn read(port: u16) -> Result<Vec<SlowCommand>> {
    timeout(PATIENCE, async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(b"SLOWLOG GET 10000\r\n").await?;
        commands(&mut BufReader::new(stream)).await
    })
    .await?
}

/// Reads the answer: an array of entries, each a number, an instant, microseconds, words, and who sent it.
async fn commands(answer: &mut (impl AsyncBufRead + Unpin)) -> Result<Vec<SlowCommand>> {
    let mut commands = Vec::new();
    for _ in 0..number(answer, '*').await? {
        ensure!(number(answer, '*').await? == 6, "an entry of the slow log has six parts");
        let (_number, _instant) = (number(answer, ':').await?, number(answer, ':').await?);
        let took = Duration::from_micros(number(answer, ':').await?);
        let mut words = Vec::new();
        for _ in 0..number(answer, '*').await? {
            words.push(text(answer).await?);
        }
        let (_address, _name) = (text(answer).await?, text(answer).await?);
        commands.push(SlowCommand { took, words });
    }
    Ok(commands)
}

async fn text(answer: &mut (impl AsyncBufRead + Unpin)) -> Result<String> {
    let length = usize::try_from(number(answer, '$').await?)?;
    // The line break behind it belongs to the protocol.
    let mut bytes = vec![0; length + 2];
    answer.read_exact(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

async fn number(answer: &mut (impl AsyncBufRead + Unpin), sort: char) -> Result<u64> {
    let mut line = String::new();
    answer.read_line(&mut line).await?;
    let number = line.trim_end().strip_prefix(sort);
    number.with_context(|| format!("{line:?} instead of {sort}"))?.parse().context("no number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_entry_is_read_with_its_words() {
        let answer = "*1\r\n*6\r\n:14\r\n:1309448221\r\n:15000\r\n*3\r\n$4\r\nHGET\r\n$9\r\nkey\r\nline\r\n$1\r\na\r\n\
                      $15\r\n127.0.0.1:58217\r\n$0\r\n\r\n";
        let commands = commands(&mut answer.as_bytes()).await.unwrap();
        assert_eq!(commands.len(), 1);
        assert_eq!(commands[0].took, Duration::from_millis(15));
        assert_eq!(commands[0].words, ["HGET", "key\r\nline", "a"]);
        assert_eq!(commands[0].first_key("key"), Some("key\r\nline"));
        assert_eq!(commands[0].first_key("none"), None);
    }

    #[tokio::test]
    async fn an_empty_log_has_no_entries_and_an_error_is_one() {
        assert_eq!(commands(&mut &b"*0\r\n"[..]).await.unwrap(), []);
        assert!(commands(&mut &b"-ERR no\r\n"[..]).await.is_err());
    }
}
