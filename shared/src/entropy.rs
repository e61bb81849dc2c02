use std::sync::Mutex;

/// The one door through which randomness that is no secret enters: ids and jitter.
///
/// Seeded from the system in production and with a number in tests, so that a failing run can be repeated.
#[derive(Debug)]
pub struct Entropy(Mutex<fastrand::Rng>);

impl Entropy {
    /// Seeded by the system.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub fn from_system() -> Self {
        let mut seed = [0; 8];
        // Without the system's generator the library's own seed (time and thread) still serves ids and jitter.
        let rng = match getrandom::fill(&mut seed) {
            Ok(()) => fastrand::Rng::with_seed(u64::from_le_bytes(seed)),
            Err(_) => fastrand::Rng::new(),
        };
        Self(Mutex::new(rng))
    }

    /// The same numbers in the same order for the same `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// Any number.
    pub fn number(&self) -> u64 {
        self.with(|rng| rng.u64(..))
    }

    /// A fraction in `0.0..1.0`.
    pub fn fraction(&self) -> f64 {
        self.with(fastrand::Rng::f64)
    }

    fn with<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        // A generator has no state that a panic elsewhere could leave half-changed.
        draw(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_numbers() {
        let (left, right) = (Entropy::seeded(7), Entropy::seeded(7));
        assert_eq!(left.number(), right.number());
        assert!((0.0..1.0).contains(&left.fraction()));
    }

    #[test]
    fn the_system_gives_every_process_other_numbers() {
        assert_ne!(Entropy::from_system().number(), Entropy::from_system().number());
    }
}
