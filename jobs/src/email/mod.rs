//! Email: one message, its content given or written from a template.

mod address;
mod attachment;
mod delivery;
mod envelope;
mod send;
mod send_template;

use windlass_queue::InvalidKind;

pub use address::Address;
pub use attachment::Attachment;
pub use delivery::Delivered;
pub use envelope::EmailType;
pub use send::SendEmail;
pub use send_template::SendTemplate;

use crate::roll::Roll;

/// The queue that mail waits in.
const QUEUE: &str = "email";

pub(crate) fn enrol(roll: &mut impl Roll) -> Result<(), InvalidKind> {
    roll.enrol::<SendEmail, _>(send::SendEmailHandler::new)?;
    roll.enrol::<SendTemplate, _>(send_template::SendTemplateHandler::new)
}
