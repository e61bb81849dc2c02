use async_trait::async_trait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DynIden};
use sea_orm_migration::sea_query::IntoIden;
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

/// The table that says which steps have been applied. It is not the usual one of the library: that one may be the
/// application's.
pub(crate) const LEDGER: &str = "windlass_migrations";

/// All steps, oldest first.
pub(crate) struct Migrations;

/// One step: what it is called, and what it says to each kind of database.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) up: fn(DbBackend) -> Vec<String>,
    pub(crate) down: &'static [&'static str],
}

pub(crate) const STEPS: [Step; 7] = [
    crate::m0001_organizations::STEP,
    crate::m0002_api_keys::STEP,
    crate::m0003_audit::STEP,
    crate::m0004_job_history::STEP,
    crate::m0005_positions::STEP,
    crate::m0006_answers::STEP,
    crate::m0007_outbox::STEP,
];

impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS.into_iter().map(|step| -> Box<dyn MigrationTrait> { Box::new(step) }).collect()
    }

    fn migration_table_name() -> DynIden {
        LEDGER.into_iden()
    }
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait leaves it out, and async_trait tells the two apart")]
impl MigrationTrait for Step {
    /// A step is there as a whole or not at all, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in (self.up)(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in self.down {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// Statements that both databases understand.
pub(crate) fn same(statements: &[&str]) -> Vec<String> {
    statements.iter().copied().map(str::to_owned).collect()
}

/// This moment in milliseconds since the epoch, by the clock of the database. It is the one thing that has no name in
/// common, and `julianday` is what old SQLite libraries of other languages have too.
pub(crate) fn now_millis(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "(CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT))"
    } else {
        "(CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER))"
    }
}
