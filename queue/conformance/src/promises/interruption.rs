//! Claimed means started, and an interruption is no failure.

use windlass_queue::{NewJob, Suspects, Verdict};
use windlass_shared::{JobState, Priority};

use crate::Bench;
use crate::endings::applied;
use crate::verbs::{claims, ids};

pub async fn a_claim_gives_what_was_asked_for_and_no_more(bench: Bench) {
    let worker = bench.worker();
    bench.add_plain(300).await;
    for most in [1, 20, 200] {
        assert_eq!(bench.claim(worker, most).await.len(), most);
    }
    assert_eq!(bench.claim(worker, 1_000).await.len(), 79, "the rest");
    assert!(bench.claim(worker, 1).await.is_empty());
}

pub async fn a_claim_that_gives_fewer_says_whether_there_are_more(bench: Bench) {
    let worker = bench.worker();
    bench.add_plain(900).await;
    let mut given = 0;
    loop {
        let claimed = bench.ask(worker, 1_000, Suspects::Leave).await;
        given += claimed.jobs.len();
        if !claimed.more {
            break;
        }
    }
    assert_eq!(given, 900);
}

pub async fn a_released_job_goes_to_the_front_with_its_attempt_given_back(bench: Bench) {
    let worker = bench.worker();
    let jobs = bench.add_plain(3).await;
    let claim = bench.claim(worker, 1).await[0].claim;
    assert_eq!(bench.settle(claim, Verdict::Release).await, applied(JobState::Available));
    let released = bench.get(claim.job).await;
    assert_eq!((released.attempt, released.claims, released.errors.len()), (0, 1, 0));
    let again = bench.claim(worker, 3).await;
    assert_eq!((ids(&again), again[0].attempt), (jobs, 1));
}

pub async fn several_released_jobs_keep_their_order(bench: Bench) {
    let worker = bench.worker();
    let jobs = bench.add_plain(8).await;
    let held = claims(&bench.claim(worker, 5).await);
    bench.settle_all(&held, &Verdict::Release).await;
    assert_eq!(ids(&bench.claim(worker, 8).await), jobs);
}

pub async fn a_released_job_stays_behind_more_urgent_ones(bench: Bench) {
    let worker = bench.worker();
    let ordinary = bench.add_plain(2).await;
    let claim = bench.claim(worker, 1).await[0].claim;
    let urgent = bench.add(NewJob { priority: Priority::FIRST, ..bench.new_job() }).await;
    bench.settle(claim, Verdict::Release).await;
    assert_eq!(ids(&bench.claim(worker, 3).await), [urgent, ordinary[0], ordinary[1]]);
}

pub async fn a_released_job_of_a_tenant_goes_to_the_front_of_its_own_lane(bench: Bench) {
    let worker = bench.worker();
    let job = || NewJob { tenant: "acme".parse().unwrap(), ..bench.new_job() };
    let jobs: Vec<_> = bench.enqueue(&[job(), job(), job()]).await.iter().map(|answer| answer.id).collect();
    let held = claims(&bench.claim(worker, 2).await);
    bench.settle_all(&held, &Verdict::Release).await;
    bench.add_plain(1).await;
    let claimed = bench.claim(worker, 4).await;
    let of_acme: Vec<_> = claimed.iter().filter(|job| job.tenant.as_str() == "acme").cloned().collect();
    assert_eq!(ids(&of_acme), jobs);
}
