use std::sync::Arc;

use windlass_email_templates::Templates;
use windlass_jobs::{Diagnostics, Services};
use windlass_queue::{Catalog, Engine, Registry};
use windlass_relay::JobBlobs;

use super::blobs::blobs;
use super::mail::mailer;
use crate::config::Settings;
use crate::failure::Failure;

/// The kinds of this installation, for those who enqueue.
pub(crate) fn catalog(settings: &Settings) -> Result<Catalog, Failure> {
    Ok(windlass_jobs::catalog(diagnostics(settings))?)
}

/// The kinds of this installation with their handlers, for those who work.
pub(crate) fn registry(settings: &Settings, engine: &Arc<dyn Engine>) -> Result<Registry, Failure> {
    let templates = Arc::new(Templates::builtin()?);
    let services = Services { mailer: Some(mailer(settings)?), templates, engine: Arc::clone(engine) };
    let registry = windlass_jobs::registry(&services, diagnostics(settings))?;
    Ok(match blobs(settings)? {
        Some(blobs) => registry.with_blobs(Arc::new(JobBlobs::new(blobs))),
        None => registry,
    })
}

const fn diagnostics(settings: &Settings) -> Diagnostics {
    if settings.diagnostics { Diagnostics::Enabled } else { Diagnostics::Disabled }
}
