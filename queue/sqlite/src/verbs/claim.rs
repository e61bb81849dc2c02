use bytes::Bytes;
use rusqlite::{Params, Row, params};
use windlass_queue::{ClaimRequest, Claimed, ClaimedJob, Suspects};
use windlass_shared::{Claim, ClaimNumber, Incarnation, JobState, LeaseToken, QueueNumber, Timestamp};

use super::promote::promote_due;
use super::queue_number::queue_number;
use super::{lanes, wake};
use crate::fault::Fault;
use crate::stored::{self, limit};
use crate::turn::{Turn, next_due};

/// How many jobs one call hands out at most, so that it does not hold the write lock for long.
const MOST: usize = 1_000;
/// How many due jobs a claim promotes even if it takes fewer.
const PROMOTE: usize = 100;

/// Promotes what is due, then hands out jobs; arms the worker where it gets fewer than it asked for.
pub(crate) fn claim(turn: &mut Turn<'_>, request: &ClaimRequest) -> Result<Claimed, Fault> {
    let queue = queue_number(turn, &request.queue)?;
    let most = request.most.get().min(MOST);
    let promoted = promote_due(turn, queue, most.max(PROMOTE))?;
    let suspect = match request.suspects {
        Suspects::Take => take_suspect(turn, queue, request.worker)?,
        Suspects::Leave => None,
    };
    let is_alone = suspect.is_some();
    let jobs = match suspect {
        Some(job) => vec![job],
        None => lanes::take_turns(turn, queue, most, |tenant, share| {
            take(turn, LANE, params![queue.get(), tenant, limit(share)], request.worker)
        })?,
    };
    for _ in &jobs {
        turn.count(queue, Some(JobState::Available), Some(JobState::Running));
    }
    turn.available(queue, promoted.saturating_sub(jobs.len()));
    // A worker that runs a suspect takes nothing until that has ended: a wake-up would be wasted on it.
    if !is_alone && jobs.len() < request.most.get() {
        wake::arm(turn, queue, request.worker)?;
    } else {
        wake::disarm(turn, queue, request.worker)?;
    }
    let next_due = next_due(turn, queue)?.map(|due| due.since(turn.now()));
    let more = next_due.is_some_and(|due| due.is_zero()) || lanes::has_ready(turn, queue)?;
    Ok(Claimed { jobs, next_due, more })
}

/// The first jobs of a tenant's lanes.
const LANE: &str =
    "SELECT seq, id, kind, tenant, priority, attempt, max_attempts, claims, deaths, place, timeout,
    created_at, tags, args FROM jobs JOIN payloads ON job = seq
    WHERE queue = ?1 AND state = 3 AND place = 0 AND tenant = ?2 ORDER BY priority, position LIMIT ?3";

/// The first suspect, whosever it is.
const SUSPECT: &str = "SELECT seq, id, kind, tenant, priority, attempt, max_attempts, claims, deaths, place,
    timeout, created_at, tags, args FROM jobs JOIN payloads ON job = seq
    WHERE queue = ?1 AND state = 3 AND place = 1 ORDER BY position LIMIT 1";

fn take_suspect(
    turn: &Turn<'_>,
    queue: QueueNumber,
    worker: Incarnation,
) -> Result<Option<ClaimedJob>, Fault> {
    Ok(take(turn, SUSPECT, params![queue.get()], worker)?.pop())
}

/// Moves the jobs that `sql` finds to `running`.
fn take(
    turn: &Turn<'_>,
    sql: &'static str,
    which: impl Params,
    worker: Incarnation,
) -> Result<Vec<ClaimedJob>, Fault> {
    const START: &str = "UPDATE jobs SET state = 4, attempt = attempt + 1, claims = claims + 1,
        ends = (ends << 1) & 255, worker = ?2, attempted_at = ?3 WHERE seq = ?1";
    let (mut seqs, mut jobs) = (Vec::new(), Vec::new());
    let mut found = turn.prepare(sql)?;
    let mut rows = found.query(which)?;
    while let Some(row) = rows.next()? {
        seqs.push(row.get::<_, i64>("seq")?);
        jobs.push(claimed(row, worker, turn.now())?);
    }
    let mut start = turn.prepare(START)?;
    for seq in seqs {
        start.execute(params![seq, worker.as_bytes(), turn.now().as_millis()])?;
    }
    Ok(jobs)
}

/// The job of a row as it will be when it has been claimed.
fn claimed(row: &Row<'_>, worker: Incarnation, now: Timestamp) -> Result<ClaimedJob, Fault> {
    let number = ClaimNumber::new(row.get::<_, u32>("claims")? + 1);
    Ok(ClaimedJob {
        claim: Claim { job: stored::id(row, "id")?, token: LeaseToken { worker, number } },
        kind: stored::name(row, "kind")?,
        tenant: stored::name(row, "tenant")?,
        priority: stored::priority(row)?,
        attempt: row.get::<_, u16>("attempt")? + 1,
        max_attempts: stored::max_attempts(row)?,
        deaths: row.get("deaths")?,
        suspect: row.get::<_, u8>("place")? == stored::SUSPECTS,
        timeout: stored::duration(row, "timeout")?,
        created_at: stored::instant(row, "created_at")?,
        attempted_at: now,
        tags: stored::tags(row)?,
        args: Bytes::from(row.get::<_, Vec<u8>>("args")?),
    })
}
