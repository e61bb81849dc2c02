use std::collections::{BTreeSet, HashMap};

use windlass_shared::{JobId, Timestamp};

use super::entity::Model;
use super::{JobEnd, Recorded, Recording, insert, latest, positions, removal, row};
use crate::bounded::Transaction;
use crate::error::StoreError;
use crate::store::Store;

pub(super) async fn record(
    store: &Store,
    recording: &Recording,
    now: Timestamp,
) -> Result<Recorded, StoreError> {
    let Recording { queue, step, rows, deleted, gap } = recording;
    let transaction = store.begin().await?;
    if !positions::take(&transaction, queue, step, now).await? {
        let holds = positions::get(&transaction, queue).await?;
        transaction.rollback().await?;
        return Ok(Recorded::Overtaken { position: holds.and_then(|holds| holds.position) });
    }
    let new = insert_all(&transaction, rows).await?;
    removal::delete_within(&transaction, deleted).await?;
    positions::count(&transaction, queue, step, new, *gap).await?;
    transaction.commit().await?;
    Ok(Recorded::Recorded { new })
}

async fn insert_all(transaction: &Transaction, ends: &[JobEnd]) -> Result<u64, StoreError> {
    // Always in one order, so that two transactions that have rows in common wait for one another and never in a circle; and
    // it is the one in which things happened, so that the last row of a job is its newest.
    let mut ends: Vec<&JobEnd> = ends.iter().collect();
    ends.sort_unstable_by_key(|end| (end.job, end.ended_at, end.claim));
    ends.dedup_by_key(|end| (end.job, end.ended_at, end.claim));

    let new = insert::rows(transaction, &newest_marked(&ends)).await?;
    insert::tags(transaction, &ends).await?;
    let jobs: BTreeSet<JobId> = ends.iter().map(|end| end.job).collect();
    latest::unmark_older(transaction, &jobs.into_iter().collect::<Vec<_>>()).await?;
    Ok(new)
}

/// The rows, of which each job's newest is marked; whether there is a newer one in the database is seen to afterwards.
fn newest_marked(ends: &[&JobEnd]) -> Vec<Model> {
    let newest: HashMap<JobId, usize> =
        ends.iter().enumerate().map(|(place, end)| (end.job, place)).collect();
    let is_newest = |place, end: &JobEnd| newest.get(&end.job) == Some(&place);
    ends.iter().enumerate().map(|(place, end)| row::row(end, is_newest(place, end))).collect()
}
