//! An engine says why a job does not run, all of it, what counts first coming first.

use std::time::Duration;

use windlass_queue::{MOST_HOLDERS, NewJob, OnConflict, Pause, Reason, Until, Why};
use windlass_shared::{JobId, JobState, Priority};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry, snooze};
use crate::variants::SCOPES;
use crate::verbs::{claims, concurrency, rate};

pub async fn nothing_holds_up_what_is_next_runs_or_is_over(bench: Bench) {
    let bench = attended(&bench).await;
    let job = bench.add_plain(1).await[0];
    let why = |state| Why { job, state, reasons: Vec::new() };
    assert_eq!(bench.why(job).await, why(JobState::Available));
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.pause("queue").await;
    assert_eq!(bench.why(job).await, why(JobState::Running));
    bench.settle(claim, complete()).await;
    assert_eq!(bench.why(job).await, why(JobState::Completed));
    assert_eq!(bench.engine.why(bench.unused_id()).await.unwrap(), None);
}

pub async fn a_job_whose_time_is_ahead_says_when(bench: Bench) {
    let bench = attended(&bench).await;
    let scheduled = bench.add(bench.in_an_hour()).await;
    let at = bench.get(scheduled).await.run_at;
    assert_eq!(reasons(&bench, scheduled).await, [Reason::ScheduledFor { at }]);
    let failed = bench.add_plain(1).await[0];
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, retry(HOUR)).await;
    let at = bench.get(failed).await.run_at;
    assert_eq!(reasons(&bench, failed).await, [Reason::RetryAt { at }]);
    let snoozed = bench.add_plain(1).await[0];
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, snooze(HOUR)).await;
    let at = bench.get(snoozed).await.run_at;
    assert_eq!(reasons(&bench, snoozed).await, [Reason::ScheduledFor { at }]);
}

pub async fn an_heir_says_whom_it_waits_for(bench: Bench) {
    let bench = attended(&bench).await;
    let holder = bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    bench.claim_one(bench.worker()).await;
    let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    assert_eq!(reasons(&bench, heir).await, [Reason::WaitsFor { holder }]);
}

pub async fn every_pause_is_named_with_its_end_and_its_note(bench: Bench) {
    let bench = attended(&bench).await;
    let job = bench.add(bench.ruled()).await;
    let mut expected = Vec::new();
    for (number, scope) in SCOPES.into_iter().enumerate() {
        let (scope, note) = (scope.parse().unwrap(), Some(format!("note {number}")));
        let lasts = (number % 2 == 0).then_some(HOUR);
        bench.engine.pause(&bench.queue, &Pause { scope, lasts, note }).await.unwrap();
    }
    let in_force = bench.rules().await.pauses;
    for scope in SCOPES {
        let found = in_force.iter().find(|pause| pause.scope.to_string() == scope).unwrap().clone();
        expected.push(Reason::Paused { scope: found.scope, until: found.until, note: found.note });
    }
    assert_eq!(reasons(&bench, job).await, expected);
    bench.claim(bench.worker(), 1).await;
    assert_eq!(reasons(&bench, job).await, expected);
    bench.advance(2 * HOUR);
    let lasting = [expected[1].clone(), expected[3].clone()];
    assert_eq!(reasons(&bench, job).await, lasting, "what is over holds nothing up");
}

pub async fn a_full_limit_names_its_holders(bench: Bench) {
    for scope in SCOPES {
        let bench = attended(&bench.another_queue().await).await;
        bench.set_limit(scope, Some(concurrency(2))).await;
        let jobs = bench.add_several(3, || bench.ruled()).await;
        let mut holders = jobs[..2].to_vec();
        holders.sort();
        let held = claims(&bench.claim(bench.worker(), 5).await);
        let full = Reason::LimitFull { scope: scope.parse().unwrap(), limit: 2, holders };
        assert_eq!(reasons(&bench, jobs[2]).await, [full], "{scope}");
        bench.settle(held[0], complete()).await;
        assert_eq!(reasons(&bench, jobs[2]).await, [], "{scope}");
    }
}

pub async fn a_limit_for_each_is_named_by_the_one_that_is_full(bench: Bench) {
    for (each, scope) in [("tenant:*", SCOPES[1]), ("key:stripe:*", SCOPES[3])] {
        let bench = attended(&bench.another_queue().await).await;
        bench.set_limit(each, Some(concurrency(1))).await;
        let jobs = bench.add_several(2, || bench.ruled()).await;
        bench.claim(bench.worker(), 5).await;
        let holders = vec![jobs[0]];
        let full = Reason::LimitFull { scope: scope.parse().unwrap(), limit: 1, holders };
        assert_eq!(reasons(&bench, jobs[1]).await, [full], "{each}");
    }
}

pub async fn so_many_holders_are_named_and_no_more(bench: Bench) {
    let bench = attended(&bench).await;
    bench.set_limit("key:stripe:*", Some(concurrency(50))).await;
    let jobs = bench.add_several(51, || bench.ruled()).await;
    bench.claim(bench.worker(), 100).await;
    let why = reasons(&bench, jobs[50]).await;
    let [Reason::LimitFull { holders, limit: 50, .. }] = &why[..] else { panic!("{why:?}") };
    assert_eq!(holders.len(), MOST_HOLDERS);
    assert!(holders.iter().all(|holder| jobs[..50].contains(holder)));
}

pub async fn a_rate_says_from_when_on_the_next_may_start(bench: Bench) {
    for scope in SCOPES {
        let bench = attended(&bench.another_queue().await).await;
        bench.set_limit(scope, Some(rate(1, HOUR, 1))).await;
        let jobs = bench.add_several(2, || bench.ruled()).await;
        let before = bench.now();
        bench.claim(bench.worker(), 5).await;
        let why = reasons(&bench, jobs[1]).await;
        let [Reason::RateLimited { scope: limited, until }] = &why[..] else { panic!("{scope}: {why:?}") };
        assert_eq!(limited.to_string(), scope);
        assert!(until.since(before).abs_diff(HOUR) < Duration::from_mins(1), "{scope}");
        bench.advance(HOUR);
        assert_eq!(reasons(&bench, jobs[1]).await, [], "{scope}");
    }
}

pub async fn a_job_says_that_nobody_is_there_or_serves_it(bench: Bench) {
    let job = bench.add(bench.ruled()).await;
    assert_eq!(reasons(&bench, job).await, [Reason::NoWorkers]);
    let worker = bench.worker();
    bench.heartbeat(worker).await;
    let unserved = Reason::Unserved { kind: "conformance.other".parse().unwrap() };
    assert_eq!(reasons(&bench, job).await, [unserved]);
    attended(&bench).await;
    assert_eq!(reasons(&bench, job).await, []);
}

pub async fn what_is_parked_for_want_of_a_worker_says_so(bench: Bench) {
    let job = bench.add(bench.ruled()).await;
    let worker = bench.worker();
    bench.heartbeat(worker).await;
    bench.claim_serving(worker, 5, &crate::verbs::these(&["conformance.plain"])).await;
    let kind = "conformance.other".parse().unwrap();
    assert_eq!(reasons(&bench, job).await, [Reason::Unserved { kind }]);
}

pub async fn a_suspect_says_that_it_must_run_alone(bench: Bench) {
    let bench = attended(&bench).await;
    let job = bench.suspect().await;
    assert_eq!(reasons(&bench, job).await, [Reason::MustRunAlone { deaths: 2 }]);
}

pub async fn those_ahead_in_its_lane_are_counted(bench: Bench) {
    let bench = attended(&bench).await;
    let jobs = bench.add_plain(5).await;
    bench.add_several(3, || bench.of_priority(1)).await;
    bench.add_several(3, || bench.of_tenant("acme")).await;
    for (place, job) in jobs.iter().enumerate().skip(1) {
        let ahead = Reason::Ahead {
            jobs: u64::try_from(place).unwrap(),
            tenant: "default".parse().unwrap(),
            priority: Priority::default(),
        };
        assert_eq!(reasons(&bench, *job).await, [ahead], "place {place}");
    }
    assert_eq!(reasons(&bench, jobs[0]).await, [], "nobody is ahead in its own lane");
}

pub async fn all_that_holds_a_job_up_is_told_in_order(bench: Bench) {
    let running = bench.add(bench.ruled()).await;
    bench.set_limit("key:stripe:*", Some(concurrency(1))).await;
    bench.set_limit("kind:conformance.other", Some(rate(1, HOUR, 1))).await;
    bench.claim_one(bench.worker()).await;
    bench.pause("tenant:acme").await;
    let job = bench.add(NewJob { when: windlass_queue::When::After(HOUR / 2), ..bench.ruled() }).await;
    let at = bench.get(job).await.run_at;
    let why = reasons(&bench, job).await;
    assert_eq!(why[0], Reason::ScheduledFor { at });
    assert!(matches!(&why[1], Reason::Paused { scope, .. } if scope.to_string() == "tenant:acme"), "{why:?}");
    let full =
        Reason::LimitFull { scope: "key:stripe:acct_1".parse().unwrap(), limit: 1, holders: vec![running] };
    assert_eq!(why[2], full);
    assert!(
        matches!(&why[3], Reason::RateLimited { scope, .. } if scope.to_string() == SCOPES[2]),
        "{why:?}"
    );
    assert_eq!(why[4..], [Reason::NoWorkers]);
}

pub async fn a_job_that_was_given_up_holds_nothing(bench: Bench) {
    let bench = attended(&bench).await;
    for verdict in [discard(), windlass_queue::Verdict::Cancel] {
        let job = bench.add_plain(1).await[0];
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.settle(claim, verdict).await;
        assert_eq!(reasons(&bench, job).await, []);
    }
}

/// The queue with a living worker that serves all that tests enqueue.
async fn attended(bench: &Bench) -> Bench {
    let beat = bench.beat_serving(bench.worker(), &["conformance.plain", "conformance.other"]);
    let mut keeper = bench.engine.lease_keeper().await.unwrap();
    keeper.heartbeat(&beat).await.unwrap();
    bench.clone()
}

/// Why a job does not run; holders come in the order of their ids.
async fn reasons(bench: &Bench, job: JobId) -> Vec<Reason> {
    let mut reasons = bench.why(job).await.reasons;
    for reason in &mut reasons {
        if let Reason::LimitFull { holders, .. } = reason {
            holders.sort();
        }
    }
    reasons
}
