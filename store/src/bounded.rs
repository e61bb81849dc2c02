use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement, TransactionOptions, TransactionTrait,
};

use crate::error::StoreError;

/// Connections of which no statement is waited for without end.
pub(crate) type Connections = Bounded<DatabaseConnection>;
/// The same in a transaction.
pub(crate) type Transaction = Bounded<DatabaseTransaction>;

/// Gives up whatever is not answered within its limit.
///
/// A server ends by itself what takes too long, and says so; this is for the one whose word does not arrive, because its
/// machine has vanished, or something in between has forgotten the connection. The system would go on sending for a quarter
/// of an hour.
#[derive(Debug)]
pub(crate) struct Bounded<C> {
    inner: C,
    /// `None` on a file, which cannot vanish.
    limit: Option<Duration>,
}

impl<C> Bounded<C> {
    pub(crate) fn new(inner: C, limit: Option<Duration>) -> Self {
        Self { inner, limit }
    }

    /// What this stands before, for what may take its time.
    pub(crate) fn unbounded(&self) -> &C {
        &self.inner
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, DbErr>> + Send) -> Result<T, DbErr> {
        within(self.limit, work).await
    }
}

impl Connections {
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.within(self.inner.ping()).await?)
    }

    pub(crate) async fn begin(&self, options: TransactionOptions) -> Result<Transaction, StoreError> {
        let inner = self.within(self.inner.begin_with_options(options)).await?;
        Ok(Transaction { inner, limit: self.limit })
    }
}

impl Transaction {
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        Ok(within(self.limit, self.inner.commit()).await?)
    }

    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        Ok(within(self.limit, self.inner.rollback()).await?)
    }
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Bounded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.within(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.within(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.within(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.within(self.inner.query_all_raw(statement)).await
    }
}

async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = Result<T, DbErr>> + Send,
) -> Result<T, DbErr> {
    let Some(limit) = limit else { return work.await };
    let silent =
        || DbErr::Conn(RuntimeErr::Internal(format!("it has not answered for {} s", limit.as_secs_f32())));
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(silent()))
}
