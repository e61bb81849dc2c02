//! As much of Redis's protocol as it takes to set servers up: one inline command, one plain answer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

const PATIENCE: Duration = Duration::from_secs(2);

/// Sends a command without quoting to a server on loopback and returns its answer as text.
pub(super) fn ask(port: u16, command: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    answer(&mut BufReader::new(stream)).with_context(|| format!("`{command}` on port {port}"))
}

/// Reads a simple string, an error, an integer or a bulk string.
fn answer(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    match line.trim_end().split_at_checked(1) {
        Some(("+" | ":", text)) => Ok(text.to_owned()),
        Some(("$", length)) => bulk(reader, length.parse()?),
        Some(("-", error)) => bail!("{error}"),
        _ => bail!("not an answer of Redis: {line:?}"),
    }
}

fn bulk(reader: &mut impl Read, length: usize) -> Result<String> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(String::from_utf8(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn plain_answers_are_read_as_text() {
        for (sent, read) in [("+PONG\r\n", "PONG"), (":7\r\n", "7"), ("$5\r\na\r\nbc\r\n", "a\r\nbc")] {
            assert_eq!(answer(&mut sent.as_bytes()).unwrap(), read);
        }
    }

    #[test]
    fn an_error_of_the_server_is_an_error() {
        let error = answer(&mut "-ERR unknown command\r\n".as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "ERR unknown command");
    }

    #[test]
    fn a_connection_that_closes_without_an_answer_is_an_error() {
        assert!(answer(&mut "".as_bytes()).is_err());
    }
}
