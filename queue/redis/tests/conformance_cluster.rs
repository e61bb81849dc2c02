//! On a Redis Cluster the engine keeps every promise of the contract.

mod subject;

use windlass_conformance::Subject;

windlass_conformance::conformance!(on_a_cluster);

async fn on_a_cluster() -> impl Subject {
    subject::Server::from_environment("WINDLASS_TEST_REDIS_CLUSTER_URLS", 25)
}
