use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How many failures an address has free, and after how long one is forgotten.
const FREE: u32 = 20;
const FORGOTTEN_AFTER: Duration = Duration::from_secs(1);
/// How many addresses are told apart. Its size is fixed, so that nobody can fill our memory with addresses.
const SLOTS: usize = 4_096;

/// From where credentials come that are none, so that guessing is slow, and costs the store nothing.
///
/// A generic cell rate algorithm with one instant a slot. Two addresses may share a slot, which somebody outside cannot bring
/// about: the hash is seeded.
#[derive(Debug)]
pub(super) struct Failures {
    start: Instant,
    seed: RandomState,
    /// For each slot the instant at which all its failures are forgotten, in milliseconds since `start`.
    slots: Box<[AtomicU64]>,
}

impl Failures {
    pub(super) fn new() -> Self {
        let slots = std::iter::repeat_with(AtomicU64::default).take(SLOTS).collect();
        Self { start: Instant::now(), seed: RandomState::new(), slots }
    }

    /// How long this address has to wait before it is listened to again; `None` where it need not.
    pub(super) fn wait(&self, address: IpAddr) -> Option<Duration> {
        let forgotten = self.slot(address).load(Ordering::Relaxed);
        let ahead = Duration::from_millis(forgotten.saturating_sub(self.now()));
        ahead.checked_sub(FORGOTTEN_AFTER * FREE).filter(|wait| !wait.is_zero())
    }

    /// Notes a failure.
    pub(super) fn note(&self, address: IpAddr) {
        let now = self.now();
        let step = u64::try_from(FORGOTTEN_AFTER.as_millis()).unwrap_or(u64::MAX);
        let later = |forgotten: u64| Some(forgotten.max(now).saturating_add(step));
        // The closure always has a value, so this cannot fail.
        let _: Result<u64, u64> =
            self.slot(address).fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
    }

    fn slot(&self, address: IpAddr) -> &AtomicU64 {
        let hash = self.seed.hash_one(network(address));
        &self.slots[usize::try_from(hash % SLOTS as u64).unwrap_or_default()]
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// What belongs to one party: an address of IPv4, a network of 64 bits of IPv6.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => (address.to_bits() >> 64) | (1 << 127),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_fails_too_often_waits_and_others_do_not() {
        let failures = Failures::new();
        let (guesser, other) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        for _ in 0..FREE {
            failures.note(guesser);
            assert_eq!(failures.wait(guesser), None);
        }
        failures.note(guesser);
        assert_eq!(failures.wait(guesser), Some(FORGOTTEN_AFTER));
        assert_eq!(failures.wait(other), None);
        tokio::time::advance(FORGOTTEN_AFTER).await;
        assert_eq!(failures.wait(guesser), None);
    }

    #[test]
    fn the_addresses_of_one_network_of_ipv6_are_one() {
        let failures = Failures::new();
        for last in 0..=FREE {
            failures.note(format!("2001:db8::{last:x}").parse().unwrap());
        }
        assert!(failures.wait("2001:db8::ffff".parse().unwrap()).is_some());
        assert!(failures.wait("::ffff:10.0.0.1".parse().unwrap()).is_none());
    }
}
