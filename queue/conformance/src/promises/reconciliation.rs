//! A claim whose answer was lost strands nothing: the engine tells what it thinks a worker holds.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::Duration;

use windlass_queue::{ClaimRequest, HeldClaim, NewJob, Serves, Suspects, Verdict};
use windlass_shared::{Claim, Incarnation};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::complete;
use crate::verbs::{claims, ids};

pub async fn a_claim_whose_answer_was_lost_is_held_and_can_be_given_back(bench: Bench) {
    let worker = bench.worker();
    let jobs = bench.add_plain(3).await;
    // The answer never reaches the worker.
    drop(bench.claim(worker, 3).await);
    let held = bench.held(worker).await;
    assert_eq!(held.iter().map(|claim| claim.job).collect::<BTreeSet<_>>(), jobs.iter().copied().collect());
    assert_eq!(bench.heartbeat(worker).await.held, 3);
    bench.settle_all(&held, &Verdict::Release).await;
    assert!(bench.held(worker).await.is_empty());
    let again = bench.claim(bench.worker(), 10).await;
    assert_eq!(ids(&again).into_iter().collect::<BTreeSet<_>>(), jobs.into_iter().collect());
    assert!(again.iter().all(|job| job.attempt == 1));
}

pub async fn held_claims_are_those_of_one_worker_in_one_queue(bench: Bench) {
    let (worker, other, queue) = (bench.worker(), bench.worker(), bench.another_queue().await);
    bench.add_plain(6).await;
    queue.add_plain(2).await;
    let mut held = claims(&bench.claim(worker, 4).await);
    bench.claim(other, 2).await;
    queue.claim(worker, 2).await;
    assert_eq!(sorted(bench.second().await.held(worker).await), sorted(held.clone()));
    bench.settle(held.remove(0), complete()).await;
    bench.lose(held.remove(0)).await;
    assert_eq!(sorted(bench.held(worker).await), sorted(held));
    assert_eq!((bench.held(other).await.len(), queue.held(worker).await.len()), (2, 2));
    assert!(bench.held(bench.worker()).await.is_empty());
}

pub async fn claims_that_were_broken_off_strand_nothing(bench: Bench) {
    const JOBS: usize = 60;
    let worker = bench.worker();
    bench.add_plain(JOBS).await;
    for round in 0..JOBS {
        let request = request(&bench, worker);
        let call = bench.engine.claim(&request);
        // The call ends somewhere on its way, or not at all: whatever it was told is lost.
        let limit = Duration::from_micros(u64::try_from(round).unwrap() * 20);
        drop(tokio::time::timeout(limit, call).await);
    }
    // A call that was given up may still arrive, so one look is not enough.
    while bench.depth().await.available < u64::try_from(JOBS).unwrap() {
        let held = bench.held(worker).await;
        bench.settle_all(&held, &Verdict::Release).await;
    }
}

fn request(bench: &Bench, worker: Incarnation) -> ClaimRequest {
    let most = NonZeroUsize::new(1).unwrap();
    ClaimRequest {
        worker,
        queue: bench.queue.clone(),
        most,
        suspects: Suspects::Leave,
        serves: Serves::Every,
    }
}

pub async fn running_claims_are_paged_without_loss(bench: Bench) {
    const JOBS: usize = 1_100;
    bench.add_plain(JOBS).await;
    let mut expected = claims(&bench.claim(bench.worker(), JOBS / 2).await);
    expected.extend(claims(&bench.claim(bench.worker(), JOBS).await));
    for most in [7, 500, 5_000] {
        let running = running(&bench, most).await;
        assert!(running.iter().all(|held| held.overdue.is_none()));
        let running = running.iter().map(|held| held.claim).collect();
        assert_eq!(sorted(running), sorted(expected.clone()), "pages of {most}");
    }
}

pub async fn an_attempt_past_its_time_is_shown_as_overdue(bench: Bench) {
    let worker = bench.worker();
    let short = bench.add(NewJob { timeout: HOUR, ..bench.new_job() }).await;
    let long = bench.add(NewJob { timeout: 9 * HOUR, ..bench.new_job() }).await;
    bench.claim(worker, 2).await;
    bench.advance(3 * HOUR);
    let held = bench.engine.held(&bench.queue, worker).await.unwrap();
    for claims in [held, running(&bench, 10).await] {
        assert_eq!(claims.len(), 2);
        for HeldClaim { claim, overdue } in claims {
            if claim.job == short {
                let overdue = overdue.unwrap();
                assert!(overdue >= 2 * HOUR && overdue < 3 * HOUR, "{overdue:?}");
            } else {
                assert_eq!((claim.job, overdue), (long, None));
            }
        }
    }
}

async fn running(bench: &Bench, most: usize) -> Vec<HeldClaim> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = bench.engine.running(&bench.queue, after.as_ref(), most).await.unwrap();
        assert!(page.claims.len() <= most);
        all.extend(page.claims);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn sorted(mut claims: Vec<Claim>) -> Vec<Claim> {
    claims.sort();
    claims
}
