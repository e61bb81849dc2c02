//! The priority of a job can be changed until it has ended.

use windlass_queue::{NewJob, Order, QueuePolicy, ReprioritizeAnswer, Suspects, Verdict};
use windlass_shared::{JobId, JobState, Priority, QueueNumber};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry};
use crate::idle::Idle;
use crate::verbs::ids;

pub async fn an_available_job_goes_to_the_back_of_its_new_lane(bench: Bench) {
    for order in [Order::TenantsFirst, Order::PriorityFirst] {
        let bench = bench.another_queue().await;
        bench.set_policy(QueuePolicy { order, ..QueuePolicy::default() }).await;
        let plain = bench.add_plain(4).await;
        let urgent = bench.add_several(2, || bench.of_priority(1)).await;
        let changed = ReprioritizeAnswer::Changed(JobState::Available);
        assert_eq!(bench.reprioritize(plain[2], 1).await, changed, "{order:?}");
        assert_eq!(bench.reprioritize(plain[0], 9).await, changed, "{order:?}");
        assert_eq!(bench.get(plain[2]).await.priority.get(), 1);
        let expected = [urgent[0], urgent[1], plain[2], plain[1], plain[3], plain[0]];
        assert_eq!(ids(&bench.claim(bench.worker(), 10).await), expected, "{order:?}");
    }
}

pub async fn a_job_that_is_moved_back_and_forth_comes_once(bench: Bench) {
    let jobs = bench.add_plain(2).await;
    for level in [1, 5, 9, 0, 5, 1, 5] {
        bench.reprioritize(jobs[0], level).await;
    }
    let worker = bench.worker();
    let given = bench.claim(worker, 10).await;
    assert_eq!(ids(&given), [jobs[1], jobs[0]]);
    bench.settle(given[1].claim, Verdict::Release).await;
    assert_eq!(bench.claim_one(worker).await.claim.job, jobs[0]);
    assert_eq!(bench.depth().await.available, 0);
}

pub async fn a_waiting_job_has_its_priority_when_its_time_comes(bench: Bench) {
    let worker = bench.worker();
    let retryable = bench.add_plain(1).await[0];
    let claim = bench.claim_one(worker).await.claim;
    bench.settle(claim, retry(HOUR)).await;
    let scheduled = bench.add(bench.in_an_hour()).await;
    for (job, level, state) in [(scheduled, 1, JobState::Scheduled), (retryable, 2, JobState::Retryable)] {
        assert_eq!(bench.reprioritize(job, level).await, ReprioritizeAnswer::Changed(state));
    }
    let plain = bench.add_plain(1).await[0];
    bench.advance(2 * HOUR);
    assert_eq!(ids(&bench.claim(worker, 5).await), [scheduled, retryable, plain]);
}

pub async fn a_running_job_runs_on_and_comes_back_with_its_new_priority(bench: Bench) {
    let worker = bench.worker();
    let job = bench.add_plain(1).await[0];
    let claim = bench.claim_one(worker).await.claim;
    assert_eq!(bench.reprioritize(job, 9).await, ReprioritizeAnswer::Changed(JobState::Running));
    assert_eq!(bench.state(job).await, JobState::Running);
    assert_eq!(bench.held(worker).await, [claim]);
    let plain = bench.add_plain(1).await[0];
    bench.settle(claim, Verdict::Release).await;
    assert_eq!(ids(&bench.claim(worker, 5).await), [plain, job]);
}

pub async fn a_job_that_has_ended_keeps_its_priority(bench: Bench) {
    for (verdict, state) in [
        (complete(), JobState::Completed),
        (discard(), JobState::Discarded),
        (Verdict::Cancel, JobState::Cancelled),
    ] {
        let job = bench.add_plain(1).await[0];
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.settle(claim, verdict).await;
        let before = bench.get(job).await;
        assert_eq!(bench.reprioritize(job, 0).await, ReprioritizeAnswer::AlreadyFinal(state));
        assert_eq!(bench.get(job).await, before);
    }
}

pub async fn a_suspect_stays_one_whatever_its_priority(bench: Bench) {
    let suspect = bench.suspect().await;
    assert_eq!(bench.reprioritize(suspect, 0).await, ReprioritizeAnswer::Changed(JobState::Available));
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    let claimed = bench.ask(bench.worker(), 1, Suspects::Take).await.jobs;
    assert_eq!((ids(&claimed), claimed[0].priority), (vec![suspect], Priority::FIRST));
    assert!(bench.ask(bench.worker(), 1, Suspects::Take).await.jobs.is_empty(), "it comes once");
}

pub async fn priorities_are_answered_in_their_order_over_queues(bench: Bench) {
    let other = bench.another_queue().await;
    let (here, there) = (bench.add_plain(2).await, other.add_plain(1).await);
    bench.cancel(here[0]).await;
    let elsewhere = JobId::new(bench.now(), QueueNumber::new(u16::MAX), 1);
    let jobs = [there[0], bench.unused_id(), here[0], here[1], elsewhere];
    let changed = ReprioritizeAnswer::Changed(JobState::Available);
    let gone = ReprioritizeAnswer::NotFound;
    let over = ReprioritizeAnswer::AlreadyFinal(JobState::Cancelled);
    let answers = bench.engine.reprioritize(&jobs, Priority::FIRST).await.unwrap();
    assert_eq!(answers, [changed, gone, over, changed, gone]);
}

pub async fn a_job_of_a_tenant_whose_other_jobs_are_over_is_found_in_its_new_lane(bench: Bench) {
    let job = bench.add(NewJob { priority: Priority::LAST, ..bench.of_tenant("acme") }).await;
    let mut idle = Idle::new(&bench).await;
    bench.pause("queue").await;
    idle.find_nothing().await;
    bench.reprioritize(job, 0).await;
    bench.resume("queue").await;
    assert!(idle.is_woken().await);
    assert_eq!(bench.claim_one(idle.worker).await.claim.job, job);
}
