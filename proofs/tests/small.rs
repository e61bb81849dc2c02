//! Every proof in a small size.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::path::PathBuf;

use windlass_proofs::{Proof, Size, Stage};

async fn holds(proof: Proof) {
    let stage = Stage { size: Size::Small, program: PathBuf::from(env!("CARGO_BIN_EXE_windlass-proofs")) };
    proof.run(&stage).await.unwrap().verdict().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_killed_at_random() {
    holds(Proof::Kills).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_stopped_past_their_lease() {
    holds(Proof::Stops).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_break() {
    holds(Proof::Network).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_killed_under_load() {
    holds(Proof::Restarts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tenant_among_many_has_most_of_the_jobs() {
    holds(Proof::Tenants).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_jobs_are_deleted_by_a_filter() {
    holds(Proof::Deletion).await;
}
