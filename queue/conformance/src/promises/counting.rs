//! Depths are exact whatever happened, and lists find what they count.

use std::collections::BTreeSet;

use windlass_queue::{Expiry, JobFilter, NewJob, OnConflict, Retention, Suspects, Until, Verdict, When};
use windlass_shared::{JobId, JobState, Timestamp};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry, snooze};
use crate::verbs::{claims, concurrency};

pub async fn depths_agree_with_lists_after_all_that_can_happen(bench: Bench) {
    let worker = bench.worker();
    for round in 0..3 {
        prepare(&bench).await;
        assert_exact(&bench).await;
        let held = claims(&bench.claim(worker, 9).await);
        assert_exact(&bench).await;
        let verdicts = [
            complete(),
            discard(),
            Verdict::Cancel,
            retry(HOUR),
            snooze(HOUR),
            Verdict::Release,
            retry(9 * HOUR),
        ];
        for (claim, verdict) in held.iter().zip(verdicts) {
            bench.settle(*claim, verdict).await;
            assert_exact(&bench).await;
        }
        for claim in held.iter().skip(7) {
            bench.lose(*claim).await;
        }
        assert_exact(&bench).await;
        let waiting = listed(&bench, &JobFilter { state: Some(JobState::Available), ..of(&bench) }).await;
        let mut waiting = waiting.into_iter();
        let mut next = || waiting.next().unwrap();
        bench.cancel(next()).await;
        bench.delete(next()).await;
        bench.reprioritize(next(), 1).await;
        bench.redrive(next()).await;
        assert_exact(&bench).await;
        for state in [JobState::Completed, JobState::Cancelled, JobState::Retryable, JobState::Scheduled] {
            let found = listed(&bench, &JobFilter { state: Some(state), ..of(&bench) }).await;
            bench.redrive(*found.first().unwrap()).await;
            assert_exact(&bench).await;
        }
        bench.advance(HOUR);
        bench.promote(100).await;
        assert_exact(&bench).await;
        bench.ask(worker, 1, Suspects::Take).await;
        assert_exact(&bench).await;
        let retention = Retention { failed_most: round, ..Retention::default() };
        bench.engine.prune(&bench.queue, &retention, 100).await.unwrap();
        assert_exact(&bench).await;
        for scope in ["kind:conformance.other", "tenant:acme"] {
            bench.resume(scope).await;
        }
        // One claim brings one of those that share a limit.
        loop {
            let held = claims(&bench.claim(worker, 100).await);
            if held.is_empty() {
                break;
            }
            bench.settle_all(&held, &complete()).await;
            assert_exact(&bench).await;
        }
    }
}

pub async fn parked_pending_and_suspected_jobs_are_listed(bench: Bench) {
    let suspect = bench.suspect().await;
    bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    let running = bench.claim_one(bench.worker()).await.claim.job;
    let pending = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    bench.pause("kind:conformance.other").await;
    bench.pause("tenant:acme").await;
    let parked = bench.add(bench.of_kind("conformance.other")).await;
    let benched = bench.add(bench.of_tenant("acme")).await;
    bench.claim(bench.worker(), 5).await;
    for (state, expected) in [
        (JobState::Available, BTreeSet::from([suspect, parked, benched])),
        (JobState::Pending, BTreeSet::from([pending])),
        (JobState::Running, BTreeSet::from([running])),
    ] {
        assert_eq!(
            listed(&bench, &JobFilter { state: Some(state), ..of(&bench) }).await,
            expected,
            "{state}"
        );
    }
    assert_eq!(listed(&bench, &of(&bench)).await.len(), 5);
    let kind = Some("conformance.other".parse().unwrap());
    assert_eq!(listed(&bench, &JobFilter { kind, ..of(&bench) }).await, BTreeSet::from([parked]));
}

pub async fn a_list_can_be_narrowed_to_a_tag(bench: Bench) {
    let tagged = |tags: &[&str]| NewJob {
        tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        ..bench.new_job()
    };
    let both = bench.add(tagged(&["urgent", "billing"])).await;
    let urgent = bench.add(NewJob { when: When::After(HOUR), ..tagged(&["urgent"]) }).await;
    bench.add(tagged(&["urgently"])).await;
    bench.add_plain(5).await;
    for (tag, expected) in [("urgent", vec![both, urgent]), ("billing", vec![both]), ("nothing", vec![])] {
        let filter = JobFilter { tag: Some(tag.parse().unwrap()), ..of(&bench) };
        assert_eq!(listed(&bench, &filter).await, expected.into_iter().collect(), "{tag}");
    }
    let state = Some(JobState::Scheduled);
    let filter = JobFilter { tag: Some("urgent".parse().unwrap()), state, ..of(&bench) };
    assert_eq!(listed(&bench, &filter).await, BTreeSet::from([urgent]));
}

pub async fn a_list_can_be_narrowed_to_a_time(bench: Bench) {
    let mut jobs = Vec::new();
    for _ in 0..4 {
        let job = bench.add_plain(1).await[0];
        jobs.push((job, bench.get(job).await.created_at));
        bench.advance(HOUR);
    }
    let (second, last) = (jobs[1].1, jobs[3].1);
    let a_little_later = Timestamp::from_millis(second.as_millis() + 1);
    for (from, before, expected) in [
        (Some(second), None, 1..4),
        (Some(a_little_later), None, 2..4),
        (None, Some(last), 0..3),
        (Some(second), Some(last), 1..3),
        (Some(second), Some(second), 0..0),
    ] {
        let filter = JobFilter { created_from: from, created_before: before, ..of(&bench) };
        let expected = jobs[expected].iter().map(|(job, _)| *job).collect();
        assert_eq!(listed(&bench, &filter).await, expected, "from {from:?} before {before:?}");
    }
}

pub async fn all_of_a_filter_has_to_match(bench: Bench) {
    let matching = NewJob { tags: vec!["billing".parse().unwrap()], ..bench.ruled() };
    let job = bench.add(matching.clone()).await;
    bench.add(NewJob { id: bench.unused_id(), tags: Vec::new(), ..matching.clone() }).await;
    bench.add(NewJob { tenant: "globex".parse().unwrap(), id: bench.unused_id(), ..matching.clone() }).await;
    bench
        .add(NewJob { kind: "conformance.plain".parse().unwrap(), id: bench.unused_id(), ..matching.clone() })
        .await;
    bench.advance(HOUR);
    bench.add(NewJob { id: bench.unused_id(), ..matching.clone() }).await;
    let half_an_hour_ago = Timestamp::from_millis(bench.now().as_millis() - 1_800_000);
    let filter = JobFilter {
        queue: Some(bench.queue.clone()),
        state: Some(JobState::Available),
        kind: Some(matching.kind),
        tenant: Some(matching.tenant),
        tag: Some(matching.tags[0].clone()),
        created_from: Some(Timestamp::EARLIEST),
        created_before: Some(half_an_hour_ago),
    };
    assert_eq!(listed(&bench, &filter).await, BTreeSet::from([job]));
}

/// Jobs that wait in all the places in which jobs can wait.
async fn prepare(bench: &Bench) {
    bench.suspected(bench.of_tenant("suspicious")).await;
    bench.set_limit("key:stripe:*", Some(concurrency(1))).await;
    bench.pause("kind:conformance.other").await;
    bench.pause("tenant:acme").await;
    bench.add_plain(12).await;
    bench.add_several(3, || bench.of_key("stripe:one")).await;
    bench.add_several(2, || bench.of_kind("conformance.other")).await;
    bench.add_several(2, || bench.of_tenant("acme")).await;
    bench.add_several(2, || bench.in_an_hour()).await;
    bench.add(NewJob { expires: Some(Expiry::After(HOUR)), ..bench.of_tenant("acme") }).await;
    bench.enqueue(&[bench.unique(Until::Finish, OnConflict::KeepLatest)]).await;
    bench.enqueue(&[bench.unique(Until::Finish, OnConflict::KeepLatest)]).await;
}

async fn assert_exact(bench: &Bench) {
    let depth = bench.depth().await;
    for state in JobState::ALL {
        let found = listed(bench, &JobFilter { state: Some(state), ..of(bench) }).await;
        assert_eq!(depth.of(state), u64::try_from(found.len()).unwrap(), "{state}");
    }
}

fn of(bench: &Bench) -> JobFilter {
    JobFilter { queue: Some(bench.queue.clone()), ..JobFilter::default() }
}

async fn listed(bench: &Bench, filter: &JobFilter) -> BTreeSet<JobId> {
    let (mut jobs, mut cursor) = (BTreeSet::new(), None);
    loop {
        let page = bench.engine.list(filter, cursor.as_ref(), 100).await.unwrap();
        for job in &page.jobs {
            assert!(filter.admits(job) && jobs.insert(job.id), "{} matches and comes once", job.id);
        }
        cursor = page.next;
        if cursor.is_none() {
            return jobs;
        }
    }
}
