//! What is paused does not start, lets all others pass, and goes on when the pause is over.

use std::time::Duration;

use windlass_queue::{Fenced, NewJob, Pause, Paused, Suspects};
use windlass_shared::JobState;

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, complete};
use crate::idle::Idle;
use crate::variants::{PARTS, SCOPES};
use crate::verbs::ids;

pub async fn a_paused_queue_gives_nothing_until_it_is_resumed(bench: Bench) {
    bench.add_plain(2).await;
    bench.pause("queue").await;
    bench.add_plain(1).await;
    assert!(bench.claim(bench.worker(), 10).await.is_empty());
    assert_eq!(bench.depth().await.available, 3, "it takes jobs, and keeps them");
    assert!(bench.resume("queue").await);
    assert_eq!(bench.claim(bench.worker(), 10).await.len(), 3);
}

pub async fn what_is_paused_lets_all_others_pass(bench: Bench) {
    for scope in PARTS {
        let bench = bench.another_queue().await;
        bench.pause(scope).await;
        let mut others = Vec::new();
        for _ in 0..5 {
            bench.add_several(2, || bench.ruled()).await;
            others.extend(bench.add_plain(2).await);
        }
        assert_eq!(ids(&bench.claim(bench.worker(), 30).await), others, "{scope}");
        assert_eq!(bench.depth().await.available, 10, "{scope}: what is parked is available");
    }
}

pub async fn what_was_paused_comes_back_in_order_and_before_what_came_later(bench: Bench) {
    for scope in SCOPES {
        let bench = bench.another_queue().await;
        let first = bench.add_several(5, || bench.ruled()).await;
        bench.pause(scope).await;
        assert!(bench.claim(bench.worker(), 30).await.is_empty(), "{scope}");
        let later = bench.add_several(5, || bench.ruled()).await;
        assert!(bench.resume(scope).await, "{scope}");
        assert_eq!(ids(&bench.claim(bench.worker(), 30).await), [first, later].concat(), "{scope}");
    }
}

pub async fn what_a_pause_finds_waiting_is_held_up_too(bench: Bench) {
    for scope in SCOPES {
        let bench = bench.another_queue().await;
        bench.add_several(3, || bench.ruled()).await;
        bench.add(NewJob { when: windlass_queue::When::After(HOUR), ..bench.ruled() }).await;
        bench.claim(bench.worker(), 1).await;
        bench.pause(scope).await;
        bench.advance(HOUR);
        assert!(bench.claim(bench.worker(), 10).await.is_empty(), "{scope}");
        bench.resume(scope).await;
        assert_eq!(bench.claim(bench.worker(), 10).await.len(), 3, "{scope}");
    }
}

pub async fn what_runs_goes_on_under_a_pause(bench: Bench) {
    for scope in SCOPES {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        let job = bench.add(bench.ruled()).await;
        let claim = bench.claim_one(worker).await.claim;
        bench.pause(scope).await;
        assert!(bench.heartbeat(worker).await.cancels.is_empty(), "{scope}");
        assert_eq!(bench.state(job).await, JobState::Running, "{scope}");
        assert_eq!(bench.settle(claim, complete()).await, applied(JobState::Completed), "{scope}");
    }
}

pub async fn a_pause_with_an_end_lifts_by_itself_and_says_when(bench: Bench) {
    for scope in SCOPES {
        let bench = bench.another_queue().await;
        let jobs = bench.add_several(3, || bench.ruled()).await;
        bench.pause_for(scope, Some(HOUR)).await;
        for _ in 0..2 {
            let claimed = bench.ask(bench.worker(), 5, Suspects::Leave).await;
            assert!(claimed.jobs.is_empty(), "{scope}");
            let due = claimed.next_due.expect("it lifts");
            assert!(due > Duration::ZERO && due <= HOUR, "{scope}: {due:?}");
        }
        bench.advance(HOUR);
        assert_eq!(ids(&bench.claim(bench.worker(), 5).await), jobs, "{scope}");
        assert!(bench.rules().await.pauses.is_empty(), "{scope}: what is over is not in force");
        assert!(!bench.resume(scope).await, "{scope}");
    }
}

pub async fn a_pause_takes_the_place_of_an_earlier_one(bench: Bench) {
    for scope in SCOPES {
        let bench = bench.another_queue().await;
        bench.add_several(2, || bench.ruled()).await;
        bench.pause_for(scope, Some(HOUR)).await;
        bench.pause(scope).await;
        bench.advance(2 * HOUR);
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "{scope}");
        bench.pause_for(scope, Some(HOUR)).await;
        bench.advance(HOUR);
        assert_eq!(bench.claim(bench.worker(), 5).await.len(), 2, "{scope}");
    }
}

pub async fn a_hold_never_shortens_what_is_in_force(bench: Bench) {
    for scope in SCOPES {
        let bench = bench.another_queue().await;
        bench.add_several(2, || bench.ruled()).await;
        bench.hold(scope, 3 * HOUR).await;
        bench.hold(scope, HOUR).await;
        bench.advance(2 * HOUR);
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "{scope}");
        bench.hold(scope, 2 * HOUR).await;
        bench.advance(HOUR);
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "{scope}: it was extended");
        bench.advance(HOUR);
        assert_eq!(bench.claim(bench.worker(), 5).await.len(), 2, "{scope}");
    }
}

pub async fn a_hold_leaves_a_pause_without_an_end_as_it_is(bench: Bench) {
    bench.add_several(2, || bench.ruled()).await;
    for scope in SCOPES {
        let note = Some("until the audit is over".to_owned());
        let pause = Pause { scope: scope.parse().unwrap(), lasts: None, note: note.clone() };
        bench.engine.pause(&bench.queue, &pause).await.unwrap();
        bench.hold(scope, HOUR).await;
        let expected = Paused { scope: pause.scope, until: None, note };
        assert_eq!(bench.rules().await.pauses, [expected]);
        bench.advance(2 * HOUR);
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "{scope}");
        assert!(bench.resume(scope).await, "{scope}");
    }
}

pub async fn a_job_comes_only_when_nothing_of_it_is_paused(bench: Bench) {
    bench.add_several(3, || bench.ruled()).await;
    for scope in SCOPES {
        bench.pause(scope).await;
    }
    for scope in [PARTS[1], "queue", PARTS[2], PARTS[0]] {
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "before {scope}");
        bench.resume(scope).await;
    }
    assert_eq!(bench.claim(bench.worker(), 5).await.len(), 3);
}

pub async fn resuming_tells_whether_there_was_a_pause(bench: Bench) {
    for scope in SCOPES {
        assert!(!bench.resume(scope).await, "{scope}");
        bench.pause(scope).await;
        assert_eq!([bench.resume(scope).await, bench.resume(scope).await], [true, false], "{scope}");
    }
}

pub async fn resuming_wakes_as_many_workers_as_there_are_jobs(bench: Bench) {
    for scope in PARTS {
        let bench = bench.another_queue().await;
        bench.add_several(2, || bench.ruled()).await;
        bench.pause(scope).await;
        let mut idle = [Idle::new(&bench).await, Idle::new(&bench).await];
        for worker in &idle {
            worker.find_nothing().await;
        }
        bench.second().await.resume(scope).await;
        for worker in &mut idle {
            assert!(worker.is_woken().await, "{scope}");
        }
    }
}

pub async fn a_resumed_queue_wakes_its_workers(bench: Bench) {
    let mut idle = Idle::new(&bench).await;
    bench.add_plain(1).await;
    bench.pause("queue").await;
    idle.find_nothing().await;
    bench.second().await.resume("queue").await;
    assert!(idle.is_woken().await);
}

pub async fn the_end_of_a_pause_wakes_a_worker_through_the_caretaker(bench: Bench) {
    for scope in SCOPES {
        let bench = bench.another_queue().await;
        let mut idle = Idle::new(&bench).await;
        bench.add(bench.ruled()).await;
        bench.pause_for(scope, Some(HOUR)).await;
        idle.find_nothing().await;
        bench.advance(HOUR);
        bench.second().await.promote(10).await;
        assert!(idle.is_woken().await, "{scope}");
    }
}

pub async fn what_is_rescued_under_a_pause_waits_for_its_end(bench: Bench) {
    for scope in SCOPES {
        let bench = bench.another_queue().await;
        let job = bench.add(bench.ruled()).await;
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.pause(scope).await;
        assert_eq!(bench.lose(claim).await, Fenced::Applied);
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "{scope}");
        bench.resume(scope).await;
        assert_eq!(bench.claim_one(bench.worker()).await.claim.job, job, "{scope}");
    }
}
