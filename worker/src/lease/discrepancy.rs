use std::ops::RangeInclusive;

/// Compares how many claims the engine counts with how many the worker knows.
///
/// The numbers of a busy worker differ for a moment all the time: claims and settlements are on their way. A
/// difference on two beats in a row is worth a closer look, which then compares claim by claim.
#[derive(Debug, Default)]
pub(crate) struct Discrepancy {
    differed: bool,
}

/// What a comparison suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Nothing.
    Fine,
    /// A look at each claim.
    Suspicious,
}

impl Discrepancy {
    /// Takes in a beat: the engine counted `held`, the worker knew between the ends of `known` meanwhile.
    pub(crate) fn observe(&mut self, held: usize, known: &RangeInclusive<usize>) -> Finding {
        let differs = !known.contains(&held);
        let differed = std::mem::replace(&mut self.differed, differs);
        if !(differs && differed) {
            return Finding::Fine;
        }
        self.differed = false;
        Finding::Suspicious
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_difference_on_two_beats_in_a_row_is_suspicious() {
        let mut discrepancy = Discrepancy::default();
        let observed = [(3, 0..=3), (5, 0..=3), (3, 3..=3), (0, 1..=1), (0, 1..=2), (0, 1..=1)]
            .map(|(held, known)| discrepancy.observe(held, &known));
        let expected =
            [Finding::Fine, Finding::Fine, Finding::Fine, Finding::Fine, Finding::Suspicious, Finding::Fine];
        assert_eq!(observed, expected);
    }
}
