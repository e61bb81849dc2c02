//! Jobs that follow from a completed one are accepted with its completion, once, or not at all.

use windlass_queue::{
    Acceptance, CancelAnswer, NewJob, OnConflict, QueuePolicy, RescueVerdict, Settled, Settlement, Until,
    Verdict,
};
use windlass_shared::{Claim, JobState};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, complete, complete_with, discard};
use crate::idle::Idle;
use crate::verbs::ids;

pub async fn children_are_there_with_the_completion(bench: Bench) {
    let claim = running(&bench).await;
    let (now, later) = (bench.of_tenant("acme"), bench.in_an_hour());
    let answer = bench.settle(claim, complete_with(vec![now.clone(), later.clone()])).await;
    assert_eq!(answer, applied(JobState::Completed));
    assert_eq!(bench.state(now.id).await, JobState::Available);
    assert_eq!(bench.state(later.id).await, JobState::Scheduled);
    let claimed = bench.claim_one(bench.worker()).await;
    assert_eq!((claimed.claim.job, claimed.tenant), (now.id, now.tenant));
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, later.id);
}

pub async fn a_completion_that_is_repeated_brings_no_second_children(bench: Bench) {
    let claim = running(&bench).await;
    let child = bench.new_job();
    let verdict = complete_with(vec![child.clone()]);
    for _ in 0..3 {
        assert_eq!(bench.settle(claim, verdict.clone()).await, applied(JobState::Completed));
    }
    let of_child = bench.claim_one(bench.worker()).await.claim;
    bench.settle(of_child, complete()).await;
    bench.delete(child.id).await;
    assert_eq!(bench.settle(claim, verdict).await, applied(JobState::Completed));
    assert!(!bench.exists(child.id).await, "not even when the child is gone");
}

pub async fn a_stale_completion_brings_no_children(bench: Bench) {
    let claim = running(&bench).await;
    bench.rescue(claim, RescueVerdict::Revive { deaths: 1, suspect: false }).await;
    let child = bench.new_job();
    assert_eq!(bench.settle(claim, complete_with(vec![child.clone()])).await, Settled::Stale);
    assert!(!bench.exists(child.id).await);
    let again = bench.claim_one(bench.worker()).await.claim;
    bench.settle(again, discard()).await;
    let answer = bench.settle(again, complete_with(vec![child.clone()])).await;
    assert_eq!(answer, applied(JobState::Discarded), "the first verdict holds");
    assert!(!bench.exists(child.id).await);
}

pub async fn children_follow_although_a_cancellation_was_requested(bench: Bench) {
    let claim = running(&bench).await;
    assert_eq!(bench.cancel(claim.job).await, CancelAnswer::Requested);
    let child = bench.new_job();
    assert_eq!(bench.settle(claim, complete_with(vec![child.clone()])).await, applied(JobState::Completed));
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, child.id);
}

pub async fn children_go_to_other_queues(bench: Bench) {
    let other = bench.another_queue().await;
    let claim = running(&bench).await;
    let (near, far) = (bench.new_job(), other.new_job());
    let verdict = complete_with(vec![near.clone(), far.clone()]);
    for _ in 0..2 {
        bench.settle(claim, verdict.clone()).await;
        bench.relay_all().await;
    }
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), [near.id]);
    assert_eq!(ids(&other.claim(other.worker(), 5).await), [far.id]);
    assert_eq!(bench.engine.relay(&bench.queue, 10).await.unwrap(), 0, "nothing is left");
}

pub async fn a_child_in_another_queue_wakes_a_worker_there(bench: Bench) {
    let other = bench.another_queue().await;
    let mut idle = Idle::new(&other).await;
    let claim = running(&bench).await;
    idle.find_nothing().await;
    let second = bench.second().await;
    second.settle(claim, complete_with(vec![other.new_job()])).await;
    second.relay_all().await;
    assert!(idle.is_woken().await);
}

pub async fn many_children_of_many_queues_all_arrive(bench: Bench) {
    let others = [bench.another_queue().await, bench.another_queue().await, bench.another_queue().await];
    let parents = bench.add_plain(20).await.len();
    let mut settlements = Vec::new();
    for job in bench.claim(bench.worker(), parents).await {
        let children: Vec<_> =
            others.iter().flat_map(|other| other.new_jobs(5)).chain(bench.new_jobs(3)).collect();
        settlements.push(Settlement { claim: job.claim, tenant: None, verdict: complete_with(children) });
    }
    bench.engine.settle(&settlements).await.unwrap();
    let second = bench.second().await;
    tokio::join!(bench.relay_all(), second.relay_all());
    bench.relay_all().await;
    for other in &others {
        assert_eq!(other.depth().await.available, 100);
    }
    assert_eq!(bench.depth().await.available, 60);
}

pub async fn no_bound_keeps_children_out(bench: Bench) {
    let other = bench.another_queue().await;
    let claim = running(&bench).await;
    for bench in [&bench, &other] {
        let one = std::num::NonZeroU64::new(1);
        let full =
            QueuePolicy { draining: true, max_depth: one, tenant_quota: one, ..QueuePolicy::default() };
        bench.set_policy(full).await;
    }
    let children = [bench.new_jobs(3), other.new_jobs(3)].concat();
    assert_eq!(bench.settle(claim, complete_with(children)).await, applied(JobState::Completed));
    bench.relay_all().await;
    assert_eq!([bench.depth().await.available, other.depth().await.available], [3, 3]);
}

pub async fn uniqueness_and_ids_hold_for_children(bench: Bench) {
    let claim = running(&bench).await;
    let there = bench.new_job();
    bench.add(there.clone()).await;
    let holder = bench.unique(Until::Finish, OnConflict::Reject);
    bench.add(holder.clone()).await;
    let replacing = NewJob { args: "7".into(), ..bench.unique(Until::Finish, OnConflict::Replace) };
    let rejected = bench.unique(Until::Finish, OnConflict::Reject);
    let children = vec![there.clone(), rejected.clone(), replacing.clone()];
    assert_eq!(bench.settle(claim, complete_with(children)).await, applied(JobState::Completed));
    assert!(!bench.exists(rejected.id).await && !bench.exists(replacing.id).await);
    let claimed = bench.claim(bench.worker(), 5).await;
    assert_eq!((ids(&claimed), &claimed[1].args), (vec![there.id, holder.id], &replacing.args));
}

pub async fn a_child_may_take_the_key_that_its_parent_held(bench: Bench) {
    bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    let child = bench.unique(Until::Finish, OnConflict::Reject);
    bench.settle(claim, complete_with(vec![child.clone()])).await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, child.id);
    let answer = bench.enqueue(&[bench.unique(Until::Finish, OnConflict::Reject)]).await[0];
    assert_eq!((answer.id, answer.acceptance), (child.id, Acceptance::Conflict));
}

pub async fn a_child_wakes_a_worker(bench: Bench) {
    let mut idle = Idle::new(&bench).await;
    bench.add_plain(1).await;
    let claim = bench.claim(bench.worker(), 1).await[0].claim;
    idle.find_nothing().await;
    let verdict: Verdict = complete_with(bench.new_jobs(1));
    bench.second().await.settle(claim, verdict).await;
    assert!(idle.is_woken().await);
}

async fn running(bench: &Bench) -> Claim {
    bench.add_plain(1).await;
    // It gets all that it asks for, so it waits for nothing.
    bench.claim(bench.worker(), 1).await[0].claim
}
