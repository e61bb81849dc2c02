use std::sync::Arc;

use windlass_email::Mailer;
use windlass_email_templates::Templates;
use windlass_queue::{Catalog, Engine, Handler, InvalidKind, JobKind, Registry};

use crate::{diagnostic, email, operations};

/// What the handlers work with.
#[derive(Debug, Clone)]
pub struct Services {
    /// Sends mail; without one, jobs that send mail fail at once and say what to set.
    pub mailer: Option<Mailer>,
    /// Writes mail.
    pub templates: Arc<Templates>,
    /// Keeps the jobs, for those that concern other jobs.
    pub engine: Arc<dyn Engine>,
}

/// Whether the kinds exist that prove and measure an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diagnostics {
    /// They do.
    Enabled,
    /// They do not.
    Disabled,
}

/// The built-in kinds, for those who enqueue.
pub fn catalog(diagnostics: Diagnostics) -> Result<Catalog, InvalidKind> {
    let mut catalog = Catalog::new();
    call(&mut catalog, diagnostics)?;
    Ok(catalog)
}

/// The built-in kinds with their handlers, for those who work.
pub fn registry(services: &Services, diagnostics: Diagnostics) -> Result<Registry, InvalidKind> {
    let mut staffing = Staffing { services, registry: Registry::new() };
    call(&mut staffing, diagnostics)?;
    Ok(staffing.registry)
}

/// Every family, once.
fn call(roll: &mut impl Roll, diagnostics: Diagnostics) -> Result<(), InvalidKind> {
    email::enrol(roll)?;
    operations::enrol(roll)?;
    match diagnostics {
        Diagnostics::Enabled => diagnostic::enrol(roll),
        Diagnostics::Disabled => Ok(()),
    }
}

/// Something that takes down the kinds one by one.
pub(crate) trait Roll {
    /// Takes down one kind, and how its handler is made of the services.
    fn enrol<K: JobKind, H: Handler<K>>(&mut self, handler: fn(&Services) -> H) -> Result<(), InvalidKind>;
}

impl Roll for Catalog {
    fn enrol<K: JobKind, H: Handler<K>>(&mut self, _: fn(&Services) -> H) -> Result<(), InvalidKind> {
        self.add::<K>()
    }
}

struct Staffing<'a> {
    services: &'a Services,
    registry: Registry,
}

impl Roll for Staffing<'_> {
    fn enrol<K: JobKind, H: Handler<K>>(&mut self, handler: fn(&Services) -> H) -> Result<(), InvalidKind> {
        self.registry.add::<K>(handler(self.services))
    }
}
