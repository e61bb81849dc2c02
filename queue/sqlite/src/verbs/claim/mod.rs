mod candidate;
mod dealing;

use windlass_queue::{ClaimRequest, Claimed, ClaimedJob, Order, Scope, Suspects};
use windlass_shared::QueueNumber;

use self::dealing::Dealing;
use super::gate::Gate;
use super::lanes::{Dealer as _, Ring, next_with_jobs, take_turns};
use super::promote::{next_due, promote_due};
use super::queue_number::queue_number;
use super::{parking, ready, wake};
use crate::fault::Fault;
use crate::questions::policy::policy;
use crate::turn::Turn;

/// How many jobs one call hands out at most, so that it does not hold the write lock for long.
const MOST: usize = 1_000;
/// How many due jobs a claim promotes even if it takes fewer.
const PROMOTE: usize = 100;

/// Does what is due, then hands out jobs; arms the worker where it gets fewer than it asked for.
pub(crate) fn claim(turn: &mut Turn<'_>, request: &ClaimRequest) -> Result<Claimed, Fault> {
    let queue = queue_number(turn, &request.queue)?;
    let most = request.most.get().min(MOST);
    promote_due(turn, queue, most.max(PROMOTE))?;
    let mut dealing = Dealing::new(queue, request, Gate::of(turn, queue)?);
    let jobs = deal(turn, &mut dealing, request, most)?;
    dealing.gate.store(turn)?;
    turn.withdraw(queue, dealing.looked_at());
    turn.store_rings()?;
    // A worker that runs a suspect takes nothing until that has ended: a wake-up would be wasted on it.
    let is_alone = jobs.iter().any(|job| job.suspect);
    if !is_alone && jobs.len() < request.most.get() {
        wake::arm(turn, queue, request.worker)?;
    } else {
        wake::disarm(turn, queue, request.worker)?;
    }
    let more = has_more(turn, &mut dealing)?;
    let next_due = next_due(turn, queue)?.map(|due| due.since(turn.now()));
    Ok(Claimed { jobs, next_due, more: more || next_due.is_some_and(|due| due.is_zero()) })
}

fn deal(
    turn: &mut Turn<'_>,
    dealing: &mut Dealing<'_>,
    request: &ClaimRequest,
    most: usize,
) -> Result<Vec<ClaimedJob>, Fault> {
    let most = most.min(dealing.gate.free(turn, &Scope::Queue)?);
    if most == 0 {
        dealing.gate.hold(turn, &Scope::Queue)?;
        return Ok(Vec::new());
    }
    let queue = dealing.queue;
    dealing.leaves_unserved = parking::bring_served(turn, queue, &request.serves, most)?;
    turn.store_rings()?;
    if request.suspects == Suspects::Take
        && let Some(suspect) = dealing.suspect(turn)?
    {
        return Ok(vec![suspect]);
    }
    if !dealing.gate.is_ruled() {
        return take_turns(turn, queue, Ring::Plain, most, dealing);
    }
    match policy(turn.connection(), queue)?.order {
        Order::TenantsFirst => take_turns(turn, queue, Ring::Ready, most, dealing),
        Order::PriorityFirst => by_priority(turn, queue, most, dealing),
    }
}

/// The most urgent jobs of all tenants first; tenants take turns within a priority.
fn by_priority(
    turn: &mut Turn<'_>,
    queue: QueueNumber,
    most: usize,
    dealing: &mut Dealing<'_>,
) -> Result<Vec<ClaimedJob>, Fault> {
    let mut jobs = Vec::new();
    while jobs.len() < most && !dealing.is_done() {
        let Some(priority) = ready::best_priority(turn, queue)? else { break };
        dealing.deal_at(priority);
        jobs.extend(take_turns(turn, queue, Ring::ReadyAt(priority), most - jobs.len(), dealing)?);
    }
    Ok(jobs)
}

/// Whether more could start right now.
fn has_more(turn: &mut Turn<'_>, dealing: &mut Dealing<'_>) -> Result<bool, Fault> {
    let queue = dealing.queue;
    if !dealing.gate.is_ruled() {
        return Ok(dealing.leaves_unserved || next_with_jobs(turn, queue, "")?.is_some());
    }
    let has_ready = dealing.leaves_unserved || ready::is_any(turn, queue)?;
    if has_ready && dealing.gate.free(turn, &Scope::Queue)? == 0 {
        dealing.gate.hold(turn, &Scope::Queue)?;
        return Ok(false);
    }
    Ok(has_ready)
}
