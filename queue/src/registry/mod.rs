mod reaching;

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use windlass_shared::KindName;

use self::reaching::Reaching;
use crate::blobs::KeepBlobs;
use crate::catalog::{Catalog, InvalidKind};
use crate::engine::NewJob;
use crate::handler::{Handler, JobContext, JobError};
use crate::kind::JobKind;

/// The kinds that a worker serves, each with its handler.
#[derive(Debug, Default)]
pub struct Registry {
    catalog: Catalog,
    handlers: HashMap<KindName, Arc<dyn ErasedHandler>>,
    blobs: Option<Arc<dyn KeepBlobs>>,
}

impl Registry {
    /// A registry without kinds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind with its handler.
    pub fn add<K: JobKind>(&mut self, handler: impl Handler<K>) -> Result<(), InvalidKind> {
        self.catalog.add::<K>()?;
        let handler = Arc::new(Typed { handler, kind: PhantomData::<fn() -> K> });
        self.handlers.insert(K::NAME.parse()?, self.reaching(handler));
        Ok(())
    }

    /// The same, where handlers get args that a [`Client`](crate::Client) has put aside, and results that are larger than
    /// [`MAX_PAYLOAD_BYTES`](crate::MAX_PAYLOAD_BYTES) are put aside too.
    #[must_use]
    pub fn with_blobs(self, blobs: Arc<dyn KeepBlobs>) -> Self {
        let Self { catalog, handlers, .. } = self;
        let reaching = Self { blobs: Some(blobs), ..Self::default() };
        let handlers = handlers.into_iter().map(|(kind, handler)| (kind, reaching.reaching(handler)));
        Self { handlers: handlers.collect(), catalog, ..reaching }
    }

    /// The kinds, without their handlers.
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The handler of a kind.
    pub fn handler(&self, kind: &KindName) -> Option<&Arc<dyn ErasedHandler>> {
        self.handlers.get(kind)
    }

    fn reaching(&self, handler: Arc<dyn ErasedHandler>) -> Arc<dyn ErasedHandler> {
        match &self.blobs {
            Some(blobs) => Arc::new(Reaching { handler, blobs: Arc::clone(blobs) }),
            None => handler,
        }
    }
}

/// A handler whose kind has been forgotten: it takes and gives JSON.
#[async_trait]
pub trait ErasedHandler: fmt::Debug + Send + Sync {
    /// Decodes the arguments, does the work, and encodes the result.
    async fn run(&self, args: &Bytes, context: &JobContext) -> Result<Done, RunError>;
}

/// What a handler brought back whose work is done.
#[derive(Debug, Default)]
pub struct Done {
    /// What it returned: JSON in UTF-8.
    pub result: Option<Bytes>,
    /// The jobs that follow from it.
    pub children: Vec<NewJob>,
}

/// Why an erased handler did not finish.
#[derive(Debug)]
pub enum RunError {
    /// The arguments are not what the kind takes; the handler was not called.
    Undecodable(String),
    /// The handler said so.
    Job(JobError),
}

struct Typed<K, H> {
    handler: H,
    kind: PhantomData<fn() -> K>,
}

impl<K: JobKind, H> fmt::Debug for Typed<K, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handler({})", K::NAME)
    }
}

#[async_trait]
impl<K: JobKind, H: Handler<K>> ErasedHandler for Typed<K, H> {
    async fn run(&self, args: &Bytes, context: &JobContext) -> Result<Done, RunError> {
        let args = serde_json::from_slice(args).map_err(|error| RunError::Undecodable(error.to_string()))?;
        let output = self.handler.run(args, context).await.map_err(RunError::Job)?;
        let encoded = serde_json::to_vec(&output)
            .map_err(|error| RunError::Job(JobError::permanent(format!("the result is no JSON: {error}"))))?;
        // A handler that returns nothing leaves nothing to store.
        let result = (encoded != b"null").then(|| encoded.into());
        Ok(Done { result, children: context.take_children() })
    }
}
