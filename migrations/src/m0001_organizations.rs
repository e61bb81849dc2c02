//! Who has jobs here. An installation that has only one organization calls it `default`.

use sea_orm_migration::sea_orm::DbBackend;

use crate::steps::{Step, now_millis};

pub(crate) const STEP: Step =
    Step { name: "m0001_organizations", up, down: &["DROP TABLE windlass_organizations"] };

fn up(backend: DbBackend) -> Vec<String> {
    let now = now_millis(backend);
    vec![
        "CREATE TABLE windlass_organizations (
            id           TEXT PRIMARY KEY NOT NULL,
            name         TEXT NOT NULL,
            created_at   BIGINT NOT NULL,
            suspended_at BIGINT
        )"
        .to_owned(),
        format!(
            "INSERT INTO windlass_organizations (id, name, created_at) VALUES ('default', 'Default', {now})"
        ),
    ]
}
