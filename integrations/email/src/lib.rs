//! Email providers at arm's length: what a message is, and how it leaves the house.
//!
//! A [`Draft`] is put together from parts that are each valid by construction: an [`EmailAddress`] that cannot
//! carry a second header, a [`Header`] that cannot replace the sender. A [`Mailer`] completes it to a
//! [`Message`] within its [`Limits`] and hands that to a [`Provider`]: [`Smtp`] for a mail server,
//! [`MailboxFolder`] for a folder of `.eml` files. A [`SendError`] says whether another attempt makes sense.
//!
//! ```
//! use std::sync::Arc;
//! use windlass_email::{Body, Draft, Identity, MailboxFolder, Mailer};
//! use windlass_shared::Timestamp;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # let folder = tempfile::tempdir()?;
//! # runtime.block_on(async {
//! let mailer = Mailer::new(Arc::new(MailboxFolder::new(folder.path())), "Sails <hi@example.com>".parse()?);
//! let identity = Identity::new("job-42", Timestamp::from_millis(1_700_000_000_000))?;
//! let mut draft = Draft::new(identity, "Your sails are ready", Body::text("Come and see."));
//! draft.to.push("ada@example.org".parse()?);
//! mailer.send(draft).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod attachment;
mod body;
mod header;
mod identity;
mod invalid;
mod limits;
mod mailbox_folder;
mod mailer;
mod message;
mod provider;
mod rfc5322;
mod smtp;

pub use address::{EmailAddress, Mailbox};
pub use attachment::Attachment;
pub use body::Body;
pub use header::Header;
pub use identity::Identity;
pub use invalid::InvalidMessage;
pub use limits::Limits;
pub use mailbox_folder::MailboxFolder;
pub use mailer::Mailer;
pub use message::{Draft, Message};
pub use provider::{Provider, SendError, Sent};
pub use smtp::{Credentials, InvalidSmtpConfig, Smtp, SmtpConfig, TlsPolicy, UnknownTlsPolicy};
