use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use lettre::transport::smtp::client::{TlsParameters, TlsParametersBuilder};

use super::config::{InvalidSmtpConfig, SmtpConfig};

/// The port on which TLS starts before the first word (RFC 8314).
const IMPLICIT_TLS_PORT: u16 = 465;

/// Whether and how the connection to an SMTP server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsPolicy {
    /// Port 465: implicit TLS. Otherwise STARTTLS: required when there is a password to protect and the server
    /// is not on this machine, else used where the server offers it.
    #[default]
    Auto,
    /// Never encrypt, not even the password.
    None,
    /// STARTTLS, or no mail.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

const POLICIES: [TlsPolicy; 4] = [TlsPolicy::Auto, TlsPolicy::None, TlsPolicy::StartTls, TlsPolicy::Implicit];

impl TlsPolicy {
    /// The policy's name in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Implicit => "implicit",
        }
    }
}

impl fmt::Display for TlsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TlsPolicy {
    type Err = UnknownTlsPolicy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        POLICIES
            .into_iter()
            .find(|policy| policy.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownTlsPolicy { text: text.chars().take(40).collect() })
    }
}

/// A text that names no TLS policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a TLS policy; use auto, none, starttls or implicit")]
pub struct UnknownTlsPolicy {
    text: String,
}

/// What the policy comes to for one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Plain,
    Opportunistic,
    StartTls,
    Implicit,
}

fn level(config: &SmtpConfig) -> Level {
    match config.tls {
        TlsPolicy::None => Level::Plain,
        TlsPolicy::StartTls => Level::StartTls,
        TlsPolicy::Implicit => Level::Implicit,
        TlsPolicy::Auto if config.port == IMPLICIT_TLS_PORT => Level::Implicit,
        TlsPolicy::Auto if config.credentials.is_some() && !is_loopback(&config.host) => Level::StartTls,
        TlsPolicy::Auto => Level::Opportunistic,
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_local_address = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    host == "localhost" || host.ends_with(".localhost") || is_local_address
}

/// How to secure a connection, with what TLS needs for it.
pub(super) enum Security {
    Plain,
    /// STARTTLS where the server offers it.
    Opportunistic(TlsParameters),
    /// STARTTLS, or nothing is sent.
    StartTls(TlsParameters),
    Implicit(TlsParameters),
}

impl Security {
    pub(super) fn of(config: &SmtpConfig) -> Result<Self, InvalidSmtpConfig> {
        let builder = || TlsParameters::builder(config.host.clone());
        match level(config) {
            Level::Plain => Ok(Self::Plain),
            Level::Opportunistic => Ok(Self::Opportunistic(parameters(unverified(builder()))?)),
            Level::StartTls => Ok(Self::StartTls(parameters(builder())?)),
            Level::Implicit => Ok(Self::Implicit(parameters(builder())?)),
        }
    }
}

/// Where no TLS at all would do, TLS without a proof of identity is still better (RFC 7435): it is what the
/// self-made certificate of a local mail server gives. No password leaves this machine on such a connection.
fn unverified(builder: TlsParametersBuilder) -> TlsParametersBuilder {
    builder.dangerous_accept_invalid_certs(true).dangerous_accept_invalid_hostnames(true)
}

fn parameters(builder: TlsParametersBuilder) -> Result<TlsParameters, InvalidSmtpConfig> {
    builder.build().map_err(|error| InvalidSmtpConfig::Tls { fault: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::Credentials;

    fn config(host: &str, port: u16, login: &str) -> SmtpConfig {
        let credentials = (!login.is_empty())
            .then(|| Credentials { username: login.to_owned(), password: "secret".to_owned().into() });
        SmtpConfig { credentials, ..SmtpConfig::new(host, port) }
    }

    #[test]
    fn auto_protects_a_password_that_leaves_the_machine() {
        for (host, port, login, expected) in [
            ("mail.example.com", 465, "", Level::Implicit),
            ("localhost", 465, "ada", Level::Implicit),
            ("mail.example.com", 587, "ada", Level::StartTls),
            ("mail.example.com", 587, "", Level::Opportunistic),
            ("localhost", 1025, "ada", Level::Opportunistic),
            ("127.0.0.1", 1025, "ada", Level::Opportunistic),
            ("::1", 1025, "ada", Level::Opportunistic),
            ("127.0.0.1.example.com", 587, "ada", Level::StartTls),
        ] {
            assert_eq!(level(&config(host, port, login)), expected, "{host}:{port} {login}");
        }
    }

    #[test]
    fn an_explicit_policy_is_obeyed_on_every_port() {
        for (tls, expected) in [
            (TlsPolicy::None, Level::Plain),
            (TlsPolicy::StartTls, Level::StartTls),
            (TlsPolicy::Implicit, Level::Implicit),
        ] {
            let config = SmtpConfig { tls, ..config("mail.example.com", 465, "ada") };
            assert_eq!(level(&config), expected);
        }
    }

    #[test]
    fn policies_are_read_by_name() {
        for policy in POLICIES {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
        assert_eq!("STARTTLS".parse(), Ok(TlsPolicy::StartTls));
        assert!("ssl".parse::<TlsPolicy>().unwrap_err().to_string().contains("implicit"));
    }
}
