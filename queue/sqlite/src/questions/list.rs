use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use windlass_queue::{Cursor, JobFilter, Page};
use windlass_shared::{KindName, QueueNumber, TenantId};

use super::get::load;
use super::groups::{GROUPS, Group};
use super::queues::numbered;
use crate::fault::Fault;
use crate::stored::{limit, name};
use crate::verbs::queue_number::known;

/// How many jobs a page has at most.
const MOST: usize = 1_000;
/// How many jobs are looked at for one page. A filter that admits few gives short pages rather than slow ones.
const LOOK: usize = 2_000;

/// A page of the jobs that match, grouped by queue and state.
pub(crate) fn list(
    connection: &Connection,
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
            position.key = found.key;
            if admits(filter, &found.kind, &found.tenant) {
                page.jobs.push(load(connection, found.seq)?);
            }
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
    filter.kind.is_some() || filter.tenant.is_some()
}

fn admits(filter: &JobFilter, kind: &KindName, tenant: &TenantId) -> bool {
    filter.kind.as_ref().is_none_or(|wanted| wanted == kind)
        && filter.tenant.as_ref().is_none_or(|wanted| wanted == tenant)
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
    key: Vec<Value>,
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
    const BEFORE: usize = 3;
    let key = (0..key_columns).map(|column| row.get(BEFORE + column)).collect::<Result<_, _>>()?;
    Ok(Found { seq: row.get("seq")?, kind: name(row, "kind")?, tenant: name(row, "tenant")?, key })
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
