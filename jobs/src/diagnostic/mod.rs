//! Kinds that do nothing of use, so that an installation can be proved and measured.

mod noop;
mod sleep;

use windlass_queue::InvalidKind;

pub use noop::Noop;
pub use sleep::Sleep;

use crate::roll::Roll;

pub(crate) fn enrol(roll: &mut impl Roll) -> Result<(), InvalidKind> {
    roll.enrol::<Noop, _>(|_| noop::NoopHandler)?;
    roll.enrol::<Sleep, _>(|_| sleep::SleepHandler::default())
}
