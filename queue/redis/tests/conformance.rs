//! On a single Redis server the engine keeps every promise of the contract.

mod subject;

use windlass_conformance::Subject;

windlass_conformance::conformance!(on_a_single_server);

async fn on_a_single_server() -> impl Subject {
    subject::Server::from_environment("WINDLASS_TEST_REDIS_URL", 250)
}
