//! An idle worker is told when there is something to do.

use windlass_queue::{NewJob, Suspects, Verdict, When};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{retry, snooze};
use crate::idle::Idle;

pub async fn an_idle_worker_is_woken_by_an_enqueue(bench: Bench) {
    let mut idle = Idle::new(&bench).await;
    for enqueuer in [bench.clone(), bench.second().await] {
        idle.find_nothing().await;
        let (woken, _) = tokio::join!(idle.is_woken(), enqueuer.add_plain(1));
        assert!(woken);
        assert_eq!(bench.claim(idle.worker, 5).await.len(), 1);
    }
}

pub async fn what_happens_between_the_claim_and_the_wait_is_not_lost(bench: Bench) {
    let (mut idle, second) = (Idle::new(&bench).await, bench.second().await);
    idle.find_nothing().await;
    second.add_plain(1).await;
    assert!(idle.is_woken().await);
}

pub async fn a_worker_with_free_slots_left_is_woken_too(bench: Bench) {
    let (mut idle, second) = (Idle::new(&bench).await, bench.second().await);
    bench.add_plain(3).await;
    assert_eq!(bench.claim(idle.worker, 4).await.len(), 3);
    second.add_plain(1).await;
    assert!(idle.is_woken().await);
}

pub async fn a_worker_is_woken_each_time_it_has_found_nothing(bench: Bench) {
    let (mut idle, second) = (Idle::new(&bench).await, bench.second().await);
    for _ in 0..20 {
        idle.find_nothing().await;
        second.add_plain(1).await;
        assert!(idle.is_woken().await);
        assert_eq!(bench.claim(idle.worker, 1).await.len(), 1);
    }
}

pub async fn as_many_workers_are_woken_as_there_are_jobs(bench: Bench) {
    let mut idle = [Idle::new(&bench).await, Idle::new(&bench).await, Idle::new(&bench).await];
    for worker in &idle {
        worker.find_nothing().await;
    }
    bench.second().await.add_plain(3).await;
    for worker in &mut idle {
        assert!(worker.is_woken().await);
    }
}

pub async fn a_worker_that_was_woken_leaves_the_next_job_to_another(bench: Bench) {
    let (second, mut idle) = (bench.second().await, Vec::new());
    for _ in 0..4 {
        idle.push(Idle::new(&bench).await);
    }
    for worker in &idle {
        worker.find_nothing().await;
    }
    for _ in &idle {
        second.add_plain(1).await;
    }
    for worker in &mut idle {
        assert!(worker.is_woken().await);
    }
}

pub async fn a_worker_is_woken_by_the_promotion_of_a_due_job(bench: Bench) {
    let (mut idle, second) = (Idle::new(&bench).await, bench.second().await);
    bench.add(NewJob { when: When::After(HOUR), ..bench.new_job() }).await;
    idle.find_nothing().await;
    bench.advance(HOUR);
    assert_eq!(second.promote(10).await.count, 1);
    assert!(idle.is_woken().await);
}

pub async fn a_worker_is_woken_by_what_another_finds_due_and_leaves(bench: Bench) {
    let (mut idle, second) = (Idle::new(&bench).await, bench.second().await);
    let later = |job| NewJob { when: When::After(HOUR), ..job };
    bench.enqueue(&bench.new_jobs(2).into_iter().map(later).collect::<Vec<_>>()).await;
    idle.find_nothing().await;
    bench.advance(HOUR);
    assert_eq!(second.claim(second.worker(), 1).await.len(), 1);
    assert!(idle.is_woken().await);
}

pub async fn a_worker_is_woken_by_what_another_gives_back(bench: Bench) {
    let (mut idle, second, other) = (Idle::new(&bench).await, bench.second().await, bench.worker());
    bench.add_plain(1).await;
    for lost in [false, true] {
        let claim = second.claim(other, 1).await[0].claim;
        idle.find_nothing().await;
        if lost {
            second.lose(claim).await;
        } else {
            second.settle(claim, Verdict::Release).await;
        }
        assert!(idle.is_woken().await);
    }
}

pub async fn a_worker_is_woken_when_a_job_becomes_a_suspect(bench: Bench) {
    let mut idle = Idle::new(&bench).await;
    bench.add_plain(1).await;
    let first = bench.claim(bench.worker(), 1).await[0].claim;
    bench.lose(first).await;
    let second = bench.claim(bench.worker(), 1).await[0].claim;
    assert!(bench.ask(idle.worker, 1, Suspects::Take).await.jobs.is_empty());
    bench.lose(second).await;
    assert!(idle.is_woken().await);
}

pub async fn an_earlier_due_time_wakes_who_sleeps_until_a_later_one(bench: Bench) {
    let (mut idle, second) = (Idle::new(&bench).await, bench.second().await);
    for hours in [5, 3] {
        idle.find_nothing().await;
        second.add(NewJob { when: When::After(hours * HOUR), ..bench.new_job() }).await;
        assert!(idle.is_woken().await, "{hours} h");
    }
}

pub async fn the_due_time_of_a_retry_or_a_snooze_wakes_who_sleeps(bench: Bench) {
    let (mut idle, second, other) = (Idle::new(&bench).await, bench.second().await, bench.worker());
    for verdict in [retry(5 * HOUR), snooze(3 * HOUR)] {
        bench.add_plain(1).await;
        let claim = second.claim(other, 1).await[0].claim;
        idle.find_nothing().await;
        second.settle(claim, verdict.clone()).await;
        assert!(idle.is_woken().await, "{}", verdict.verb());
    }
}

pub async fn nothing_is_told_when_nothing_happened(bench: Bench) {
    let mut idle = Idle::new(&bench).await;
    idle.find_nothing().await;
    assert!(idle.is_left_alone().await);
}
