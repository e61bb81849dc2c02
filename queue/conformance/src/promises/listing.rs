//! What is there can be seen: lists reach every job, and depths add up.

use std::collections::BTreeSet;

use windlass_queue::{Cursor, Depth, EngineError, Fenced, Job, JobFilter, LogLine, NewJob, Report, When};
use windlass_shared::{Claim, ClaimNumber, JobId, JobState, LeaseToken, QueueName, TenantId};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry, snooze};

pub async fn pages_of_any_size_bring_each_job_once(bench: Bench) {
    let mut jobs: BTreeSet<_> = bench.add_plain(900).await.into_iter().collect();
    jobs.extend(in_every_state(&bench).await.into_iter().map(|(_, job)| job));
    let filter = JobFilter { queue: Some(bench.queue.clone()), ..JobFilter::default() };
    for most in [1, 7, 100, 1_000] {
        let listed = list(&bench, &filter, most).await;
        let distinct: BTreeSet<_> = listed.iter().map(|job| job.id).collect();
        assert_eq!((listed.len(), &distinct), (jobs.len(), &jobs), "pages of {most}");
    }
}

pub async fn a_page_shows_jobs_as_they_are_read_alone_but_for_their_logs(bench: Bench) {
    let jobs = in_every_state(&bench).await;
    log_in_all_that_run(&bench).await;
    let filter = JobFilter { queue: Some(bench.queue.clone()), ..JobFilter::default() };
    let listed = list(&bench, &filter, 100).await;
    assert_eq!(listed.len(), jobs.len());
    for job in listed {
        assert_eq!(job, Job { log: Vec::new(), ..bench.get(job.id).await });
    }
}

pub async fn a_list_can_be_narrowed_to_a_state(bench: Bench) {
    let jobs = in_every_state(&bench).await;
    for state in JobState::ALL {
        let queue = Some(bench.queue.clone());
        let filter = JobFilter { queue, state: Some(state), ..JobFilter::default() };
        let expected: BTreeSet<_> =
            jobs.iter().filter(|(wanted, _)| *wanted == state).map(|(_, job)| *job).collect();
        assert_eq!(listed_ids(&bench, &filter).await, expected, "{state}");
    }
}

pub async fn a_list_can_be_narrowed_to_a_kind_and_a_tenant(bench: Bench) {
    let rare = NewJob { kind: "conformance.rare".parse().unwrap(), ..bench.new_job() };
    let acme = NewJob { tenant: "acme".parse().unwrap(), ..bench.new_job() };
    let both = NewJob { kind: rare.kind.clone(), tenant: acme.tenant.clone(), ..bench.new_job() };
    bench.add_plain(20).await;
    bench.enqueue(&[rare.clone(), acme.clone(), both.clone()]).await;
    let queue = Some(bench.queue.clone());
    let of_kind = JobFilter { queue, kind: Some(rare.kind), ..JobFilter::default() };
    assert_eq!(listed_ids(&bench, &of_kind).await, BTreeSet::from([rare.id, both.id]));
    let of_both = JobFilter { tenant: Some(acme.tenant.clone()), ..of_kind.clone() };
    assert_eq!(listed_ids(&bench, &of_both).await, BTreeSet::from([both.id]));
    let of_tenant = JobFilter { kind: None, ..of_both };
    assert_eq!(listed_ids(&bench, &of_tenant).await, BTreeSet::from([acme.id, both.id]));
}

pub async fn a_list_without_a_queue_spans_all_queues(bench: Bench) {
    let other = bench.another_queue().await;
    let tenant: TenantId = bench.name().parse().unwrap();
    let mut expected = BTreeSet::new();
    for queue in [&bench, &other] {
        for _ in 0..3 {
            expected.insert(queue.add(NewJob { tenant: tenant.clone(), ..queue.new_job() }).await);
        }
    }
    let filter = JobFilter { tenant: Some(tenant), ..JobFilter::default() };
    assert_eq!(listed_ids(&bench, &filter).await, expected);
}

pub async fn a_queue_that_is_new_between_two_pages_shifts_none_of_the_others(bench: Bench) {
    let tenant: TenantId = bench.name().parse().unwrap();
    let mut expected = Vec::new();
    for _ in 0..4 {
        expected.push(bench.add(NewJob { tenant: tenant.clone(), ..bench.new_job() }).await);
    }
    let filter = JobFilter { tenant: Some(tenant), ..JobFilter::default() };
    let (mut listed, mut after) = (Vec::new(), None);
    while listed.is_empty() {
        let page = bench.engine.list(&filter, after.as_ref(), 2).await.unwrap();
        listed.extend(page.jobs);
        after = page.next;
    }
    // Its name goes before those of all other queues.
    let first: QueueName = format!("0-{}", bench.name()).parse().unwrap();
    bench.engine.queue_number(&first).await.unwrap();
    listed.extend(list_from(&bench, &filter, after, 2).await);
    let mut listed: Vec<_> = listed.iter().map(|job| job.id).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
}

pub async fn a_cursor_that_no_page_gave_is_refused(bench: Bench) {
    bench.add_plain(3).await;
    bench.claim(bench.worker(), 1).await;
    let queue = Some(bench.queue.clone());
    let filter = JobFilter { queue, ..JobFilter::default() };
    for cursor in ["no cursor", "é", "1:", "-1", "{}"].map(|text| Cursor(text.to_owned())) {
        let listed = bench.engine.list(&filter, Some(&cursor), 10).await;
        assert!(matches!(listed, Err(EngineError::InvalidCursor)), "{cursor:?}: {listed:?}");
        let running = bench.engine.running(&bench.queue, Some(&cursor), 10).await;
        assert!(matches!(running, Err(EngineError::InvalidCursor)), "{cursor:?}: {running:?}");
    }
}

pub async fn a_list_of_nothing_ends(bench: Bench) {
    let queue = Some(bench.queue.clone());
    assert!(listed_ids(&bench, &JobFilter { queue, ..JobFilter::default() }).await.is_empty());
    let queue = Some(bench.name().parse().unwrap());
    assert!(listed_ids(&bench, &JobFilter { queue, ..JobFilter::default() }).await.is_empty());
}

pub async fn the_depth_counts_each_state(bench: Bench) {
    assert_eq!(bench.depth().await, Depth::default());
    for round in 1..=3 {
        in_every_state(&bench).await;
        let expected = Depth {
            scheduled: round,
            pending: 0,
            available: round,
            running: round,
            retryable: round,
            completed: round,
            cancelled: round,
            discarded: round,
        };
        assert_eq!(bench.depth().await, expected);
        assert_eq!(bench.second().await.depth().await, expected);
    }
}

/// Puts one new job into each state but `pending`, in which only heirs are.
async fn in_every_state(bench: &Bench) -> Vec<(JobState, JobId)> {
    let worker = bench.worker();
    let urgent = || NewJob { priority: windlass_shared::Priority::FIRST, ..bench.new_job() };
    let mut jobs = Vec::new();
    for (verdict, state) in [
        (Some(retry(9 * HOUR)), JobState::Retryable),
        (Some(complete()), JobState::Completed),
        (Some(discard()), JobState::Discarded),
        (None, JobState::Running),
    ] {
        let job = bench.add(urgent()).await;
        let claim = bench.claim(worker, 1).await[0].claim;
        assert_eq!(claim.job, job);
        if let Some(verdict) = verdict {
            bench.settle(claim, verdict).await;
        }
        jobs.push((state, job));
    }
    let cancelled = bench.add(NewJob { when: When::After(9 * HOUR), ..bench.new_job() }).await;
    bench.cancel(cancelled).await;
    jobs.push((JobState::Cancelled, cancelled));
    let snoozed = bench.add(urgent()).await;
    let claim = bench.claim(worker, 1).await[0].claim;
    bench.settle(claim, snooze(9 * HOUR)).await;
    jobs.push((JobState::Scheduled, snoozed));
    jobs.push((JobState::Available, bench.add(bench.new_job()).await));
    jobs
}

async fn log_in_all_that_run(bench: &Bench) {
    let filter = JobFilter {
        state: Some(JobState::Running),
        queue: Some(bench.queue.clone()),
        ..JobFilter::default()
    };
    for job in list(bench, &filter, 100).await {
        let token = LeaseToken { worker: job.worker.unwrap(), number: ClaimNumber::new(job.claims) };
        let log = vec![LogLine { at: bench.now(), attempt: 1, line: "a line".to_owned() }];
        let report = Report { claim: Claim { job: job.id, token }, progress: None, log };
        assert_eq!(bench.engine.report(&[report]).await.unwrap(), [Fenced::Applied]);
    }
}

async fn listed_ids(bench: &Bench, filter: &JobFilter) -> BTreeSet<JobId> {
    let listed = list(bench, filter, 100).await;
    assert!(listed.iter().all(|job| filter.admits(job)));
    let ids: BTreeSet<_> = listed.iter().map(|job| job.id).collect();
    assert_eq!(ids.len(), listed.len(), "each job is listed once");
    ids
}

async fn list(bench: &Bench, filter: &JobFilter, most: usize) -> Vec<Job> {
    list_from(bench, filter, None, most).await
}

async fn list_from(bench: &Bench, filter: &JobFilter, mut after: Option<Cursor>, most: usize) -> Vec<Job> {
    let mut all = Vec::new();
    loop {
        let page = bench.engine.list(filter, after.as_ref(), most).await.unwrap();
        assert!(page.jobs.len() <= most, "a page of {most} has {}", page.jobs.len());
        all.extend(page.jobs);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}
