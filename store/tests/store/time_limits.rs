use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use secrecy::SecretString;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use windlass_store::outbox::Fate;
use windlass_store::outbox::sea_orm::{ConnectionTrait, TransactionTrait};
use windlass_store::{Database, Store, StoreError, StoreOptions};

use crate::history::{end, job, recording};
use crate::outbox::{application, write};
use crate::support::{NOW, connect, on_both_bare};

/// Runs a test on PostgreSQL, with the URL's options and a store whose statements have this time. A file has no sessions.
async fn on_server(statement: Duration, test: impl AsyncFn(StoreOptions, Store) -> Result<()>) -> Result<()> {
    on_both_bare(async |database| {
        if database.is_embedded() {
            return Ok(());
        }
        connect(database.clone()).migrate().await?;
        let options = StoreOptions::new(database, SecretString::from("a secret of the tests"));
        let options = StoreOptions { statement, patience: Duration::from_secs(1), ..options };
        test(options.clone(), Store::connect(options)).await
    })
    .await
}

#[tokio::test]
async fn who_waits_for_what_another_transaction_holds_is_told_so_after_a_while() -> Result<()> {
    on_server(Duration::from_millis(600), async |_, store| {
        store.history().record(&recording(vec![]), NOW).await?;
        let application = application(&store).await?;
        let other = application.begin().await?;
        other.execute_unprepared("UPDATE windlass_positions SET missed = missed").await?;
        let error = store.history().record(&recording(vec![end(job(1))]), NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
        other.rollback().await?;
        store.history().record(&recording(vec![end(job(1))]), NOW).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_of_a_relay_that_does_nothing_any_more_are_taken_by_another_one() -> Result<()> {
    on_server(Duration::from_millis(250), async |options, store| {
        let written = write(&store, 1).await?;
        let vanished = store.outbox().take(1, NOW).await?;
        assert_eq!(vanished.rows().len(), 1);
        let other = Store::connect(options).outbox();
        let taken = loop {
            let taken = other.take(1, NOW).await?;
            if !taken.rows().is_empty() {
                break taken;
            }
        };
        let relayed = [(written[0].clone(), Fate::Relayed)];
        taken.settle(&relayed, NOW).await?;
        let error = vanished.settle(&relayed, NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_connection_that_has_fallen_silent_is_given_up_and_replaced() -> Result<()> {
    on_server(Duration::from_secs(1), async |options, direct| {
        let Database::Postgres(server) = direct.database().clone() else { return Ok(()) };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let swallowing = watch::Sender::new(false);
        let through = server.clone().host("127.0.0.1").port(address.port());
        let store = Store::connect(StoreOptions {
            database: Database::Postgres(Box::new(through)),
            connections: 1,
            ..options
        });
        let written = write(&direct, 1).await?;
        let server = SocketAddr::new(server.get_host().parse()?, server.get_port());
        let test = async {
            let taken = store.outbox().take(1, NOW).await?;
            assert_eq!(taken.rows().len(), 1);
            swallowing.send_replace(true);
            let error = taken.settle(&[(written[0].clone(), Fate::Relayed)], NOW).await.unwrap_err();
            assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
            swallowing.send_replace(false);
            // It is the only one that the store may have.
            while let Err(error) = store.ping().await {
                assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
            }
            anyhow::Ok(())
        };
        tokio::select! {
            outcome = test => outcome,
            broken = pass_on(&listener, server, &swallowing) => broken,
        }
    })
    .await
}

/// Passes connections on. Those that there are when it swallows are neither closed nor carry anything, for ever.
async fn pass_on(listener: &TcpListener, to: SocketAddr, swallowing: &watch::Sender<bool>) -> Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await?;
        let mut far = TcpStream::connect(to).await?;
        let mut swallowed = swallowing.subscribe();
        connections.spawn(async move {
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => {}
                () = async { drop(swallowed.wait_for(|swallowed| *swallowed).await) } => std::future::pending().await,
            }
        });
    }
}
