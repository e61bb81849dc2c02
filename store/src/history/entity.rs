use sea_orm::entity::prelude::*;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "windlass_job_history")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) job_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) claim: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) ended_at: i64,
    pub(crate) organization: String,
    pub(crate) queue: String,
    pub(crate) kind: String,
    pub(crate) verb: String,
    pub(crate) state: String,
    pub(crate) is_final: bool,
    pub(crate) latest: bool,
    pub(crate) attempt: i32,
    pub(crate) max_attempts: i32,
    pub(crate) priority: i32,
    pub(crate) created_at: i64,
    pub(crate) attempted_at: Option<i64>,
    pub(crate) worker: Option<String>,
    pub(crate) error_reason: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) args: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) details: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
