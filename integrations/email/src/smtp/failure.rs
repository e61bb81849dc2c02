use std::error::Error as _;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::{Response, Severity};

use crate::provider::SendError;

/// What was being done when something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Connect,
    StartTls,
    LogIn,
    Send,
}

/// The server's own words, on one line.
pub(super) fn answer(response: &Response) -> String {
    let text = response.message().collect::<Vec<_>>().join(" ");
    printable(&format!("{} {text}", response.code()))
}

/// Whether a later attempt may work, by the rules of RFC 5321 section 4.2.1: 4yz may, 5yz will not. What never
/// got as far as an answer (connection, network, an answer that is none) may.
pub(super) fn classify(server: &str, stage: Stage, error: &Error) -> SendError {
    let detail = detail(error);
    match error.status() {
        Some(code) if code.severity == Severity::PermanentNegativeCompletion => {
            SendError::permanent(refused(server, stage, &format!("{code} {detail}")))
        }
        Some(code) => SendError::transient(format!(
            "the SMTP server {server} answered \"{code} {detail}\" {}; a later attempt may be taken",
            when(stage)
        )),
        None if error.is_client() => SendError::permanent(unable(server, stage, &detail)),
        None => SendError::transient(broken(server, stage, &detail)),
    }
}

fn refused(server: &str, stage: Stage, answer: &str) -> String {
    let advice = match stage {
        Stage::LogIn => "check the SMTP user name and password",
        Stage::Connect | Stage::StartTls => "check that this server accepts mail from this machine",
        Stage::Send => "correct what it complains about, then send the message again",
    };
    format!("the SMTP server {server} refused {} with \"{answer}\"; {advice}", what(stage))
}

/// Our own client sees that this server cannot do what is needed.
fn unable(server: &str, stage: Stage, detail: &str) -> String {
    let advice = match stage {
        Stage::LogIn => {
            "the server offers no login that Windlass knows (PLAIN, LOGIN), or only after TLS; set the TLS policy, or remove user name and password"
        }
        Stage::Connect | Stage::StartTls => "check SMTP host, port and TLS policy",
        Stage::Send => "send the message through another server, or to addresses in plain ASCII",
    };
    format!("the SMTP server {server} cannot be used for {}: {detail}; {advice}", what(stage))
}

fn broken(server: &str, stage: Stage, detail: &str) -> String {
    let advice = match stage {
        Stage::Connect => "check SMTP host, port and TLS policy, and that the server is up",
        Stage::StartTls => "check that its certificate is valid for this host name and known to this machine",
        Stage::LogIn | Stage::Send => "the message may be sent again; it carries the same Message-ID",
    };
    format!("the connection to the SMTP server {server} failed {}: {detail}; {advice}", when(stage))
}

fn what(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "the connection",
        Stage::StartTls => "STARTTLS",
        Stage::LogIn => "the login",
        Stage::Send => "the message",
    }
}

fn when(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "at the start",
        Stage::StartTls => "at STARTTLS",
        Stage::LogIn => "at the login",
        Stage::Send => "while sending",
    }
}

/// The words below the client's own errors: those repeat the kind of error, which the sentence says already.
fn detail(error: &Error) -> String {
    match error.source() {
        None => printable(&error.to_string()),
        Some(source) => source.downcast_ref().map_or_else(|| printable(&source.to_string()), detail),
    }
}

/// A server's words are shown to people: one line, and no longer than it takes.
fn printable(text: &str) -> String {
    const LENGTH: usize = 400;
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LENGTH)
        .collect::<String>()
        .trim()
        .to_owned()
}
