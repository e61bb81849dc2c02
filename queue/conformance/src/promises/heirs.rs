//! What waits beside a running job that means the same takes its place when that one is done.

use std::time::Duration;

use windlass_queue::{
    Acceptance, CancelAnswer, DeleteAnswer, Enqueued, Expiry, NewJob, OnConflict, RedriveAnswer,
    ReprioritizeAnswer, Retention, Until, Verdict, When,
};
use windlass_shared::{Claim, JobState, Timestamp};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry, snooze};
use crate::idle::Idle;

const WAITS: [OnConflict; 2] = [OnConflict::Debounce, OnConflict::KeepLatest];

pub async fn an_heir_waits_while_the_holder_runs_and_follows_it(bench: Bench) {
    for (wish, verdict) in WAITS
        .into_iter()
        .flat_map(|wish| [complete(), discard(), Verdict::Cancel].map(|verdict| (wish, verdict)))
    {
        let (bench, holder) = running(&bench, Until::Finish).await;
        let job = bench.unique(Until::Finish, wish);
        let heir = job.id;
        let answer = bench.enqueue(&[job]).await[0];
        let expected = Enqueued { id: heir, state: JobState::Pending, acceptance: Acceptance::New };
        assert_eq!(answer, expected, "{wish:?}");
        assert_eq!((bench.state(heir).await, bench.depth().await.pending), (JobState::Pending, 1));
        assert!(bench.claim(bench.worker(), 5).await.is_empty());
        bench.settle(holder, verdict.clone()).await;
        let claim = bench.claim_one(bench.worker()).await.claim;
        assert_eq!((claim.job, bench.depth().await.pending), (heir, 0), "{wish:?} × {}", verdict.verb());
    }
}

pub async fn an_heir_waits_on_while_the_holder_is_tried_again(bench: Bench) {
    for verdict in [retry(HOUR), snooze(HOUR), Verdict::Release] {
        let (bench, holder) = running(&bench, Until::Finish).await;
        let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
        bench.settle(holder, verdict.clone()).await;
        assert_eq!(bench.state(heir).await, JobState::Pending, "{}", verdict.verb());
        bench.advance(HOUR);
        let again = bench.claim_one(bench.worker()).await.claim;
        assert_eq!(again.job, holder.job, "{}", verdict.verb());
        bench.lose(again).await;
        assert_eq!(bench.state(heir).await, JobState::Pending, "a lost lease");
        let again = bench.claim_one(bench.worker()).await.claim;
        bench.settle(again, complete()).await;
        assert_eq!(bench.claim_one(bench.worker()).await.claim.job, heir, "{}", verdict.verb());
    }
}

pub async fn a_key_has_one_heir_which_takes_over_what_comes_later(bench: Bench) {
    let (bench, holder) = running(&bench, Until::Finish).await;
    let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    let wishes = [(OnConflict::Replace, "0"), (OnConflict::KeepLatest, "1"), (OnConflict::Debounce, "2")];
    for (wish, args) in wishes {
        let later = NewJob { args: args.into(), ..bench.unique(Until::Finish, wish) };
        let answer = bench.enqueue(&[later]).await[0];
        let expected = Enqueued { id: heir, state: JobState::Pending, acceptance: Acceptance::Replaced };
        assert_eq!(answer, expected, "{wish:?}");
    }
    let answer = bench.enqueue(&[bench.unique(Until::Finish, OnConflict::Reject)]).await[0];
    assert_eq!((answer.id, answer.acceptance), (holder.job, Acceptance::Conflict));
    assert_eq!(bench.depth().await.unfinished(), 2);
    bench.settle(holder, complete()).await;
    let claimed = bench.claim_one(bench.worker()).await;
    assert_eq!((claimed.claim.job, claimed.args), (heir, "2".into()));
}

pub async fn an_heir_takes_over_what_comes_later_although_the_holder_waits_too(bench: Bench) {
    for (wish, verdict) in [OnConflict::Replace, OnConflict::Debounce, OnConflict::KeepLatest]
        .into_iter()
        .flat_map(|wish| [retry(HOUR), snooze(HOUR), Verdict::Release].map(|verdict| (wish, verdict)))
    {
        let (bench, holder) = running(&bench, Until::Finish).await;
        let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
        bench.settle(holder, verdict.clone()).await;
        let before = bench.get(holder.job).await;
        let answer = newest(&bench, wish).await;
        let expected = Enqueued { id: heir, state: JobState::Pending, acceptance: Acceptance::Replaced };
        assert_eq!(answer, expected, "{wish:?} × {}", verdict.verb());
        assert_eq!(bench.get(holder.job).await, before, "{wish:?} × {}", verdict.verb());
        bench.advance(HOUR);
        let again = bench.claim_one(bench.worker()).await;
        assert_eq!((again.claim.job, again.args), (holder.job, before.args));
        bench.settle(again.claim, complete()).await;
        let last = bench.claim_one(bench.worker()).await;
        assert_eq!((last.claim.job, last.args), (heir, "newest".into()), "{wish:?} × {}", verdict.verb());
    }
}

pub async fn an_heir_takes_over_what_comes_later_although_the_holder_is_over_or_gone(bench: Bench) {
    for (wish, is_gone) in WAITS.into_iter().flat_map(|wish| [false, true].map(|is_gone| (wish, is_gone))) {
        let (bench, holder) = running(&bench, Until::Period(5 * HOUR)).await;
        let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
        bench.settle(holder, complete()).await;
        if is_gone {
            bench.advance(HOUR);
            let retention = Retention { completed_for: Duration::ZERO, ..Retention::default() };
            assert_eq!(bench.engine.prune(&bench.queue, &retention, 10).await.unwrap(), 1);
        }
        let answer = newest(&bench, wish).await;
        assert_eq!((answer.id, answer.acceptance), (heir, Acceptance::Replaced), "{wish:?}, gone: {is_gone}");
        bench.advance(5 * HOUR);
        bench.promote(5).await;
        assert_eq!(bench.claim_one(bench.worker()).await.args, "newest", "{wish:?}, gone: {is_gone}");
    }
}

pub async fn an_heir_holds_the_key_in_its_turn(bench: Bench) {
    let (bench, holder) = running(&bench, Until::Finish).await;
    let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    bench.settle(holder, complete()).await;
    let answer = bench.enqueue(&[bench.unique(Until::Finish, OnConflict::Reject)]).await[0];
    assert_eq!((answer.id, answer.state), (heir, JobState::Available));
    let claim = bench.claim_one(bench.worker()).await.claim;
    let next = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    assert_eq!(bench.state(next).await, JobState::Pending);
    bench.settle(claim, complete()).await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, next);
}

pub async fn an_heir_whose_time_is_ahead_becomes_scheduled(bench: Bench) {
    let (bench, holder) = running(&bench, Until::Finish).await;
    let later =
        |hours: u32, wish| NewJob { when: When::After(hours * HOUR), ..bench.unique(Until::Finish, wish) };
    let heir = bench.add(later(3, OnConflict::Debounce)).await;
    bench.advance(2 * HOUR);
    bench.enqueue(&[later(3, OnConflict::Debounce)]).await;
    bench.settle(holder, complete()).await;
    assert_eq!(bench.state(heir).await, JobState::Scheduled);
    bench.advance(2 * HOUR);
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, heir);
}

pub async fn an_heir_whose_time_came_while_it_waited_is_available(bench: Bench) {
    let (bench, holder) = running(&bench, Until::Finish).await;
    let when = When::After(HOUR);
    let heir = bench.add(NewJob { when, ..bench.unique(Until::Finish, OnConflict::KeepLatest) }).await;
    bench.advance(2 * HOUR);
    assert_eq!(bench.promote(5).await.count, 0);
    assert_eq!(bench.state(heir).await, JobState::Pending, "its time alone is not enough");
    bench.settle(holder, complete()).await;
    assert_eq!(bench.state(heir).await, JobState::Available);
}

pub async fn an_heir_that_is_gone_leaves_its_place_to_the_next(bench: Bench) {
    for end in ["cancelled", "deleted", "expired"] {
        let (bench, holder) = running(&bench, Until::Finish).await;
        let expires = Some(Expiry::At(bench.now().plus(HOUR)));
        let first = NewJob { expires, ..bench.unique(Until::Finish, OnConflict::KeepLatest) };
        let heir = bench.add(first).await;
        match end {
            "cancelled" => assert_eq!(bench.cancel(heir).await, CancelAnswer::Cancelled),
            "deleted" => assert_eq!(bench.delete(heir).await, DeleteAnswer::Deleted(JobState::Pending)),
            _ => {
                bench.advance(2 * HOUR);
                bench.promote(5).await;
                assert_eq!(bench.state(heir).await, JobState::Discarded);
            }
        }
        let next = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
        assert_eq!(bench.state(next).await, JobState::Pending, "{end}");
        bench.settle(holder, complete()).await;
        assert_eq!(bench.claim_one(bench.worker()).await.claim.job, next, "{end}");
    }
}

pub async fn an_heir_follows_a_holder_that_is_cancelled_or_deleted_between_attempts(bench: Bench) {
    for delete in [false, true] {
        let (bench, holder) = running(&bench, Until::Finish).await;
        let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
        bench.settle(holder, retry(HOUR)).await;
        if delete {
            bench.delete(holder.job).await;
        } else {
            bench.cancel(holder.job).await;
        }
        assert_eq!(bench.claim_one(bench.worker()).await.claim.job, heir);
    }
}

pub async fn an_heir_can_neither_be_redriven_nor_claimed_but_reprioritized(bench: Bench) {
    let (bench, holder) = running(&bench, Until::Finish).await;
    let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    assert_eq!(bench.redrive(heir).await, RedriveAnswer::Refused(JobState::Pending));
    assert_eq!(bench.reprioritize(heir, 0).await, ReprioritizeAnswer::Changed(JobState::Pending));
    bench.add_plain(1).await;
    bench.settle(holder, complete()).await;
    assert_eq!(bench.claim(bench.worker(), 1).await[0].claim.job, heir);
}

pub async fn an_heir_wakes_a_worker_when_it_follows(bench: Bench) {
    let (bench, holder) = running(&bench, Until::Finish).await;
    bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    let mut idle = Idle::new(&bench).await;
    idle.find_nothing().await;
    bench.second().await.settle(holder, complete()).await;
    assert!(idle.is_woken().await);
}

pub async fn an_heir_beside_a_period_follows_when_it_is_over(bench: Bench) {
    for ends in [false, true] {
        let (bench, holder) = running(&bench, Until::Period(5 * HOUR)).await;
        let heir = bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
        if ends {
            bench.settle(holder, complete()).await;
        }
        bench.advance(4 * HOUR);
        bench.promote(5).await;
        assert_eq!(bench.state(heir).await, JobState::Pending);
        bench.advance(2 * HOUR);
        bench.promote(5).await;
        assert_eq!(bench.claim_one(bench.worker()).await.claim.job, heir, "ended: {ends}");
    }
}

pub async fn an_heirs_own_period_counts_from_when_it_follows(bench: Bench) {
    let (bench, holder) = running(&bench, Until::Finish).await;
    let period = Until::Period(5 * HOUR);
    let heir = bench.add(bench.unique(period, OnConflict::KeepLatest)).await;
    bench.advance(10 * HOUR);
    bench.settle(holder, complete()).await;
    bench.advance(4 * HOUR);
    let answer = bench.enqueue(&[bench.unique(period, OnConflict::Reject)]).await[0];
    assert_eq!((answer.id, answer.acceptance), (heir, Acceptance::Conflict));
    bench.advance(HOUR);
    bench.add(bench.unique(period, OnConflict::Reject)).await;
}

pub async fn an_heir_that_has_expired_by_then_does_not_start(bench: Bench) {
    let (bench, holder) = running(&bench, Until::Finish).await;
    let expires = Some(Expiry::At(Timestamp::from_millis(bench.now().as_millis() + 1_000)));
    let heir = NewJob { expires, ..bench.unique(Until::Finish, OnConflict::KeepLatest) };
    let heir = bench.add(heir).await;
    bench.advance(HOUR);
    bench.settle(holder, complete()).await;
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    assert_eq!(bench.state(heir).await, JobState::Discarded);
    bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
}

/// Enqueues a job with the key that is newer than all others.
async fn newest(bench: &Bench, wish: OnConflict) -> Enqueued {
    bench.enqueue(&[NewJob { args: "newest".into(), ..bench.unique(Until::Finish, wish) }]).await[0]
}

/// A queue in which a job with the key runs.
async fn running(bench: &Bench, until: Until) -> (Bench, Claim) {
    let bench = bench.another_queue().await;
    bench.add(bench.unique(until, OnConflict::Reject)).await;
    // It gets all that it asks for, so it waits for nothing.
    let claim = bench.claim(bench.worker(), 1).await[0].claim;
    (bench, claim)
}
