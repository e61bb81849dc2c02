use std::path::PathBuf;
use std::sync::Arc;

use windlass_email::{Credentials, MailboxFolder, Mailer, Provider, Smtp, SmtpConfig};

use crate::config::{DEFAULT_FROM, Settings, SmtpSettings};
use crate::failure::Failure;

/// The name of the mailbox in the data directory.
const FOLDER: &str = "mailbox";

/// Where mail goes.
#[derive(Debug)]
pub(crate) enum Destination<'a> {
    /// To a server.
    Server(&'a SmtpSettings),
    /// Into a folder, because no server is set.
    Folder(PathBuf),
}

/// Where mail goes with these settings.
pub(crate) fn destination(settings: &Settings) -> Destination<'_> {
    match &settings.mail.smtp {
        Some(smtp) => Destination::Server(smtp),
        None => Destination::Folder(settings.data_dir.join(FOLDER)),
    }
}

/// The mailer that the settings choose.
pub(super) fn mailer(settings: &Settings) -> Result<Mailer, Failure> {
    let provider: Arc<dyn Provider> = match destination(settings) {
        Destination::Server(smtp) => {
            warn_of_default_sender(settings);
            Arc::new(Smtp::new(config(smtp))?)
        }
        Destination::Folder(folder) => Arc::new(MailboxFolder::new(folder)),
    };
    Ok(Mailer::new(provider, settings.mail.from.clone()))
}

fn config(smtp: &SmtpSettings) -> SmtpConfig {
    let credentials = smtp.credentials.clone().map(|(username, password)| Credentials { username, password });
    SmtpConfig { credentials, tls: smtp.tls, ..SmtpConfig::new(&smtp.host, smtp.port) }
}

/// In the mailbox folder any sender will do; in the world outside this one will not.
fn warn_of_default_sender(settings: &Settings) {
    if settings.mail.from.address().as_str() == DEFAULT_FROM {
        tracing::warn!(
            "mail leaves as {DEFAULT_FROM}, which servers may refuse; set email.from or FROM_EMAIL"
        );
    }
}
