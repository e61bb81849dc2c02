use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials as Login, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret;

use super::config::{Credentials, InvalidSmtpConfig, SmtpConfig};
use super::failure::{Stage, classify};
use super::security::Security;
use crate::provider::SendError;

/// A host may have several addresses; one that swallows packets must not use up the time of all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An SMTP server, ready to be connected to.
pub(super) struct Server {
    /// `host:port`, for messages.
    pub(super) name: String,
    config: SmtpConfig,
    hello: ClientId,
    security: Security,
}

impl Server {
    pub(super) fn new(mut config: SmtpConfig) -> Result<Self, InvalidSmtpConfig> {
        // An IPv6 address may be written as in a URL.
        config.host = config.host.trim_matches(['[', ']']).to_owned();
        check(&config)?;
        let hello = config.hello_name.clone().map_or_else(ClientId::default, ClientId::Domain);
        let security = Security::of(&config)?;
        Ok(Self { name: format!("{}:{}", config.host, config.port), config, hello, security })
    }

    pub(super) fn timeout(&self) -> Duration {
        self.config.timeout
    }

    /// A connection that is encrypted and logged in as configured.
    pub(super) async fn open(&self) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = self.connect().await?;
        self.secure(&mut connection).await?;
        if let Some(credentials) = &self.config.credentials {
            self.log_in(&mut connection, credentials).await?;
        }
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let implicit = match &self.security {
            Security::Implicit(parameters) => Some(parameters.clone()),
            Security::Plain | Security::Opportunistic(_) | Security::StartTls(_) => None,
        };
        let address = (self.config.host.as_str(), self.config.port);
        let timeout = CONNECT_TIMEOUT.min(self.config.timeout);
        AsyncSmtpConnection::connect_tokio1(address, Some(timeout), &self.hello, implicit, None)
            .await
            .map_err(|error| classify(&self.name, Stage::Connect, &error))
    }

    async fn secure(&self, connection: &mut AsyncSmtpConnection) -> Result<(), SendError> {
        match &self.security {
            Security::Plain | Security::Implicit(_) => Ok(()),
            Security::Opportunistic(_) if !connection.can_starttls() => Ok(()),
            Security::StartTls(_) if !connection.can_starttls() => Err(self.without_tls()),
            Security::Opportunistic(parameters) | Security::StartTls(parameters) => {
                self.start_tls(connection, parameters).await
            }
        }
    }

    async fn start_tls(
        &self,
        connection: &mut AsyncSmtpConnection,
        parameters: &TlsParameters,
    ) -> Result<(), SendError> {
        connection
            .starttls(parameters.clone(), &self.hello)
            .await
            .map_err(|error| classify(&self.name, Stage::StartTls, &error))
    }

    async fn log_in(
        &self,
        connection: &mut AsyncSmtpConnection,
        credentials: &Credentials,
    ) -> Result<(), SendError> {
        let login = Login::new(credentials.username.clone(), credentials.password.expose_secret().to_owned());
        connection
            .auth(DEFAULT_MECHANISMS, &login)
            .await
            .map(|_| ())
            .map_err(|error| classify(&self.name, Stage::LogIn, &error))
    }

    fn without_tls(&self) -> SendError {
        SendError::permanent(format!(
            "the SMTP server {} offers no STARTTLS, so nothing was sent to it; set the TLS policy to implicit (usual on port 465), or to none if the network between is trusted",
            self.name
        ))
    }
}

fn check(config: &SmtpConfig) -> Result<(), InvalidSmtpConfig> {
    if !is_host(&config.host) {
        return Err(InvalidSmtpConfig::Host { host: config.host.clone() });
    }
    if let Some(name) = config.hello_name.as_ref().filter(|name| !is_host(name)) {
        return Err(InvalidSmtpConfig::HelloName { name: name.clone() });
    }
    if config.timeout.is_zero() {
        return Err(InvalidSmtpConfig::Timeout);
    }
    Ok(())
}

/// A host name, an IPv4 or an IPv6 address; the last is the only one with colons, and has at least two.
fn is_host(text: &str) -> bool {
    let colons = text.matches(':').count();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    !text.is_empty() && colons != 1 && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_alone() {
        for good in ["localhost", "mail.example.com", "10.0.0.1", "::1", "fe80::1%eth0", "smtp_1"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["", "mail.example.com:587", "smtp://mail.example.com", "a b", "a\r\nQUIT"] {
            assert!(!is_host(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_configuration_that_cannot_work_is_refused_at_once() {
        let config = || SmtpConfig::new("localhost", 25);
        let refused = |config| Server::new(config).err();
        assert!(matches!(
            refused(SmtpConfig { host: "mail.example.com:25".to_owned(), ..config() }),
            Some(InvalidSmtpConfig::Host { .. })
        ));
        assert!(matches!(
            refused(SmtpConfig { hello_name: Some("a\r\nQUIT".to_owned()), ..config() }),
            Some(InvalidSmtpConfig::HelloName { .. })
        ));
        assert_eq!(
            refused(SmtpConfig { timeout: Duration::ZERO, ..config() }),
            Some(InvalidSmtpConfig::Timeout)
        );
        assert_eq!(refused(SmtpConfig { host: "[::1]".to_owned(), ..config() }), None);
    }
}
