use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Entropy, JobId};

/// One life of one worker process: a random number drawn when it starts, so that the same name on the same
/// host after a restart is somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation([u8; 8]);

impl Incarnation {
    /// The length in bytes.
    pub const BYTES: usize = 8;

    /// A new life.
    pub fn draw(entropy: &Entropy) -> Self {
        Self(entropy.number().to_be_bytes())
    }

    /// The bytes, as engines store them.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The incarnation that an engine stored.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl FromStr for Incarnation {
    type Err = InvalidIncarnation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The parser of numbers would also take a sign.
        if text.len() != 2 * Self::BYTES || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidIncarnation);
        }
        u64::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| InvalidIncarnation)
    }
}

impl Serialize for Incarnation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Incarnation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is no incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a worker is 16 hexadecimal digits")]
pub struct InvalidIncarnation;

/// How many times a job had been claimed, this time included. It only ever grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimNumber(u32);

impl ClaimNumber {
    /// The claim with this number; the first one is 1.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The fence: what a worker must show to change a job that it claimed.
///
/// The number alone would be unique while nothing is ever rolled back; the incarnation keeps it so after a
/// store has lost its last seconds and counts from an older number again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeaseToken {
    /// Who claimed.
    pub worker: Incarnation,
    /// Which of the job's claims this is.
    pub number: ClaimNumber,
}

/// A claim on a job: which job, and the token that proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The job that is claimed.
    pub job: JobId,
    /// The proof.
    pub token: LeaseToken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incarnation_is_read_back_from_its_text_and_its_bytes() {
        let life = Incarnation::draw(&Entropy::seeded(1));
        assert_eq!(life.to_string().parse(), Ok(life));
        assert_eq!(Incarnation::from_bytes(*life.as_bytes()), life);
        assert_eq!("+123456789abcdef".parse::<Incarnation>(), Err(InvalidIncarnation));
    }

    #[test]
    fn two_starts_are_two_lives() {
        let entropy = Entropy::from_system();
        assert_ne!(Incarnation::draw(&entropy), Incarnation::draw(&entropy));
    }
}
