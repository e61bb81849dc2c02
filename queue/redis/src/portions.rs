//! How much one call carries: so many items, or fewer large ones, that it keeps Redis for a millisecond or two.

use windlass_queue::NewJob;

/// What handling one item costs, in the bytes that could be carried instead.
pub(crate) const ITEM: usize = 10 * 1_024;
/// 200 small items.
const PORTION: usize = 200 * ITEM;

/// Cuts positions into portions for one call each. An item that outweighs a portion goes alone.
pub(crate) fn portions(positions: &[usize], weight: impl Fn(usize) -> usize) -> Vec<&[usize]> {
    let (mut portions, mut rest) = (Vec::new(), positions);
    while !rest.is_empty() {
        let mut total = 0;
        let fitting = rest.iter().take_while(|position| {
            total += weight(**position);
            total <= PORTION
        });
        let (portion, others) = rest.split_at(fitting.count().max(1));
        portions.push(portion);
        rest = others;
    }
    portions
}

/// What a job weighs that is to be accepted.
pub(crate) fn of_job(job: &NewJob) -> usize {
    ITEM + job.args.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(weights: &[usize]) -> Vec<usize> {
        let positions: Vec<_> = (0..weights.len()).collect();
        portions(&positions, |position| weights[position]).iter().map(|portion| portion.len()).collect()
    }

    #[test]
    fn small_items_go_two_hundred_at_a_time() {
        assert_eq!(lengths(&[ITEM; 450]), [200, 200, 50]);
        assert!(lengths(&[]).is_empty());
    }

    #[test]
    fn large_items_go_in_smaller_company_and_the_largest_alone() {
        assert_eq!(lengths(&[ITEM, PORTION - ITEM, PORTION, 2 * PORTION, ITEM]), [2, 1, 1, 1]);
    }
}
