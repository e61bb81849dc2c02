use std::collections::HashMap;

use windlass_queue::{EventPosition, NewJob, Redrive, Verdict};
use windlass_relay::{HistoryPolicies, HistoryPolicy, Payloads};
use windlass_shared::JobState;
use windlass_store::{HistoryFilter, Recording, Step, Verb};

use crate::support::{House, complete, discard, record_all, retry};

#[tokio::test]
async fn an_end_becomes_a_row_with_all_that_is_known_of_the_job() {
    let house = House::new().await;
    let tagged = NewJob {
        tenant: "acme".parse().unwrap(),
        tags: vec!["nightly".parse().unwrap()],
        args: r#"{"to":"ada"}"#.into(),
        ..house.new_job()
    };
    let job = house.end(tagged, complete()).await;
    record_all(&mut house.recorder(), &house.queue).await;
    let [row] = &house.rows().await[..] else { panic!("one row") };
    let stored = house.engine.get(&[job]).await.unwrap()[0].clone().unwrap();
    assert_eq!(
        (row.job, row.claim.get(), row.verb, row.state),
        (job, 1, Verb::Complete, JobState::Completed)
    );
    assert_eq!(Some(row.ended_at), stored.finished_at);
    assert_eq!((row.attempted_at, row.created_at), (stored.attempted_at, stored.created_at));
    assert_eq!((row.organization.as_str(), row.kind.as_str()), ("acme", "test.plain"));
    assert_eq!(row.tags, stored.tags);
    assert_eq!(row.args.as_deref(), Some(r#"{"to":"ada"}"#));
    assert_eq!(row.result.as_deref(), Some(r#"{"sent":1}"#));
    assert_eq!(row.error.as_deref(), None);
}

#[tokio::test]
async fn each_attempt_has_a_row_with_its_own_error() {
    let house = House::new().await;
    let job = house.add(house.new_job()).await;
    for verdict in [retry(), Verdict::Release, discard()] {
        let claimed = house.claim(1).await.pop().unwrap();
        house.settle(&claimed, verdict).await;
    }
    record_all(&mut house.recorder(), &house.queue).await;
    let runs = house.store.history().runs_of(job, None).await.unwrap();
    let told: Vec<_> = runs.iter().map(|row| (row.claim.get(), row.verb, row.error.as_deref())).collect();
    assert_eq!(
        told,
        [
            (1, Verb::Retry, Some("a connection broke")),
            (2, Verb::Release, None),
            (3, Verb::Discard, Some("there is no such address")),
        ]
    );
    let errors = &runs[2].details.as_ref().unwrap()["errors"];
    assert_eq!(errors[0]["message"], "a connection broke");
    assert_eq!(errors[1]["claim"], 3);
    let last = house.store.history().list(&HistoryFilter::default(), None, 10).await.unwrap();
    assert_eq!(last.iter().map(|row| row.claim.get()).collect::<Vec<_>>(), [3], "what the job came to");
}

#[tokio::test]
async fn what_was_recorded_by_a_recorder_that_died_is_not_recorded_again() {
    let house = House::new().await;
    house.complete(30).await;
    record_all(&mut house.recorder(), &house.queue).await;
    // Here one dies after the database has committed, and before the engine has forgotten.
    house.complete(30).await;
    let position = house.store.history().position(&house.queue).await.unwrap().unwrap();
    let from = position.position.map(EventPosition);
    let page = house.engine.events(&house.queue, from.as_ref(), 100).await.unwrap();
    let step = Step::Advance { from: from.map(|from| from.0), to: page.position.unwrap().0 };
    let recording =
        Recording { queue: house.queue.clone(), step, rows: Vec::new(), deleted: Vec::new(), gap: None };
    house.store.history().record(&recording, House::clock().now()).await.unwrap();
    assert_eq!(page.events.len(), 30);

    let mut next = house.recorder();
    let report = next.run_once(&house.queue).await.unwrap();
    assert_eq!((report.events, report.missed), (0, 0));
    assert_eq!(house.rows().await.len(), 30, "what its transaction wrote is all that there is of it");
    let kept = house.engine.events(&house.queue, None, 100).await.unwrap();
    assert_eq!(kept.events.len(), 0, "the engine is told what need not be kept any more");
    let late = house.complete(1).await;
    assert_eq!(next.run_once(&house.queue).await.unwrap().rows, 1);
    assert!(house.recorded().await.contains(&(late[0], 1)));
}

#[tokio::test]
async fn several_recorders_record_each_end_once() {
    let house = House::new().await;
    let mut recorders = [house.recorder(), house.recorder(), house.recorder()];
    let mut jobs = Vec::new();
    for _round in 0..5 {
        jobs.extend(house.complete(700).await);
        let [a, b, c] = &mut recorders;
        let queue = &house.queue;
        tokio::join!(record_all(a, queue), record_all(b, queue), record_all(c, queue));
    }
    jobs.sort_unstable();
    assert_eq!(house.recorded().await, jobs.into_iter().map(|job| (job, 1)).collect::<Vec<_>>());
    let position = house.store.history().position(&house.queue).await.unwrap().unwrap();
    assert_eq!((position.recorded, position.missed, position.gaps), (3_500, 0, 0));
}

#[tokio::test]
async fn what_is_deleted_leaves_the_history_too() {
    let house = House::new().await;
    let mut recorder = house.recorder();
    let jobs = house.complete(3).await;
    record_all(&mut recorder, &house.queue).await;
    house.engine.delete(&jobs[..1]).await.unwrap();
    // One that ends and is deleted before anybody has read of it.
    let brief = house.complete(1).await;
    house.engine.delete(&brief).await.unwrap();
    record_all(&mut recorder, &house.queue).await;
    let mut left: Vec<_> = jobs[1..].iter().map(|job| (*job, 1)).collect();
    left.sort_unstable();
    assert_eq!(house.recorded().await, left);
}

#[tokio::test]
async fn what_is_deleted_pages_after_its_end_is_no_gap() {
    let house = House::new().await;
    let mut recorder = house.recorder();
    let kept = house.complete(1).await;
    record_all(&mut recorder, &house.queue).await;
    let deleted = house.complete(1_500).await;
    house.engine.delete(&deleted).await.unwrap();
    assert_eq!(record_all(&mut recorder, &house.queue).await, 0);
    assert_eq!(house.recorded().await, [(kept[0], 1)]);
    assert_eq!(house.store.history().position(&house.queue).await.unwrap().unwrap().gaps, 0);
}

#[tokio::test]
async fn a_job_that_ran_again_is_known_by_each_of_its_ends() {
    let house = House::new().await;
    let mut recorder = house.recorder();
    let job = house.end(house.new_job(), discard()).await;
    record_all(&mut recorder, &house.queue).await;
    house.engine.redrive(&[Redrive { job, args: None }]).await.unwrap();
    let again = house.claim(1).await.pop().unwrap();
    house.settle(&again, complete()).await;
    record_all(&mut recorder, &house.queue).await;
    let states: Vec<_> =
        house.store.history().runs_of(job, None).await.unwrap().iter().map(|row| row.state).collect();
    assert_eq!(states, [JobState::Discarded, JobState::Completed]);
    let listed = house.store.history().list(&HistoryFilter::default(), None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|row| row.state).collect::<Vec<_>>(), [JobState::Completed]);
}

#[tokio::test]
async fn a_policy_says_what_of_a_kind_is_recorded() {
    for (default, own, expected) in [
        (HistoryPolicy::All, HistoryPolicy::None, vec!["other", "other"]),
        (HistoryPolicy::None, HistoryPolicy::Failures, vec!["own"]),
        (HistoryPolicy::Failures, HistoryPolicy::All, vec!["other", "own", "own"]),
        (HistoryPolicy::None, HistoryPolicy::None, vec![]),
    ] {
        let house = House::new().await;
        let kinds = HashMap::from([("own".parse().unwrap(), own)]);
        let mut recorder = house.recorder().policies(HistoryPolicies { default, kinds });
        for kind in ["own", "other"] {
            for verdict in [complete(), discard()] {
                house.end(NewJob { kind: kind.parse().unwrap(), ..house.new_job() }, verdict).await;
            }
        }
        record_all(&mut recorder, &house.queue).await;
        let mut kinds: Vec<_> = house.rows().await.iter().map(|row| row.kind.to_string()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, expected, "{default:?}, {own:?}");
    }
}

#[tokio::test]
async fn payloads_can_be_left_out() {
    let house = House::new().await;
    house.end(house.new_job(), complete()).await;
    record_all(&mut house.recorder().payloads(Payloads::Leave), &house.queue).await;
    let row = house.rows().await.pop().unwrap();
    assert_eq!((row.args, row.result), (None, None));
}
