//! Whole-system tests: the built program in real processes, on real servers, and what can happen to them.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

/// Makes a test of an async function over an engine, for each engine.
macro_rules! on_each_engine {
    ($behaviour:ident) => {
        mod $behaviour {
            use windlass_tests::EngineKind;

            #[tokio::test(flavor = "multi_thread")]
            async fn on_the_embedded_engine() {
                super::$behaviour(EngineKind::Embedded).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_redis() {
                super::$behaviour(EngineKind::Redis).await;
            }
        }
    };
}

mod bad_input;
mod benches;
mod busy_handlers;
mod command_line;
mod cut_off_worker;
mod dead_worker;
mod first_mail;
mod forgotten_functions;
mod full_memory;
mod history;
mod killed_database;
mod large_values;
mod lost_answers;
mod outage;
mod outbox;
mod postgres;
mod redis_cluster;
mod shutdown;
mod undecodable_args;
mod waking;
