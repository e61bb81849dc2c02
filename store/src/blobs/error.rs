use super::BlobRef;

/// Why a blob could not be stored, read or removed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The place cannot be reached or did not do it now.
    #[error("the blobs cannot be reached: {detail}")]
    Unavailable {
        /// What it said.
        detail: String,
    },
    /// The place refuses: no permission, no such bucket, no such folder.
    #[error("the place of the blobs refused: {detail}")]
    Refused {
        /// What it said.
        detail: String,
    },
    /// The value has more bytes than a blob may.
    #[error("a blob may have {most} bytes, and this one has {bytes}")]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        most: usize,
    },
    /// What is there is not what was stored.
    #[error("the blob {blob} of {owner} is not what was stored under this name; it cannot be used")]
    Damaged {
        /// Which blob.
        blob: BlobRef,
        /// Whose.
        owner: String,
    },
}

impl BlobError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Refused { .. } | Self::TooLarge { .. } | Self::Damaged { .. } => false,
        }
    }
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        let detail = error.to_string();
        match error {
            object_store::Error::Generic { .. } | object_store::Error::JoinError { .. } => {
                Self::Unavailable { detail }
            }
            _ => Self::Refused { detail },
        }
    }
}
