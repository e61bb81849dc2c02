use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use windlass_shared::{JobId, TenantId};

/// The folder of all jobs of an organization.
const JOBS: &str = "jobs";

/// Who a blob belongs to, and goes with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BlobOwner {
    organization: TenantId,
    job: JobId,
}

/// What leads to a blob: the hash of what it contains, and how many bytes that is. It is written like
/// `sha256-9f86d081…-13`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobRef {
    digest: [u8; 32],
    bytes: u64,
}

/// A text that is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a reference to a blob is written like sha256-, 64 hexadecimal digits, a hyphen, and the number of bytes"
)]
pub struct InvalidBlobRef;

impl BlobOwner {
    /// A job of this organization.
    pub const fn job(organization: TenantId, job: JobId) -> Self {
        Self { organization, job }
    }

    /// Whose organization it is.
    pub const fn organization(&self) -> &TenantId {
        &self.organization
    }

    /// Which job it is.
    pub const fn id(&self) -> JobId {
        self.job
    }

    /// Whose these folders are; `None` if nobody's.
    pub(super) fn of_parts(organization: &str, family: &str, job: &str) -> Option<Self> {
        let (organization, job) = (organization.parse().ok()?, job.parse().ok()?);
        (family == JOBS).then_some(Self { organization, job })
    }

    /// The folders that lead to its blobs. Names and ids have neither slashes nor leading dots, so no owner reaches into
    /// another one's.
    pub(super) fn parts(&self) -> [String; 3] {
        [self.organization.to_string(), JOBS.to_owned(), self.job.to_string()]
    }
}

impl fmt::Display for BlobOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the job {} of {}", self.job, self.organization)
    }
}

impl BlobRef {
    /// The reference to this value.
    pub fn of(value: &[u8]) -> Self {
        Self { digest: Sha256::digest(value).into(), bytes: u64::try_from(value.len()).unwrap_or(u64::MAX) }
    }

    /// How many bytes it has.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl fmt::Display for BlobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256-")?;
        self.digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "-{}", self.bytes)
    }
}

impl FromStr for BlobRef {
    type Err = InvalidBlobRef;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, bytes) =
            text.strip_prefix("sha256-").and_then(|rest| rest.split_once('-')).ok_or(InvalidBlobRef)?;
        let mut digest = [0; 32];
        // The parser of numbers would take a sign too.
        if digits.len() != 2 * digest.len() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(InvalidBlobRef);
        }
        for (place, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).map_err(|_| InvalidBlobRef)?;
        }
        if !bytes.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(InvalidBlobRef);
        }
        Ok(Self { digest, bytes: bytes.parse().map_err(|_| InvalidBlobRef)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_back_from_its_text_and_nothing_else_is_one() {
        let blob = BlobRef::of(b"test");
        let text = blob.to_string();
        assert_eq!(text, "sha256-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08-4");
        assert_eq!(text.parse(), Ok(blob));
        for wrong in
            ["", "sha256-", "../../etc/passwd", &text[1..], &format!("{text}x"), &text.replace("-4", "-+4")]
        {
            assert_eq!(wrong.parse::<BlobRef>(), Err(InvalidBlobRef), "{wrong}");
        }
    }
}
