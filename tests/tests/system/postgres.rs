use std::time::Duration;

use anyhow::Result;
use windlass_shared::{Clock, SystemClock};
use windlass_store::{Database, Store, StoreError, StoreOptions};
use windlass_tests::{EngineKind, PostgresServer, System};

#[tokio::test]
async fn a_killed_database_keeps_what_was_answered_and_the_store_comes_back_with_it() -> Result<()> {
    let mut server = PostgresServer::start().await?;
    let database = Database::from_url(&server.url().into())?;
    let options = StoreOptions {
        patience: Duration::from_secs(1),
        ..StoreOptions::new(database, "a secret of the tests".into())
    };
    let store = Store::connect(options);
    store.migrate().await?;
    let organizations = store.organizations();
    for number in 0..50 {
        organizations.create(&format!("org-{number}").parse()?, "One", SystemClock.now()).await?;
        if number == 25 {
            server.kill()?;
            let error = organizations.list(None, 1).await.unwrap_err();
            assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
            assert!(error.is_transient());
            assert!(store.ping().await.is_err());
            server.start_again().await?;
        }
    }
    assert_eq!(organizations.list(None, 100).await?.len(), 51);
    Ok(())
}

const KEY: &str = "key-of-the-whole-system-tests";
const SECRET: &str = "a secret of the tests, which is long enough";

#[tokio::test]
async fn the_api_refuses_to_start_before_the_tables_are_there_and_starts_when_the_database_is_away()
-> Result<()> {
    let mut server = PostgresServer::start().await?;
    let system = System::start(EngineKind::Embedded).await?;
    let system = system.variable("DATABASE_URL", &server.url()).variable("WINDLASS_SECRET_KEY", SECRET);
    let refused = system.cli(&["api", "--listen", "127.0.0.1:0", "--api-key", KEY]).await?;
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("windlass migrate up"), "{said}");

    // Nobody who migrates needs the secret.
    let applied = system.cli(&["migrate", "up"]).await?;
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let api = system.api().await?;
    drop(api);

    server.kill()?;
    system.api().await?;
    Ok(())
}

#[tokio::test]
async fn a_store_on_postgres_needs_a_secret_and_says_which() -> Result<()> {
    let system =
        System::start(EngineKind::Embedded).await?.variable("DATABASE_URL", "postgres://127.0.0.1:1/x");
    let refused = system.cli(&["api", "--listen", "127.0.0.1:0", "--api-key", KEY]).await?;
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("WINDLASS_SECRET_KEY"), "{said}");
    Ok(())
}
