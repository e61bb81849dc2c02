//! What a transition leaves for another queue stands in its own queue's outbox, written in the same step. Whoever relays
//! delivers it and strikes it out then. A crash between the two delivers it again, which changes nothing.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use redis::Value;
use windlass_queue::EngineError;
use windlass_shared::{BatchId, QueueName};

use crate::engine::RedisEngine;
use crate::enqueue::Bounds;
use crate::error::corrupt;
use crate::scripts::{self, array, bytes};
use crate::{keys, terms};

/// How many entries a page has.
const CHUNK: usize = 100;
/// How many pages one call looks at when it comes upon what cannot be delivered now.
const MOST_PAGES: usize = 20;
/// For how long the id of a delivered job is remembered after the job is gone: a delivery may be repeated.
const REPEATED_WITHIN: Duration = Duration::from_mins(10);

/// What stands in an entry of the outbox: values in the order in which the script takes them that receives it.
#[derive(Debug)]
enum Parcel {
    /// The fields of a job; the first one is its queue.
    Job(Vec<Bytes>),
    /// A batch, a member of it, the state in which that ended.
    End(Vec<Bytes>),
}

/// Parcels for one queue, with the numbers of their entries.
#[derive(Debug, Default)]
struct Bag {
    entries: Vec<String>,
    jobs: Vec<Vec<Bytes>>,
    ends: Vec<Vec<Bytes>>,
}

impl RedisEngine {
    /// Delivers a page of what a queue has left for others. What cannot be delivered now keeps nothing else back, and is
    /// an error only where there is nothing else.
    pub(crate) async fn relay_outbox(&self, queue: &QueueName, most: usize) -> Result<usize, EngineError> {
        let (mut from, mut failure) = ("-".to_owned(), None);
        for _page in 0..MOST_PAGES {
            let entries = self.outbox(queue, &from, most.clamp(1, CHUNK)).await?;
            let Some((last, _)) = entries.last() else { break };
            from = format!("({last}");
            let (bags, misdirected) = self.sort(entries).await?;
            failure = misdirected.or(failure);
            let mut delivered = 0;
            for (target, bag) in bags {
                match self.deliver(queue, &target, &bag).await {
                    Ok(()) => delivered += bag.entries.len(),
                    Err(error) => failure = Some(error),
                }
            }
            if delivered > 0 {
                return Ok(delivered);
            }
        }
        failure.map_or(Ok(0), Err)
    }

    async fn outbox(
        &self,
        queue: &QueueName,
        from: &str,
        most: usize,
    ) -> Result<Vec<(String, Value)>, EngineError> {
        let mut range = redis::cmd("XRANGE");
        range.arg(keys::of(queue, "outbox")).arg(from).arg("+").arg("COUNT").arg(most);
        self.link.command(&range).await
    }

    /// Puts parcels together by the queues that they go to, and tells of one that goes nowhere.
    async fn sort(
        &self,
        entries: Vec<(String, Value)>,
    ) -> Result<(HashMap<QueueName, Bag>, Option<EngineError>), EngineError> {
        let (mut bags, mut misdirected) = (HashMap::<_, Bag>::new(), None);
        for (entry, fields) in entries {
            match self.addressed(fields).await {
                Ok((target, parcel)) => bags.entry(target).or_default().put(entry, parcel),
                Err(error @ EngineError::Corrupt { .. }) => misdirected = Some(error),
                Err(error) => return Err(error),
            }
        }
        Ok((bags, misdirected))
    }

    async fn addressed(&self, fields: Value) -> Result<(QueueName, Parcel), EngineError> {
        match parcel(fields)? {
            Parcel::Job(job) => Ok((queue_of(&job)?, Parcel::Job(job))),
            Parcel::End(end) => {
                let batch = end.first().and_then(|id| <[u8; BatchId::BYTES]>::try_from(&**id).ok());
                let batch =
                    batch.map(BatchId::from_bytes).ok_or_else(|| corrupt("an end without a batch"))?;
                let target = self.queues.numbered(batch.queue()).await?;
                let unknown = || corrupt(format!("the batch {batch} is kept by a queue that is unknown"));
                Ok((target.ok_or_else(unknown)?, Parcel::End(end)))
            }
        }
    }

    /// Delivers to one queue, and strikes out what was delivered.
    async fn deliver(&self, from: &QueueName, target: &QueueName, bag: &Bag) -> Result<(), EngineError> {
        if !bag.jobs.is_empty() {
            // Whoever has the id of a job has to be able to find the job by it.
            self.queues.ensure(target).await?;
            let mut call = self.enqueue_call(target, Bounds::Waived);
            for job in &bag.jobs {
                for value in &job[1..] {
                    call.arg(&**value);
                }
            }
            let _answers: Value = self.link.script(&call).await?;
        }
        if !bag.ends.is_empty() {
            let mut call = scripts::END_MEMBERS.on(&keys::prefix(target), self.link.clock_offset());
            for value in bag.ends.iter().flatten() {
                call.arg(&**value);
            }
            let _told: u8 = self.link.script(&call).await?;
        }
        let mut strike_out = redis::cmd("XDEL");
        strike_out.arg(keys::of(from, "outbox")).arg(&bag.entries);
        let _struck: usize = self.link.command(&strike_out).await?;
        Ok(())
    }
}

impl Bag {
    fn put(&mut self, entry: String, parcel: Parcel) {
        self.entries.push(entry);
        match parcel {
            Parcel::Job(job) => self.jobs.push(job),
            Parcel::End(end) => self.ends.push(end),
        }
    }
}

/// Reads the fields of an entry; the name of the first one says what it is.
fn parcel(fields: Value) -> Result<Parcel, EngineError> {
    let mut names = array(fields)?.into_iter();
    let (mut sort, mut values) = (None, Vec::new());
    while let (Some(name), Some(value)) = (names.next(), names.next()) {
        sort = sort.or(Some(bytes(name)?));
        values.push(bytes(value)?);
    }
    match (sort.as_deref(), values.len()) {
        (Some(b"queue"), 4) => remembered(values).map(Parcel::Job),
        (Some(b"batch"), 3) => Ok(Parcel::End(values)),
        _ => Err(corrupt("an entry of an outbox that this version does not know")),
    }
}

/// A job whose id is remembered for long enough that delivering it again changes nothing.
fn remembered(mut job: Vec<Bytes>) -> Result<Vec<Bytes>, EngineError> {
    let terms = job.pop().and_then(|terms| <[u8; terms::BYTES]>::try_from(&*terms).ok());
    let mut terms = terms.ok_or_else(|| corrupt("a job on terms of another length"))?;
    terms::remember(&mut terms, REPEATED_WITHIN);
    job.push(Bytes::copy_from_slice(&terms));
    Ok(job)
}

fn queue_of(job: &[Bytes]) -> Result<QueueName, EngineError> {
    let name = job.first().and_then(|name| std::str::from_utf8(name).ok());
    name.and_then(|name| name.parse().ok()).ok_or_else(|| corrupt("a job for a queue that is none"))
}
