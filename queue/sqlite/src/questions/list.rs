use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use windlass_queue::{Cursor, JobFilter, Page};
use windlass_shared::{KindName, QueueNumber, Tag, TenantId, Timestamp};

use super::get::load;
use super::groups::{GROUPS, Group};
use super::queues::numbered;
use crate::fault::Fault;
use crate::stored::{instant, limit, name, tags};
use crate::verbs::queue_number::known;

/// How many jobs a page has at most.
const MOST: usize = 1_000;
/// How many jobs are looked at for one page. A filter that admits few gives short pages rather than slow ones.
const LOOK: usize = 2_000;

/// A page of the jobs that match, grouped by queue and state.
pub(crate) fn list(
    connection: &Connection,
    now: Timestamp,
    filter: &JobFilter,
    after: Option<&Cursor>,
    most: usize,
) -> Result<Page, Fault> {
    let after = after.map(Position::parse).transpose()?;
    let most = most.clamp(1, MOST);
    let mut looks = LOOK;
    let mut page = Page::default();
    for mut position in positions(connection, filter, after)? {
        let wanted = if has_rare(filter) { looks } else { most - page.jobs.len() };
        for found in look(connection, &position, wanted)? {
            looks -= 1;
            if found.passes(connection, filter)? {
                page.jobs.push(load(connection, now, found.seq)?);
            }
            position.key = found.key;
            if page.jobs.len() == most || looks == 0 {
                page.next = Some(position.cursor()?);
                return Ok(page);
            }
        }
    }
    Ok(page)
}

/// Whether many jobs of a group may be passed over.
fn has_rare(filter: &JobFilter) -> bool {
    let JobFilter { queue: _, state: _, kind, tenant, tag, created_from, created_before } = filter;
    kind.is_some() || tenant.is_some() || tag.is_some() || created_from.is_some() || created_before.is_some()
}

/// A place in the list: behind `key` in a group of a queue.
#[derive(Debug)]
struct Position {
    queue: QueueNumber,
    group: usize,
    key: Vec<Value>,
}

/// Where to look: in `after`, and at the start of each group that follows it.
fn positions(
    connection: &Connection,
    filter: &JobFilter,
    after: Option<Position>,
) -> Result<Vec<Position>, Fault> {
    let queues = match &filter.queue {
        Some(queue) => known(connection, queue)?.into_iter().collect(),
        None => numbered(connection)?.into_iter().map(|(number, _)| number).collect::<Vec<_>>(),
    };
    let groups = || GROUPS.iter().enumerate().filter(|(_, group)| group.is_wanted(filter));
    let starts = queues.into_iter().flat_map(|queue| {
        groups().map(move |(index, group)| Position { queue, group: index, key: group.start() })
    });
    let passed = after.as_ref().map(|after| (after.queue, after.group));
    let following = starts.filter(|start| passed.is_none_or(|passed| (start.queue, start.group) > passed));
    let mut positions: Vec<_> = following.collect();
    positions.splice(0..0, after);
    Ok(positions)
}

#[derive(Debug)]
struct Found {
    seq: i64,
    kind: KindName,
    tenant: TenantId,
    created_at: Timestamp,
    key: Vec<Value>,
}

impl Found {
    /// Whether a job passes. Its tags are looked up last, because they are elsewhere.
    fn passes(&self, connection: &Connection, filter: &JobFilter) -> Result<bool, Fault> {
        let passes = filter.kind.as_ref().is_none_or(|kind| *kind == self.kind)
            && filter.tenant.as_ref().is_none_or(|tenant| *tenant == self.tenant)
            && filter.created_from.is_none_or(|from| self.created_at >= from)
            && filter.created_before.is_none_or(|before| self.created_at < before);
        match &filter.tag {
            Some(tag) if passes => Ok(tags_of(connection, self.seq)?.contains(tag)),
            _ => Ok(passes),
        }
    }
}

fn tags_of(connection: &Connection, seq: i64) -> Result<Vec<Tag>, Fault> {
    const SQL: &str = "SELECT tags FROM payloads WHERE job = ?1";
    connection.prepare_cached(SQL)?.query_row([seq], |row| Ok(tags(row, 0)))?
}

fn look(connection: &Connection, position: &Position, most: usize) -> Result<Vec<Found>, Fault> {
    let group = position.group()?;
    let mut statement = connection.prepare_cached(group.sql)?;
    let queue = [Value::from(position.queue.get()), Value::from(group.state.code())];
    let values = queue.into_iter().chain(position.key.clone()).chain([Value::from(limit(most))]);
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row, position.key.len())?);
    }
    Ok(found)
}

fn read(row: &Row<'_>, key_columns: usize) -> Result<Found, Fault> {
    /// The columns before the key.
    const BEFORE: usize = 4;
    let key = (0..key_columns).map(|column| row.get(BEFORE + column)).collect::<Result<_, _>>()?;
    let created_at = instant(row, "created_at")?;
    Ok(Found {
        seq: row.get("seq")?,
        kind: name(row, "kind")?,
        tenant: name(row, "tenant")?,
        created_at,
        key,
    })
}

impl Position {
    fn group(&self) -> Result<&'static Group, Fault> {
        GROUPS.get(self.group).ok_or(Fault::InvalidCursor)
    }

    /// Written as a JSON array: queue, group, key.
    fn cursor(&self) -> Result<Cursor, Fault> {
        let mut parts = vec![self.queue.get().into(), self.group.into()];
        for value in &self.key {
            parts.push(match value {
                Value::Integer(number) => serde_json::Value::from(*number),
                Value::Text(text) => serde_json::Value::from(text.as_str()),
                other => return Err(Fault::Corrupt(format!("a key of the type {}", other.data_type()))),
            });
        }
        Ok(Cursor(serde_json::Value::from(parts).to_string()))
    }

    fn parse(cursor: &Cursor) -> Result<Self, Fault> {
        let (queue, group, key) = split(&cursor.0).ok_or(Fault::InvalidCursor)?;
        let position = Self { queue: QueueNumber::new(queue), group, key };
        if position.group()?.start().len() != position.key.len() {
            return Err(Fault::InvalidCursor);
        }
        Ok(position)
    }
}

fn split(cursor: &str) -> Option<(u16, usize, Vec<Value>)> {
    let parts: Vec<serde_json::Value> = serde_json::from_str(cursor).ok()?;
    let (queue, rest) = parts.split_first()?;
    let (group, key) = rest.split_first()?;
    let key = key.iter().map(|part| match part {
        serde_json::Value::String(text) => Some(Value::Text(text.clone())),
        number => number.as_i64().map(Value::Integer),
    });
    let queue = queue.as_u64()?.try_into().ok()?;
    Some((queue, group.as_u64()?.try_into().ok()?, key.collect::<Option<_>>()?))
}
