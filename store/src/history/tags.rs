use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row for each tag of a row of the history.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "windlass_job_history_tags")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) job_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) claim: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) ended_at: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) tag: String,
    pub(crate) organization: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
