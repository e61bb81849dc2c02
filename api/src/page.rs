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
