use crate::problem::Problem;

/// How many entries a page has where nobody says so.
const USUAL: u16 = 20;
/// How many it has at most.
const MOST: u16 = 200;

/// How many entries a page may have, by the `limit` of its query.
pub(crate) fn size(limit: Option<u16>) -> Result<usize, Problem> {
    match limit.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit.into()),
        _ => Err(Problem::parameter("limit", "goes from 1 to 200")),
    }
}

/// What a store is asked for, so that it is known whether more follow.
pub(crate) fn with_one_more(most: usize) -> u64 {
    u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)
}

/// A page of what was found by asking for one more, and the cursor for the next one.
pub(crate) fn of<T>(
    mut found: Vec<T>,
    most: usize,
    cursor: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let more_follow = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| more_follow).map(cursor);
    (found, next)
}
