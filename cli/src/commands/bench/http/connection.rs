use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::failure::Failure;

/// Where the head of an answer ends.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// As much of HTTP/1.1 as it takes to ask over and over at little cost of our own.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(64 * 1_024) })
    }

    /// Sends a request and waits for the whole answer. Anything but 202 is a failure.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<(), Failure> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let end = loop {
            if let Some(end) = end_of_answer(&self.read)? {
                break end;
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(Failure::Api("it closed a connection".to_owned()));
            }
        };
        let answer = &self.read[..end.min(self.read.len())];
        if answer.starts_with(b"HTTP/1.1 202 ") {
            return Ok(());
        }
        let answer = String::from_utf8_lossy(answer);
        let (status, problem) = (answer.lines().next(), answer.lines().next_back());
        Err(Failure::Api(format!("{}: {}", status.unwrap_or_default(), problem.unwrap_or_default())))
    }
}

/// Where the answer ends, once all of it is there.
fn end_of_answer(read: &[u8]) -> Result<Option<usize>, Failure> {
    let Some(head) = read.windows(END_OF_HEAD.len()).position(|bytes| bytes == END_OF_HEAD) else {
        return Ok(None);
    };
    let end = head + END_OF_HEAD.len() + length_of_body(&read[..head])?;
    Ok((read.len() >= end).then_some(end))
}

fn length_of_body(head: &[u8]) -> Result<usize, Failure> {
    let head = String::from_utf8_lossy(head);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    length.ok_or_else(|| Failure::Api("an answer does not say how long it is".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_with_its_body() {
        let whole = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello";
        for cut in 0..whole.len() {
            assert_eq!(end_of_answer(&whole[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(end_of_answer(whole).unwrap(), Some(whole.len()));
        assert!(end_of_answer(b"HTTP/1.1 202 Accepted\r\n\r\n").is_err());
    }
}
