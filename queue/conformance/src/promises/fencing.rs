//! Every claim has a token of its own; a stale one changes nothing and is told so.

use windlass_queue::{Fenced, Progress, Report, RescueVerdict, Settled, Settlement, Verdict};
use windlass_shared::{Claim, ClaimNumber, JobState, LeaseToken, Percent};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, complete, discard, every_ending, failure, retry, snooze};

pub async fn a_repeated_settlement_is_answered_like_the_first_time(bench: Bench) {
    for (verdict, state) in every_ending(HOUR) {
        let queue = bench.another_queue().await;
        queue.add_plain(1).await;
        let claim = queue.claim_one(queue.worker()).await.claim;
        assert_eq!(queue.settle(claim, verdict.clone()).await, applied(state));
        let after = queue.get(claim.job).await;
        for _ in 0..2 {
            assert_eq!(queue.second().await.settle(claim, verdict.clone()).await, applied(state));
        }
        assert_eq!(queue.get(claim.job).await, after, "the repetition of {} changes nothing", verdict.verb());
    }
}

pub async fn a_repeated_settlement_holds_after_the_job_was_claimed_again(bench: Bench) {
    for (verdict, state) in every_ending(HOUR) {
        if state.is_final() {
            continue;
        }
        let queue = bench.another_queue().await;
        queue.add_plain(1).await;
        let first = queue.claim_one(queue.worker()).await.claim;
        queue.settle(first, verdict.clone()).await;
        queue.advance(HOUR);
        let second = queue.claim_one(queue.worker()).await.claim;
        assert_eq!(queue.settle(first, verdict.clone()).await, applied(JobState::Running));
        assert_eq!(queue.settle(second, complete()).await, applied(JobState::Completed));
        assert_eq!(queue.settle(first, verdict).await, applied(JobState::Completed));
        assert_eq!(queue.settle(second, complete()).await, applied(JobState::Completed));
    }
}

pub async fn the_first_verdict_holds_when_another_follows_for_the_same_claim(bench: Bench) {
    bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    let settlements =
        [complete(), discard(), Verdict::Release].map(|verdict| Settlement { claim, tenant: None, verdict });
    let answers = bench.engine.settle(&settlements).await.unwrap();
    assert_eq!(answers, [applied(JobState::Completed); 3]);
    let job = bench.get(claim.job).await;
    assert_eq!((job.state, job.errors.len()), (JobState::Completed, 0));
}

pub async fn a_settlement_is_remembered_over_several_later_claims(bench: Bench) {
    bench.add_plain(1).await;
    let worker = bench.worker();
    let mut ended = Vec::new();
    for _ in 0..6 {
        let claim = bench.claim_one(worker).await.claim;
        bench.settle(claim, Verdict::Release).await;
        ended.push(claim);
    }
    for claim in ended {
        assert_eq!(bench.settle(claim, Verdict::Release).await, applied(JobState::Available), "{claim:?}");
    }
}

pub async fn an_old_claim_cannot_end_a_newer_one(bench: Bench) {
    bench.add_plain(1).await;
    let old = bench.claim_one(bench.worker()).await.claim;
    bench.settle(old, Verdict::Release).await;
    let new = bench.claim_one(bench.worker()).await.claim;
    for (verdict, _) in every_ending(HOUR) {
        bench.settle(old, verdict).await;
    }
    assert_eq!(bench.state(old.job).await, JobState::Running);
    assert_eq!(bench.settle(new, complete()).await, applied(JobState::Completed));
}

pub async fn claim_numbers_only_grow(bench: Bench) {
    bench.add_plain(1).await;
    let mut newest = ClaimNumber::new(0);
    for verdict in [Verdict::Release, snooze(HOUR), retry(HOUR)] {
        let claim = bench.claim_one(bench.worker()).await.claim;
        assert!(claim.token.number > newest);
        newest = claim.token.number;
        bench.settle(claim, verdict).await;
        bench.advance(HOUR);
    }
    let lost = bench.claim_one(bench.worker()).await.claim;
    bench.lose(lost).await;
    let again = bench.claim_one(bench.worker()).await.claim;
    assert!(newest < lost.token.number && lost.token.number < again.token.number);
    assert_eq!(bench.get(again.job).await.claims, again.token.number.get());
}

pub async fn the_number_of_another_workers_claim_is_no_proof(bench: Bench) {
    bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    let token = LeaseToken { worker: bench.worker(), ..claim.token };
    assert_all_stale(&bench, Claim { token, ..claim }).await;
    let number = ClaimNumber::new(claim.token.number.get() + 1);
    assert_all_stale(&bench, Claim { token: LeaseToken { number, ..claim.token }, ..claim }).await;
    assert_eq!(bench.settle(claim, complete()).await, applied(JobState::Completed));
    assert_all_stale(&bench, Claim { token, ..claim }).await;
}

pub async fn a_rescued_claim_is_stale_in_every_call(bench: Bench) {
    bench.add_plain(1).await;
    let lost = bench.claim_one(bench.worker()).await.claim;
    assert_eq!(bench.lose(lost).await, Fenced::Applied);
    assert_all_stale(&bench, lost).await;
    let heir = bench.claim_one(bench.worker()).await.claim;
    assert_all_stale(&bench, lost).await;
    assert_eq!(bench.settle(heir, complete()).await, applied(JobState::Completed));
    assert_all_stale(&bench, lost).await;
}

pub async fn an_overrun_claim_is_stale_once_it_was_ended(bench: Bench) {
    bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    let verdict = RescueVerdict::Retry { after: HOUR, error: failure("too long") };
    assert_eq!(bench.rescue(claim, verdict).await, Fenced::Applied);
    assert_eq!(bench.state(claim.job).await, JobState::Retryable);
    assert_all_stale(&bench, claim).await;
}

pub async fn a_settled_claim_is_stale_for_everything_but_its_settlement(bench: Bench) {
    for (verdict, state) in every_ending(HOUR) {
        let queue = bench.another_queue().await;
        queue.add_plain(1).await;
        let claim = queue.claim_one(queue.worker()).await.claim;
        assert_eq!(queue.settle(claim, verdict).await, applied(state));
        let before = queue.get(claim.job).await;
        assert_others_stale(&queue, claim).await;
        assert_eq!(queue.get(claim.job).await, before);
    }
}

pub async fn a_claim_on_a_job_that_never_existed_is_stale(bench: Bench) {
    bench.add_plain(1).await;
    let token = bench.claim_one(bench.worker()).await.claim.token;
    let claim = Claim { job: bench.unused_id(), token };
    assert_eq!(bench.settle(claim, complete()).await, Settled::Stale);
    assert_others_stale(&bench, claim).await;
    assert!(!bench.exists(claim.job).await);
}

pub async fn a_batch_with_stale_claims_is_answered_in_its_order(bench: Bench) {
    let worker = bench.worker();
    bench.add_plain(3).await;
    let held: Vec<_> = bench.claim(worker, 3).await.iter().map(|job| job.claim).collect();
    bench.lose(held[1]).await;
    let answers = bench.settle_all(&held, &complete()).await;
    let done = applied(JobState::Completed);
    assert_eq!(answers, [done, Settled::Stale, done]);
    assert_eq!(bench.state(held[1].job).await, JobState::Available);
}

async fn assert_all_stale(bench: &Bench, claim: Claim) {
    let before = bench.get(claim.job).await;
    for (verdict, _) in every_ending(HOUR) {
        let verb = verdict.verb();
        assert_eq!(bench.settle(claim, verdict).await, Settled::Stale, "{verb}");
    }
    assert_others_stale(bench, claim).await;
    assert_eq!(bench.get(claim.job).await, before, "a stale claim changes nothing");
}

async fn assert_others_stale(bench: &Bench, claim: Claim) {
    let progress = Some(Progress { percent: Percent::saturating(99), message: None });
    let report = Report { claim, progress, log: Vec::new() };
    assert_eq!(bench.engine.report(&[report]).await.unwrap(), [Fenced::Stale]);
    assert_eq!(bench.begin_alone(claim).await, Fenced::Stale);
    let verdict = RescueVerdict::Revive { deaths: 9, suspect: true };
    assert_eq!(bench.rescue(claim, verdict).await, Fenced::Stale);
    let verdict = RescueVerdict::Discard { deaths: 9, error: failure("stale") };
    assert_eq!(bench.rescue(claim, verdict).await, Fenced::Stale);
}
