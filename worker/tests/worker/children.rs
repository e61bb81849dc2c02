//! What follows from a job: other jobs, and patience.

use std::time::{Duration, Instant};

use serde_json::json;
use windlass_queue::{ErrorReason, JobFilter, MAX_CHILDREN, Scope};
use windlass_shared::{JobState, TenantId};
use windlass_worker::{EnqueueOptions, JobContext, JobError};

use crate::bench::{Bench, Elsewhere, Step, drained, queue};

#[tokio::test]
async fn children_come_with_the_completion_and_belong_to_the_tenant_of_their_parent() {
    let mut bench = Bench::new(async |number, context: JobContext| {
        if number == 1 {
            context.enqueue(&Step { number: 2 }, EnqueueOptions::default()).await?;
            context.enqueue(&Elsewhere {}, EnqueueOptions::default()).await?;
        }
        Ok(json!(null))
    });
    let acme: TenantId = "acme".parse().unwrap();
    let options = EnqueueOptions { tenant: acme.clone(), ..EnqueueOptions::default() };
    bench.client.enqueue(&Step { number: 1 }, options).await.unwrap();
    let worker = bench.worker().client(bench.client.clone()).start().unwrap();
    assert_eq!((bench.next().await.number, bench.next().await.number), (1, 2));
    drained(worker).await;
    let jobs = bench.engine.list(&JobFilter::default(), None, 10).await.unwrap().jobs;
    let of_acme = jobs.iter().filter(|job| job.tenant == acme).count();
    assert_eq!((jobs.len(), of_acme), (3, 3), "{jobs:?}");
    assert!(jobs.iter().any(|job| job.kind.as_str() == "test.elsewhere" && job.state == JobState::Available));
}

#[tokio::test]
async fn children_of_an_attempt_that_fails_are_dropped() {
    let mut bench = Bench::new(async |number, context: JobContext| {
        if number == 1 {
            context.enqueue(&Step { number: 2 }, EnqueueOptions::default()).await?;
            if context.attempt == 1 {
                return Err(JobError::transient("after it was enqueued"));
            }
        }
        Ok(json!(null))
    });
    bench.enqueue([1]).await;
    let worker = bench.start();
    let order = [bench.next().await, bench.next().await, bench.next().await];
    assert_eq!(order.map(|started| (started.number, started.attempt)), [(1, 1), (1, 2), (2, 1)]);
    drained(worker).await;
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().completed, 2);
}

#[tokio::test]
async fn a_step_cannot_enqueue_children_since_the_next_attempt_would_lose_them() {
    let mut bench = Bench::new(async |number, context: JobContext| {
        let child = async || context.enqueue(&Step { number: 2 }, EnqueueOptions::default()).await.map(drop);
        match number {
            1 => context.step("announce", child).await?,
            3 => {
                context.step("fails", async || Err::<(), _>(JobError::transient("once"))).await.ok();
                context.step("works", async || Ok(())).await?;
                child().await?;
            }
            _ => {}
        }
        Ok(json!(null))
    });
    let ids = bench.enqueue([1, 3]).await;
    let worker = bench.start_with_concurrency(1);
    assert_eq!([bench.next().await, bench.next().await, bench.next().await].map(|s| s.number), [1, 3, 2]);
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    let error = job.errors.last().unwrap();
    assert_eq!((job.state, error.reason), (JobState::Discarded, ErrorReason::Permanent));
    assert!(error.message.contains("enqueue test.step after the step has returned"), "{}", error.message);
    assert_eq!(bench.job(ids[1]).await.state, JobState::Completed);
}

#[tokio::test]
async fn children_that_cannot_be_accepted_discard_their_parent_and_say_why() {
    let mut bench = Bench::new(async |number, context: JobContext| {
        match number {
            // The worker's own kinds are all that it knows here.
            1 => drop(context.enqueue(&Elsewhere {}, EnqueueOptions::default()).await?),
            2 => {
                let batch = Some(windlass_shared::BatchId::from_bytes([1; 16]));
                context
                    .enqueue(&Step { number }, EnqueueOptions { batch, ..EnqueueOptions::default() })
                    .await?;
            }
            _ => {
                for _ in 0..=MAX_CHILDREN {
                    context.enqueue(&Step { number }, EnqueueOptions::default()).await?;
                }
            }
        }
        Ok(json!(null))
    });
    let ids = bench.enqueue([1, 2, 3]).await;
    let worker = bench.start();
    bench.next_numbers(3).await;
    drained(worker).await;
    for (id, hint) in ids.into_iter().zip(["test.elsewhere", "batch", "at most 1000"]) {
        let job = bench.job(id).await;
        let error = job.errors.last().unwrap();
        assert_eq!((job.state, error.reason), (JobState::Discarded, ErrorReason::Permanent));
        assert!(error.message.contains(hint), "{}", error.message);
    }
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().unfinished(), 0);
}

#[tokio::test]
async fn what_jobs_leave_for_other_queues_is_delivered_at_once() {
    let mut bench = Bench::new(async |_, context: JobContext| {
        context.enqueue(&Elsewhere {}, EnqueueOptions::default()).await?;
        Ok(json!(null))
    });
    let mut relays = bench.tap.relays.subscribe();
    let worker = bench.worker().client(bench.client.clone()).start().unwrap();
    let asked = Instant::now();
    for number in 0..10 {
        let ids = bench.enqueue([number]).await;
        bench.next().await;
        relays.borrow_and_update();
        bench.until(ids[0], |job| job.state == JobState::Completed).await;
        relays.changed().await.unwrap();
    }
    // By itself a relay comes every second.
    assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
    drained(worker).await;
}

#[tokio::test]
async fn a_handler_holds_up_those_that_share_its_limit_key_or_else_its_kind() {
    let mut bench = Bench::new(async |_, context: JobContext| {
        let patience = Duration::from_mins(1);
        context.hold(patience).await?;
        Err(JobError::rate_limited(patience, "the provider asks for patience"))
    });
    let key =
        EnqueueOptions { limit_key: Some("stripe:acct_1".parse().unwrap()), ..EnqueueOptions::default() };
    let keyed = bench.client.enqueue(&Step { number: 1 }, key).await.unwrap().id;
    let worker = bench.start();
    bench.next().await;
    let plain = bench.enqueue([2]).await[0];
    bench.next().await;
    for job in [keyed, plain] {
        let job = bench.until(job, |job| job.state == JobState::Scheduled).await;
        assert_eq!(job.attempt, 0);
    }
    let scopes: Vec<_> =
        bench.engine.rules(&queue()).await.unwrap().pauses.into_iter().map(|pause| pause.scope).collect();
    for scope in [Scope::Key("stripe:acct_1".parse().unwrap()), Scope::Kind("test.step".parse().unwrap())] {
        assert!(scopes.contains(&scope), "{scope} is not held: {scopes:?}");
    }
    drained(worker).await;
}
