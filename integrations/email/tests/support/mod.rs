//! Starts the SMTP server of `tests/server` in a process of its own and reads what it reports.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;
use windlass_email::{Body, Draft, Identity, Limits, Message, SmtpConfig};
use windlass_shared::Timestamp;

/// A Python that has aiosmtpd.
const PYTHON: &str = "WINDLASS_TEST_PYTHON";

pub(crate) const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/self_signed.pem");

pub(crate) struct SmtpServer {
    process: Child,
    /// The server ends when this does.
    _stdin: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl SmtpServer {
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_on(0, options)
    }

    /// Ends the server with all its connections and starts a new one on the same port.
    pub(crate) fn restart(&mut self) {
        self.end();
        *self = Self::start_on(self.port, &[]);
    }

    fn start_on(port: u16, options: &[&str]) -> Self {
        let mut process = Command::new(python())
            .args(["-W", "ignore"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/smtp_server.py"))
            .args(["--port", &port.to_string()])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let reports = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut server = Self { process, _stdin: stdin, reports, port: 0 };
        server.port = u16::try_from(server.report()["port"].as_u64().unwrap()).unwrap();
        server
    }

    /// A client of this server, without login and with everything else as by default.
    pub(crate) fn config(&self) -> SmtpConfig {
        SmtpConfig {
            hello_name: Some("client.example".to_owned()),
            ..SmtpConfig::new("127.0.0.1", self.port)
        }
    }

    /// What the server reports next; waits until it does.
    pub(crate) fn report(&mut self) -> Value {
        let line = self.reports.next().expect("the SMTP server ended; does the Python have aiosmtpd?");
        serde_json::from_str(&line.unwrap()).unwrap()
    }
}

impl SmtpServer {
    fn end(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.end();
    }
}

#[expect(clippy::disallowed_methods, reason = "the test runner says where it has put its Python")]
fn python() -> String {
    std::env::var(PYTHON).unwrap_or_else(|_| {
        panic!("{PYTHON} is not set: run `cargo xtask test`, which provides an SMTP server")
    })
}

/// A small message to `recipient`.
pub(crate) fn draft(key: &str, recipient: &str) -> Draft {
    let identity = Identity::new(key, Timestamp::from_millis(1_700_000_000_123)).unwrap();
    let body = Body::Both { text: "Grüße, Ada".to_owned(), html: "<p>Grüße, <b>Ada</b></p>".to_owned() };
    let mut draft = Draft::new(identity, "Your sails are ready", body);
    draft.to.push(recipient.parse().unwrap());
    draft
}

pub(crate) fn message(draft: Draft) -> Message {
    draft.into_message(&"Sails <hi@example.com>".parse().unwrap(), &Limits::default()).unwrap()
}
