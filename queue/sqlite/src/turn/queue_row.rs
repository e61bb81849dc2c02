use rusqlite::{Row, params};
use windlass_shared::QueueNumber;

use super::Turn;
use crate::fault::Fault;
use crate::stored::limit;

/// What a call needs to know of a queue again and again, read once.
#[derive(Debug)]
pub(super) struct QueueRow {
    queue: QueueNumber,
    /// The back of all lanes.
    position: i64,
    has_moved: bool,
    is_ruled: bool,
    has_unserved: bool,
}

impl Turn<'_> {
    /// Makes room for `jobs` at the back of the queue's lanes; answers the position before them.
    pub(crate) fn move_back(&mut self, queue: QueueNumber, jobs: usize) -> Result<i64, Fault> {
        let row = self.queue_row(queue)?;
        let before = row.position;
        row.position += limit(jobs);
        row.has_moved = true;
        Ok(before)
    }

    /// Whether the queue has any rule, or holds anything up. If not, nothing of the rules need be looked at.
    pub(crate) fn is_ruled(&mut self, queue: QueueNumber) -> Result<bool, Fault> {
        Ok(self.queue_row(queue)?.is_ruled)
    }

    pub(crate) fn set_ruled(&mut self, queue: QueueNumber, is_ruled: bool) -> Result<(), Fault> {
        const SQL: &str = "UPDATE queues SET ruled = ?2 WHERE number = ?1";
        self.queue_row(queue)?.is_ruled = is_ruled;
        self.prepare(SQL)?.execute(params![queue.get(), is_ruled])?;
        Ok(())
    }

    /// Whether jobs may be parked for workers that serve their kinds.
    pub(crate) fn has_unserved(&mut self, queue: QueueNumber) -> Result<bool, Fault> {
        Ok(self.queue_row(queue)?.has_unserved)
    }

    pub(crate) fn set_unserved(&mut self, queue: QueueNumber, has_unserved: bool) -> Result<(), Fault> {
        const SQL: &str = "UPDATE queues SET has_unserved = ?2 WHERE number = ?1";
        let row = self.queue_row(queue)?;
        if row.has_unserved != has_unserved {
            row.has_unserved = has_unserved;
            self.prepare(SQL)?.execute(params![queue.get(), has_unserved])?;
        }
        Ok(())
    }

    pub(super) fn store_positions(&mut self) -> Result<(), Fault> {
        const SQL: &str = "UPDATE queues SET last_position = ?2 WHERE number = ?1";
        for row in self.rows.iter().filter(|row| row.has_moved) {
            self.prepare(SQL)?.execute(params![row.queue.get(), row.position])?;
        }
        Ok(())
    }

    fn queue_row(&mut self, queue: QueueNumber) -> Result<&mut QueueRow, Fault> {
        let known = self.rows.iter().position(|row| row.queue == queue);
        if known.is_none() {
            let row = self.read_queue_row(queue)?;
            self.rows.push(row);
        }
        let index = known.unwrap_or(self.rows.len() - 1);
        Ok(&mut self.rows[index])
    }

    fn read_queue_row(&self, queue: QueueNumber) -> Result<QueueRow, Fault> {
        const SQL: &str = "SELECT last_position, ruled, has_unserved FROM queues WHERE number = ?1";
        let read = |row: &Row<'_>| {
            Ok(QueueRow {
                queue,
                position: row.get("last_position")?,
                has_moved: false,
                is_ruled: row.get("ruled")?,
                has_unserved: row.get("has_unserved")?,
            })
        };
        Ok(self.prepare(SQL)?.query_row([queue.get()], read)?)
    }
}
