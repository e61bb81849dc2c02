//! Whose turn it is.
//!
//! A turn gives as many jobs as its tenant has weight. One that a claim cuts short goes on with the next claim.

use rusqlite::{OptionalExtension, Params, Row, params};
use windlass_shared::{QueueNumber, TenantId};

use crate::fault::Fault;
use crate::stored::{limit, name};
use crate::turn::Turn;

/// Who takes turns.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ring {
    /// All tenants with jobs in lanes, in a queue without rules.
    Plain,
    /// All that are ready, in a queue with rules.
    Ready,
    /// Those of them whose first jobs have this priority.
    ReadyAt(u8),
}

/// A tenant in the ring.
#[derive(Debug)]
struct Seat {
    tenant: TenantId,
    weight: usize,
}

/// What a tenant has given.
#[derive(Debug)]
pub(super) struct Hand<T> {
    pub(super) jobs: Vec<T>,
    /// Whether it has no more to give now.
    pub(super) is_dry: bool,
}

/// Whose turn was the last, and how many jobs it may still give.
struct Served {
    tenant: String,
    left: usize,
}

/// Hands out the first jobs of tenants' lanes.
pub(super) trait Dealer {
    type Job;

    /// Up to `most` jobs of a tenant.
    fn deal(&mut self, turn: &mut Turn<'_>, tenant: &TenantId, most: usize)
    -> Result<Hand<Self::Job>, Fault>;

    /// Whether it looks at no more jobs now.
    fn is_done(&self) -> bool;
}

/// Takes up to `most` jobs with tenants in turns, and goes on where the last claim ended.
pub(super) fn take_turns<D: Dealer>(
    turn: &mut Turn<'_>,
    queue: QueueNumber,
    ring: Ring,
    most: usize,
    dealer: &mut D,
) -> Result<Vec<D::Job>, Fault> {
    let mut served = served(turn, queue)?;
    let before = (served.tenant.clone(), served.left);
    let mut jobs = Vec::new();
    if served.left > 0 && most > 0 {
        let tenant =
            served.tenant.parse().map_err(|_| Fault::Corrupt(format!("a tenant {}", served.tenant)))?;
        let seat = Seat { tenant, weight: served.left };
        jobs.extend(one_turn(turn, &seat, most, dealer, &mut served)?);
    }
    while jobs.len() < most && !dealer.is_done() {
        let wanted = most - jobs.len();
        let seats = seats(turn, queue, ring, &served.tenant, wanted)?;
        if seats.is_empty() {
            break;
        }
        // What one tenant starts may use up what others share with it, so rules want the turns one by one.
        let is_shared = !matches!(ring, Ring::Plain) && seats.len() > 1;
        let rounds = wanted / seats.iter().map(|seat| seat.weight).sum::<usize>();
        jobs.extend(match rounds {
            _ if is_shared => one_round(turn, &seats, wanted, dealer, &mut served)?,
            0 => one_round(turn, &seats, wanted, dealer, &mut served)?,
            _ => whole_rounds(turn, &seats, rounds, dealer, &mut served)?,
        });
    }
    if (&served.tenant, served.left) != (&before.0, before.1) {
        store_served(turn, queue, &served)?;
    }
    Ok(jobs)
}

/// The next tenant in the order of names that has jobs in its lanes.
pub(super) fn next_with_jobs(
    turn: &Turn<'_>,
    queue: QueueNumber,
    after: &str,
) -> Result<Option<TenantId>, Fault> {
    const SQL: &str = "SELECT tenant FROM jobs WHERE queue = ?1 AND state = 3 AND place = 0 AND tenant > ?2
        ORDER BY tenant LIMIT 1";
    let first = |row: &Row<'_>| Ok(name(row, "tenant"));
    turn.prepare(SQL)?.query_row(params![queue.get(), after], first).optional()?.transpose()
}

/// A turn of one tenant, as long as `wanted` lets it be.
fn one_turn<D: Dealer>(
    turn: &mut Turn<'_>,
    seat: &Seat,
    wanted: usize,
    dealer: &mut D,
    served: &mut Served,
) -> Result<Vec<D::Job>, Fault> {
    let Hand { jobs, is_dry } = dealer.deal(turn, &seat.tenant, seat.weight.min(wanted))?;
    let left = if is_dry { 0 } else { seat.weight - jobs.len() };
    if !jobs.is_empty() || seat.tenant.as_str() == served.tenant {
        *served = Served { tenant: seat.tenant.to_string(), left };
    }
    Ok(jobs)
}

/// One turn of each, until there is enough.
fn one_round<D: Dealer>(
    turn: &mut Turn<'_>,
    seats: &[Seat],
    wanted: usize,
    dealer: &mut D,
    served: &mut Served,
) -> Result<Vec<D::Job>, Fault> {
    let mut jobs = Vec::new();
    for seat in seats {
        if jobs.len() == wanted || dealer.is_done() {
            break;
        }
        jobs.extend(one_turn(turn, seat, wanted - jobs.len(), dealer, served)?);
    }
    Ok(jobs)
}

/// Several turns of each, with one look at each one's lanes. Whoever has less than its share leaves the rest to the others,
/// in the next rounds.
fn whole_rounds<D: Dealer>(
    turn: &mut Turn<'_>,
    seats: &[Seat],
    rounds: usize,
    dealer: &mut D,
    served: &mut Served,
) -> Result<Vec<D::Job>, Fault> {
    let mut hands = Vec::with_capacity(seats.len());
    let mut most_turns = 1;
    for seat in seats {
        let jobs = dealer.deal(turn, &seat.tenant, seat.weight * rounds)?.jobs;
        // Of those that had the most turns the last one gave the last job.
        let turns = jobs.len().div_ceil(seat.weight);
        if turns >= most_turns {
            most_turns = turns;
            *served = Served { tenant: seat.tenant.to_string(), left: 0 };
        }
        hands.push((seat.weight, jobs));
    }
    Ok(interleaved(hands))
}

/// Up to `most` tenants in the order of their turns, starting after the one whose turn was the last.
fn seats(
    turn: &Turn<'_>,
    queue: QueueNumber,
    ring: Ring,
    last: &str,
    most: usize,
) -> Result<Vec<Seat>, Fault> {
    let mut seats = seats_after(turn, queue, ring, last, most)?;
    if seats.len() < most {
        let round = seats_after(turn, queue, ring, "", most - seats.len())?;
        seats.extend(round.into_iter().take_while(|seat| seat.tenant.as_str() <= last));
    }
    Ok(seats)
}

fn seats_after(
    turn: &Turn<'_>,
    queue: QueueNumber,
    ring: Ring,
    after: &str,
    most: usize,
) -> Result<Vec<Seat>, Fault> {
    const READY: &str = "SELECT tenant, weight FROM ready LEFT JOIN tenants USING (queue, tenant)
        WHERE queue = ?1 AND tenant > ?2 ORDER BY tenant LIMIT ?3";
    const READY_AT: &str = "SELECT tenant, weight FROM ready LEFT JOIN tenants USING (queue, tenant)
        WHERE queue = ?1 AND tenant > ?2 AND first = ?4 ORDER BY tenant LIMIT ?3";
    let most_rows = limit(most);
    match ring {
        Ring::Plain => plain_seats(turn, queue, after, most),
        Ring::Ready => ready_seats(turn, READY, params![queue.get(), after, most_rows]),
        Ring::ReadyAt(first) => ready_seats(turn, READY_AT, params![queue.get(), after, most_rows, first]),
    }
}

fn plain_seats(turn: &Turn<'_>, queue: QueueNumber, after: &str, most: usize) -> Result<Vec<Seat>, Fault> {
    let mut seats: Vec<Seat> = Vec::new();
    while seats.len() < most {
        let after = seats.last().map_or(after, |seat| seat.tenant.as_str());
        let Some(tenant) = next_with_jobs(turn, queue, after)? else { break };
        seats.push(Seat { tenant, weight: 1 });
    }
    Ok(seats)
}

fn ready_seats(turn: &Turn<'_>, sql: &'static str, which: impl Params) -> Result<Vec<Seat>, Fault> {
    let mut statement = turn.prepare(sql)?;
    let mut rows = statement.query(which)?;
    let mut seats = Vec::new();
    while let Some(row) = rows.next()? {
        let weight = row.get::<_, Option<usize>>("weight")?.unwrap_or(1).max(1);
        seats.push(Seat { tenant: name(row, "tenant")?, weight });
    }
    Ok(seats)
}

fn served(turn: &Turn<'_>, queue: QueueNumber) -> Result<Served, Fault> {
    const SQL: &str = "SELECT last_tenant, turn_left FROM queues WHERE number = ?1";
    let read = |row: &Row<'_>| Ok(Served { tenant: row.get("last_tenant")?, left: row.get("turn_left")? });
    Ok(turn.prepare(SQL)?.query_row([queue.get()], read)?)
}

fn store_served(turn: &Turn<'_>, queue: QueueNumber, served: &Served) -> Result<(), Fault> {
    const SQL: &str = "UPDATE queues SET last_tenant = ?2, turn_left = ?3 WHERE number = ?1";
    turn.prepare(SQL)?.execute(params![queue.get(), served.tenant, served.left])?;
    Ok(())
}

fn interleaved<T>(hands: Vec<(usize, Vec<T>)>) -> Vec<T> {
    let mut hands: Vec<_> = hands.into_iter().map(|(weight, jobs)| (weight, jobs.into_iter())).collect();
    let mut jobs = Vec::new();
    loop {
        let before = jobs.len();
        for (weight, hand) in &mut hands {
            jobs.extend(hand.by_ref().take(*weight));
        }
        if jobs.len() == before {
            return jobs;
        }
    }
}
