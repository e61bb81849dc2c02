use rusqlite::{Connection, OptionalExtension, params};
use windlass_shared::{QueueName, QueueNumber};

use crate::fault::Fault;
use crate::turn::Turn;

/// The number of the queue; it gets one now if it is new.
///
/// The first choice is derived from the name, so that a database that was made anew gives the same numbers again.
pub(crate) fn queue_number(turn: &Turn<'_>, queue: &QueueName) -> Result<QueueNumber, Fault> {
    let mut read = turn.prepare(KNOWN)?;
    if let Some(number) = read.query_row([queue.as_str()], |row| row.get(0)).optional()? {
        return Ok(QueueNumber::new(number));
    }
    let first = preferred(queue);
    for number in (first..=u16::MAX).chain(1..first) {
        if take(turn, queue, QueueNumber::new(number))? {
            return Ok(QueueNumber::new(number));
        }
    }
    Err(Fault::Refused("there are 65,535 queues, which is all that there can be".to_owned()))
}

/// The number of the queue, if it has one.
pub(crate) fn known(connection: &Connection, queue: &QueueName) -> Result<Option<QueueNumber>, Fault> {
    let number =
        connection.prepare_cached(KNOWN)?.query_row([queue.as_str()], |row| row.get(0)).optional()?;
    Ok(number.map(QueueNumber::new))
}

/// Whether ids with `number` belong to `queue`. A queue that is unknown takes a number that is free: who built the
/// ids may remember it from a database that has since been made anew.
pub(crate) fn is_number_of(turn: &Turn<'_>, queue: &QueueName, number: QueueNumber) -> Result<bool, Fault> {
    let known: Option<u16> = turn.prepare(KNOWN)?.query_row([queue.as_str()], |row| row.get(0)).optional()?;
    match known {
        Some(known) => Ok(known == number.get()),
        None => take(turn, queue, number),
    }
}

const KNOWN: &str = "SELECT number FROM queues WHERE name = ?1";

fn take(turn: &Turn<'_>, queue: &QueueName, number: QueueNumber) -> Result<bool, Fault> {
    const SQL: &str = "INSERT INTO queues (number, name) VALUES (?1, ?2) ON CONFLICT (number) DO NOTHING";
    Ok(turn.prepare(SQL)?.execute(params![number.get(), queue.as_str()])? == 1)
}

/// FNV-1a over the name, folded to 16 bits; 0 is left out.
fn preferred(queue: &QueueName) -> u16 {
    const OFFSET: u32 = 0x811C_9DC5;
    const PRIME: u32 = 0x0100_0193;
    let hash = queue.as_str().bytes().fold(OFFSET, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
    let [a, b, c, d] = hash.to_be_bytes();
    u16::from_be_bytes([a ^ c, b ^ d]).max(1)
}
