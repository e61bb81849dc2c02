use windlass_queue::{LogLine, NewJob, Report, Verdict};
use windlass_shared::{JobId, MaxAttempts, Timestamp};
use windlass_store::Verb;

use crate::support::{House, complete, discard, record_all, retry};

#[tokio::test]
async fn what_was_lost_past_the_bound_is_counted_and_made_up_for_from_retained_jobs() {
    let house = House::new().await;
    house.engine.bound_events(&house.queue, 256).await.unwrap();
    let mut recorder = house.recorder();
    let mut expected: Vec<(JobId, u32)> = house.complete(10).await.into_iter().map(|job| (job, 1)).collect();
    record_all(&mut recorder, &house.queue).await;
    // Nobody records now.
    expected.extend(failing(&house).await);
    expected.extend(house.complete(3_000).await.into_iter().map(|job| (job, 1)));
    let missed = record_all(&mut recorder, &house.queue).await;
    assert!((2_000..3_000).contains(&missed), "{missed}");
    let before = house.store.history().position(&house.queue).await.unwrap().unwrap();
    assert_eq!((before.missed, before.gaps, before.needs_repair()), (missed, 1, true));

    let repaired = house.recorder().repair(&house.queue).await.unwrap();
    expected.sort_unstable();
    assert_eq!(house.recorded().await, expected);
    let after = house.store.history().position(&house.queue).await.unwrap().unwrap();
    assert_eq!((after.needs_repair(), after.repaired), (false, repaired));
    assert_eq!(after.recorded + after.repaired, expected.len() as u64);
    assert_eq!(house.recorder().repair(&house.queue).await.unwrap(), 0, "there is nothing left to repair");
}

#[tokio::test]
async fn a_repaired_row_is_the_row_that_would_have_been_recorded() {
    let house = House::new().await;
    for verdict in [complete(), discard(), Verdict::Cancel] {
        house.end(house.new_job(), verdict).await;
    }
    failing(&house).await;
    record_all(&mut house.recorder(), &house.queue).await;
    let recorded = house.rows().await;
    let (mut verbs, jobs): (Vec<_>, Vec<_>) = recorded.iter().map(|row| (row.verb, row.job)).unzip();
    verbs.sort_unstable_by_key(|verb| verb.as_str());
    assert_eq!(
        verbs,
        [
            Verb::Cancel,
            Verb::Complete,
            Verb::Complete,
            Verb::Discard,
            Verb::Discard,
            Verb::Retry,
            Verb::Retry,
            Verb::Retry
        ]
    );
    house.store.history().delete(&jobs).await.unwrap();
    // So many events that some are dropped, and the next recorder finds a gap.
    house.engine.bound_events(&house.queue, 0).await.unwrap();
    house.complete(512).await;
    record_all(&mut house.recorder(), &house.queue).await;
    house.recorder().repair(&house.queue).await.unwrap();
    let mut repaired = house.rows().await;
    repaired.retain(|row| jobs.contains(&row.job));
    // What is only known of the newest attempt of a job is not known any more of those before it.
    for (recorded, repaired) in recorded.iter().zip(&mut repaired) {
        if repaired.verb == Verb::Retry {
            assert_eq!(repaired.worker, None);
            repaired.worker.clone_from(&recorded.worker);
            repaired.attempted_at = recorded.attempted_at;
        }
    }
    assert_eq!(repaired, recorded);
}

#[tokio::test]
async fn what_waits_to_be_recorded_is_left_to_that() {
    let house = House::new().await;
    house.engine.bound_events(&house.queue, 0).await.unwrap();
    let lost = house.complete(600).await;
    record_all(&mut house.recorder(), &house.queue).await;
    house.engine.bound_events(&house.queue, 1_000_000).await.unwrap();
    // So that nothing that was lost ended in the same millisecond.
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    let waiting = failing(&house).await;
    house.recorder().repair(&house.queue).await.unwrap();
    assert_eq!(house.rows().await.len(), lost.len());
    record_all(&mut house.recorder(), &house.queue).await;
    assert_eq!(house.rows().await.len(), lost.len() + waiting.len());
    let workers = house.rows().await.iter().filter(|row| row.worker.is_some()).count();
    assert!(workers > lost.len(), "it was recorded with all that is known");
}

#[tokio::test]
async fn failed_attempts_of_jobs_that_have_not_ended_are_found_again_too() {
    let house = House::new().await;
    house.engine.bound_events(&house.queue, 0).await.unwrap();
    let job = house.add(house.new_job()).await;
    let claimed = house.claim(1).await.pop().unwrap();
    house.settle(&claimed, retry()).await;
    house.claim(1).await;
    house.complete(600).await;
    record_all(&mut house.recorder(), &house.queue).await;
    house.recorder().repair(&house.queue).await.unwrap();
    let runs = house.store.history().runs_of(job, None).await.unwrap();
    assert_eq!(runs.iter().map(|row| (row.claim.get(), row.verb)).collect::<Vec<_>>(), [(1, Verb::Retry)]);
}

#[tokio::test]
async fn who_begins_to_record_late_finds_what_is_still_there() {
    let house = House::new().await;
    house.engine.bound_events(&house.queue, 0).await.unwrap();
    let jobs = house.complete(600).await;
    record_all(&mut house.recorder(), &house.queue).await;
    house.recorder().repair(&house.queue).await.unwrap();
    assert_eq!(house.rows().await.len(), jobs.len());
}

/// A job that succeeds with its third attempt, and one that fails with its second and last one.
async fn failing(house: &House) -> Vec<(JobId, u32)> {
    let saved = house.add(house.new_job()).await;
    for verdict in [retry(), retry(), complete()] {
        let claimed = house.claim(1).await.pop().unwrap();
        house.settle(&claimed, verdict).await;
    }
    let lost = NewJob { max_attempts: MaxAttempts::after_retries(1), ..house.new_job() };
    let lost = house.add(lost).await;
    for verdict in [retry(), discard()] {
        let claimed = house.claim(1).await.pop().unwrap();
        let log = vec![LogLine { at: Timestamp::from_millis(7), attempt: 1, line: "hello".to_owned() }];
        house.engine.report(&[Report { claim: claimed.claim, progress: None, log }]).await.unwrap();
        house.settle(&claimed, verdict).await;
    }
    vec![(saved, 1), (saved, 2), (saved, 3), (lost, 1), (lost, 2)]
}
