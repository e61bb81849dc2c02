//! What has happened to a job is told once, in order, until somebody has taken note of it.

use windlass_queue::{
    EventPage, EventPosition, EventVerb, Expiry, JobEvent, NewJob, RescueVerdict, Verdict, When,
};
use windlass_shared::{Claim, JobId, JobState};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, complete, discard, every_ending, failure, retry};
use crate::verbs::claims;

pub async fn every_end_of_a_claim_is_told(bench: Bench) {
    let worker = bench.worker();
    for ((verdict, state), verb) in every_ending(HOUR).into_iter().zip([
        EventVerb::Complete,
        EventVerb::Retry,
        EventVerb::Discard,
        EventVerb::Snooze,
        EventVerb::Release,
        EventVerb::Cancel,
    ]) {
        let bench = bench.another_queue().await;
        let job = bench.add(bench.new_job()).await;
        let claim = bench.claim_one(worker).await.claim;
        assert_eq!(bench.settle(claim, verdict).await, applied(state));
        assert_eq!(bench.told().await, [(job, 1, verb, Some(state))], "{verb}");
    }
}

pub async fn the_end_of_a_job_is_told_with_the_instant_at_which_it_finished(bench: Bench) {
    let worker = bench.worker();
    let jobs = bench.add_plain(3).await;
    let claims = claims(&bench.claim(worker, 3).await);
    for (claim, verdict) in claims.into_iter().zip([complete(), discard(), Verdict::Cancel]) {
        bench.advance(HOUR);
        bench.settle(claim, verdict).await;
    }
    let events = bench.events(None).await.events;
    assert_eq!(events.iter().map(|event| event.job).collect::<Vec<_>>(), jobs);
    for event in events {
        let job = bench.get(event.job).await;
        assert_eq!((Some(event.at), event.state), (job.finished_at, Some(job.state)));
    }
}

pub async fn ends_of_many_claims_are_told_each_with_its_number(bench: Bench) {
    let worker = bench.worker();
    let jobs = bench.add_plain(600).await;
    let mut held = Vec::new();
    while held.len() < 600 {
        held.extend(claims(&bench.claim(worker, 600 - held.len()).await));
    }
    // The first ones come back, so that first and later claims end in one call.
    let again: Vec<Claim> = held[..10].to_vec();
    bench.settle_all(&again, &Verdict::Release).await;
    let second = claims(&bench.claim(worker, 10).await);
    let ends: Vec<_> = second.iter().chain(&held[10..]).copied().collect();
    bench.settle_all(&ends, &complete()).await;
    let told = bench.told().await;
    let released = again.iter().map(|claim| (claim.job, 1, EventVerb::Release, Some(JobState::Available)));
    let completed = ends
        .iter()
        .map(|claim| (claim.job, claim.token.number.get(), EventVerb::Complete, Some(JobState::Completed)));
    let (mut expected, mut told): (Vec<_>, Vec<_>) = (released.chain(completed).collect(), told);
    expected.sort_by_key(|event| (event.0, event.1));
    told.sort_by_key(|event| (event.0, event.1));
    assert_eq!(told, expected);
    assert_eq!(jobs.len(), 600);
}

pub async fn what_ends_without_a_claim_is_told_too(bench: Bench) {
    let cancelled = bench.add(bench.new_job()).await;
    bench.cancel(cancelled).await;
    let late = When::After(9 * HOUR);
    let expired =
        bench.add(NewJob { expires: Some(Expiry::After(HOUR)), when: late, ..bench.new_job() }).await;
    bench.advance(HOUR);
    bench.promote(10).await;
    let retried = bench.add(bench.new_job()).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, retry(HOUR)).await;
    bench.cancel(retried).await;
    assert_eq!(
        bench.told().await,
        [
            (cancelled, 0, EventVerb::Cancel, Some(JobState::Cancelled)),
            (expired, 0, EventVerb::Expire, Some(JobState::Discarded)),
            (retried, 1, EventVerb::Retry, Some(JobState::Retryable)),
            (retried, 1, EventVerb::Cancel, Some(JobState::Cancelled)),
        ]
    );
}

pub async fn what_a_rescuer_ends_is_told(bench: Bench) {
    let worker = bench.worker();
    let mut expected = Vec::new();
    for (verdict, verb, state) in [
        (RescueVerdict::Revive { deaths: 1, suspect: false }, EventVerb::Rescue, JobState::Available),
        (RescueVerdict::Retry { after: HOUR, error: failure("late") }, EventVerb::Retry, JobState::Retryable),
        (
            RescueVerdict::Discard { deaths: 3, error: failure("poison") },
            EventVerb::Discard,
            JobState::Discarded,
        ),
    ] {
        let job = bench.add(bench.new_job()).await;
        let mut held = bench.claim(worker, 5).await;
        let at = held.iter().position(|held| held.claim.job == job).unwrap();
        let claim = held.swap_remove(at).claim;
        bench.rescue(claim, verdict).await;
        expected.push((job, claim.token.number.get(), verb, Some(state)));
    }
    assert_eq!(bench.told().await, expected);
}

pub async fn an_error_names_the_claim_and_the_instant_at_which_it_was_told(bench: Bench) {
    let worker = bench.worker();
    let job = bench.add(bench.new_job()).await;
    for verdict in [Verdict::Release, retry(HOUR), retry(HOUR), discard()] {
        let claim = bench.claim_one(worker).await.claim;
        bench.settle(claim, verdict).await;
        bench.advance(HOUR);
    }
    let failed = |event: &JobEvent| event.verb != EventVerb::Release;
    let told = bench.events(None).await.events.into_iter().filter(failed);
    let told: Vec<_> = told.map(|event| (event.claim, event.at)).collect();
    let noted: Vec<_> = bench.get(job).await.errors.iter().map(|error| (error.claim, error.at)).collect();
    assert_eq!(noted, told);
    assert_eq!(noted.iter().map(|(claim, _)| claim.get()).collect::<Vec<_>>(), [2, 3, 4]);
}

pub async fn a_cancelled_job_is_told_as_such_however_its_claim_ends(bench: Bench) {
    for verdict in [Verdict::Cancel, retry(HOUR), discard(), Verdict::Release] {
        let bench = bench.another_queue().await;
        let job = bench.add(bench.new_job()).await;
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.cancel(job).await;
        bench.settle(claim, verdict).await;
        assert_eq!(bench.told().await, [(job, 1, EventVerb::Cancel, Some(JobState::Cancelled))]);
    }
}

pub async fn a_deletion_is_told(bench: Bench) {
    let (waiting, ended) = (bench.add(bench.new_job()).await, bench.add(bench.new_job()).await);
    bench.cancel(ended).await;
    bench.engine.delete(&[waiting, ended, bench.unused_id()]).await.unwrap();
    assert_eq!(
        bench.told().await,
        [
            (ended, 0, EventVerb::Cancel, Some(JobState::Cancelled)),
            (waiting, 0, EventVerb::Delete, None),
            (ended, 0, EventVerb::Delete, None),
        ]
    );
}

pub async fn what_changes_nothing_is_not_told(bench: Bench) {
    let worker = bench.worker();
    let job = bench.add(bench.new_job()).await;
    let stale = bench.claim_one(worker).await.claim;
    bench.lose(stale).await;
    let claim = bench.claim_one(worker).await.claim;
    bench.settle(stale, complete()).await;
    bench.lose(stale).await;
    bench.settle(claim, complete()).await;
    bench.settle(claim, complete()).await;
    bench.cancel(job).await;
    bench.promote(10).await;
    let told = bench.told().await;
    let verbs: Vec<_> = told.iter().map(|(_, number, verb, _)| (*number, *verb)).collect();
    assert_eq!(verbs, [(1, EventVerb::Rescue), (2, EventVerb::Complete)]);
}

type Told = (JobId, u32, EventVerb, Option<JobState>);

impl Bench {
    /// Everything that is told.
    pub(super) async fn told(&self) -> Vec<Told> {
        let events = self.events(None).await.events;
        let told = |event: JobEvent| (event.job, event.claim.get(), event.verb, event.state);
        events.into_iter().map(told).collect()
    }

    async fn events(&self, after: Option<&EventPosition>) -> EventPage {
        self.page(after, 10_000).await
    }

    pub(super) async fn page(&self, after: Option<&EventPosition>, most: usize) -> EventPage {
        self.engine.events(&self.queue, after, most).await.unwrap()
    }

    pub(super) async fn forget(&self, up_to: Option<&EventPosition>) {
        self.engine.forget_events(&self.queue, up_to.unwrap()).await.unwrap();
    }

    /// Jobs that have ended one after the other, in calls of their own.
    pub(super) async fn ended(&self, count: usize) -> Vec<JobId> {
        let worker = self.worker();
        let mut ended = Vec::with_capacity(count);
        self.add_plain(count).await;
        while ended.len() < count {
            for claimed in self.claim(worker, count - ended.len()).await {
                self.settle(claimed.claim, complete()).await;
                ended.push(claimed.claim.job);
            }
        }
        ended
    }
}
