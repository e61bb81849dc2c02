//! What operators have done by the system itself, in the background.

mod bulk;

use std::sync::Arc;

use windlass_queue::{Engine, InvalidKind, Registry};

pub use bulk::{BulkJobs, BulkVerb, Selection};

use crate::roll::Roll;

pub(crate) fn enrol(roll: &mut impl Roll) -> Result<(), InvalidKind> {
    roll.enrol::<BulkJobs, _>(|services| bulk::BulkHandler::new(services.engine.clone()))
}

/// Adds these kinds to a registry of other kinds.
pub fn staff(registry: &mut Registry, engine: Arc<dyn Engine>) -> Result<(), InvalidKind> {
    registry.add::<BulkJobs>(bulk::BulkHandler::new(engine))
}
