use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;
use windlass_shared::{JobId, Tag, TenantId};

use super::entity::{Column, Entity, Model};
use super::{HistoryCursor, HistoryFilter, JobEnd, Runs, row, tags};
use crate::error::StoreError;
use crate::options::Database;
use crate::store::Store;
use crate::text::storable;

pub(super) async fn list(
    store: &Store,
    filter: &HistoryFilter,
    after: Option<&HistoryCursor>,
    most: u64,
) -> Result<Vec<JobEnd>, StoreError> {
    let rows = Entity::find()
        .filter(condition(filter, store.database()))
        .filter(Condition::all().add_option(after.map(behind)))
        .limit(most);
    let rows = ordered(rows, &filter.tags).all(store.reading()).await?;
    with_tags(store, rows).await
}

pub(super) async fn runs_of(
    store: &Store,
    job: JobId,
    of: Option<&TenantId>,
) -> Result<Vec<JobEnd>, StoreError> {
    let rows = Entity::find()
        .filter(Column::JobId.eq(row::uuid(job)))
        .filter(Condition::all().add_option(of.map(|of| Column::Organization.eq(of.as_str()))))
        .order_by_asc(Column::EndedAt)
        .order_by_asc(Column::Claim)
        .all(store.reading())
        .await?;
    with_tags(store, rows).await
}

fn condition(filter: &HistoryFilter, database: &Database) -> Condition {
    let HistoryFilter { organization, runs, states, queues, kinds, tags: _, from, until, error } = filter;
    let one_of = |column: Column, words: Vec<&str>| (!words.is_empty()).then(|| column.is_in(words));
    Condition::all()
        .add_option(organization.as_ref().map(|id| Column::Organization.eq(id.as_str())))
        .add_option(match runs {
            Runs::Final => Some(Column::Latest.eq(true).and(Column::IsFinal.eq(true))),
            Runs::Latest => Some(Column::Latest.eq(true)),
            Runs::Every => None,
        })
        .add_option(one_of(Column::State, states.iter().map(|state| state.as_str()).collect()))
        .add_option(one_of(Column::Queue, queues.iter().map(AsRef::as_ref).collect()))
        .add_option(one_of(Column::Kind, kinds.iter().map(AsRef::as_ref).collect()))
        .add_option(from.map(|from| Column::EndedAt.gte(from.as_millis())))
        .add_option(until.map(|until| Column::EndedAt.lt(until.as_millis())))
        .add_option(error.as_deref().map(|text| with_error(text, database)))
}

/// That there is an error is said apart, because then the index of the rows that have one can be used. The databases have
/// different words for the place of a text in a text, but no letter of it has a meaning, as it would for `LIKE`.
fn with_error(text: &str, database: &Database) -> Condition {
    let place = if database.is_embedded() { "instr" } else { "strpos" };
    let error = Func::lower(Expr::col((Entity, Column::Error)));
    let text = Func::lower(Expr::val(storable(text)));
    let found = Expr::expr(Func::cust(place).arg(error).arg(text)).gt(0);
    Condition::all().add(Column::Error.is_not_null()).add(found)
}

/// Behind a row in the order of lists.
fn behind(cursor: &HistoryCursor) -> Condition {
    let (ended_at, job, claim) =
        (cursor.ended_at.as_millis(), row::uuid(cursor.job), i64::from(cursor.claim.get()));
    let same_moment = || Condition::all().add(Column::EndedAt.eq(ended_at));
    // The first condition says nothing new, but it is the one that an index can begin at.
    Condition::all().add(Column::EndedAt.lte(ended_at)).add(
        Condition::any()
            .add(Column::EndedAt.lt(ended_at))
            .add(same_moment().add(Column::JobId.lt(job)))
            .add(same_moment().add(Column::JobId.eq(job)).add(Column::Claim.lt(claim))),
    )
}

/// Those that ended last first, and only those with all of these tags. Where there are tags, the rows of the first one
/// lead: their index has the order of the list.
fn ordered(mut rows: Select<Entity>, wanted: &[Tag]) -> Select<Entity> {
    let query = QueryTrait::query(&mut rows);
    let alias = |place: usize| Alias::new(format!("tag{place}"));
    for (place, tag) in wanted.iter().enumerate() {
        let same = |of_tag, of_row| Expr::col((alias(place), of_tag)).equals((Entity, of_row));
        let matches = Condition::all()
            .add(Expr::col((alias(place), tags::Column::Tag)).eq(tag.as_str()))
            .add(same(tags::Column::Organization, Column::Organization))
            .add(same(tags::Column::JobId, Column::JobId))
            .add(same(tags::Column::Claim, Column::Claim))
            .add(same(tags::Column::EndedAt, Column::EndedAt));
        query.join_as(sea_orm::JoinType::InnerJoin, tags::Entity, alias(place), matches);
    }
    if wanted.is_empty() {
        query.order_by((Entity, Column::EndedAt), Order::Desc).order_by((Entity, Column::JobId), Order::Desc);
    } else {
        query
            .order_by((alias(0), tags::Column::EndedAt), Order::Desc)
            .order_by((alias(0), tags::Column::JobId), Order::Desc);
    }
    query.order_by((Entity, Column::Claim), Order::Desc);
    rows
}

async fn with_tags(store: &Store, rows: Vec<Model>) -> Result<Vec<JobEnd>, StoreError> {
    let jobs: BTreeSet<Uuid> = rows.iter().map(|row| row.job_id).collect();
    let mut of_rows: HashMap<(Uuid, i64, i64), Vec<Tag>> = HashMap::new();
    let jobs: Vec<Uuid> = jobs.into_iter().collect();
    for jobs in jobs.chunks(500) {
        let tags = tags::Entity::find()
            .filter(tags::Column::JobId.is_in(jobs.iter().copied()))
            .order_by_asc(tags::Column::Tag)
            .all(store.reading())
            .await?;
        for row in tags {
            let tag = row.tag.parse().map_err(StoreError::corrupt)?;
            of_rows.entry((row.job_id, row.claim, row.ended_at)).or_default().push(tag);
        }
    }
    let mut end = |model: Model| {
        let tags = of_rows.remove(&(model.job_id, model.claim, model.ended_at)).unwrap_or_default();
        row::end(model, tags)
    };
    rows.into_iter().map(&mut end).collect()
}
