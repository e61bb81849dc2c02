use windlass_queue::EngineError;
use windlass_store::StoreError;
use windlass_store::blobs::BlobError;

/// Why something could not be carried from one side to the other. Nothing is lost by it: what was begun is done again.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// The side of the queue.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The side of the database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The place of large values.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl RelayError {
    /// Whether the same may succeed later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
            Self::Blob(error) => error.is_transient(),
        }
    }
}
