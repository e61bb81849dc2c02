use std::num::NonZeroUsize;
use std::time::Duration;

use secrecy::SecretString;

use super::security::TlsPolicy;

/// Where and how to reach an SMTP server.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Host name or IP address.
    pub host: String,
    /// Port: 587 is usual for submission, 465 for implicit TLS, 25 between servers.
    pub port: u16,
    /// The login, where the server wants one.
    pub credentials: Option<Credentials>,
    /// Whether and how the connection is encrypted. Default [`TlsPolicy::Auto`].
    pub tls: TlsPolicy,
    /// Time for one attempt from the connection to the server's final answer. Default 30 s.
    pub timeout: Duration,
    /// The name by which we greet the server; default this machine's host name.
    pub hello_name: Option<String>,
    /// How many connections may be open at once. Default 10.
    pub max_connections: NonZeroUsize,
}

/// A login at an SMTP server.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

impl SmtpConfig {
    /// A server without login, everything else as by default.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(10).unwrap();
        Self {
            host: host.into(),
            port,
            credentials: None,
            tls: TlsPolicy::Auto,
            timeout: Duration::from_secs(30),
            hello_name: None,
            max_connections: CONNECTIONS,
        }
    }
}

/// Why no SMTP client can be made of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSmtpConfig {
    /// The host is no host name.
    #[error(
        "the SMTP host {host:?} is not a host name or an IP address; give the name alone, without a scheme or a port"
    )]
    Host {
        /// The host as configured.
        host: String,
    },
    /// The name for the greeting would break the command.
    #[error("the SMTP hello name {name:?} is not a host name")]
    HelloName {
        /// The name as configured.
        name: String,
    },
    /// Zero time.
    #[error("the SMTP time-out is zero; give at least a second")]
    Timeout,
    /// TLS cannot be set up on this machine.
    #[error("TLS for the SMTP server cannot be set up: {fault}")]
    Tls {
        /// What the TLS library says.
        fault: String,
    },
}
