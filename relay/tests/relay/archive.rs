use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use windlass_queue::{Engine, JobFilter, LogLine, NewJob, Progress, Report, Retention, Verdict};
use windlass_relay::{Archive, ArchiveCursor, ArchiveFilter, Found, Source};
use windlass_shared::{JobId, JobState, Percent, Timestamp};

use crate::support::{House, complete, discard, record_all, retry};

#[tokio::test]
async fn a_job_that_the_engine_has_forgotten_is_found_as_it_was() {
    let house = House::new().await;
    let job = house.add(NewJob { tags: vec!["nightly".parse().unwrap()], ..house.new_job() }).await;
    let first = house.claim(1).await.pop().unwrap();
    house.settle(&first, retry()).await;
    let second = house.claim(1).await.pop().unwrap();
    let log = vec![LogLine { at: Timestamp::from_millis(7), attempt: 2, line: "hello".to_owned() }];
    let progress = Some(Progress { percent: Percent::saturating(40), message: Some("half way".to_owned()) });
    house.engine.report(&[Report { claim: second.claim, progress, log }]).await.unwrap();
    house.settle(&second, discard()).await;
    record_all(&mut house.recorder(), &house.queue).await;
    let archive = archive(&house);
    let held = archive.job(job).await.unwrap().unwrap();
    assert_eq!(held.source, Source::Queue);
    forget(&house).await;
    let past = archive.job(job).await.unwrap().unwrap();
    assert_eq!(past.source, Source::History);
    assert_eq!(past.job, held.job);
    assert_eq!(archive.runs(job).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_listing_goes_from_what_is_held_to_what_is_past_and_shows_each_job_once() {
    let house = House::new().await;
    let archive = archive(&house);
    let past = house.complete(30).await;
    record_all(&mut house.recorder(), &house.queue).await;
    forget(&house).await;
    let ended = house.complete(5).await;
    record_all(&mut house.recorder(), &house.queue).await;
    let waiting = house.add(house.new_job()).await;
    for (state, expected) in [
        (None, [&past[..], &ended[..], &[waiting][..]].concat()),
        (Some(JobState::Completed), [&past[..], &ended[..]].concat()),
        (Some(JobState::Available), vec![waiting]),
        (Some(JobState::Cancelled), vec![]),
    ] {
        let jobs = JobFilter { state, ..JobFilter::default() };
        let listed = all(&archive, &ArchiveFilter { jobs, ..ArchiveFilter::default() }, 4).await;
        let ids: Vec<_> = listed.iter().map(|found| found.job.id).collect();
        assert_eq!(ids.len(), expected.len(), "{state:?}: each once");
        assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), expected.into_iter().collect(), "{state:?}");
    }
}

#[tokio::test]
async fn what_is_past_is_found_by_what_is_asked_for() {
    let house = House::new().await;
    let acme = house.end(NewJob { tenant: "acme".parse().unwrap(), ..house.new_job() }, complete()).await;
    let other =
        house.end(NewJob { kind: "test.other".parse().unwrap(), ..house.new_job() }, complete()).await;
    let tagged =
        house.end(NewJob { tags: vec!["vip".parse().unwrap()], ..house.new_job() }, complete()).await;
    let failed = house.end(house.new_job(), discard()).await;
    let cancelled = house.end(house.new_job(), Verdict::Cancel).await;
    record_all(&mut house.recorder(), &house.queue).await;
    let ended_at = house.engine.get(&[failed]).await.unwrap()[0].as_ref().unwrap().finished_at.unwrap();
    forget(&house).await;
    let jobs = JobFilter::default;
    let of = |jobs| ArchiveFilter { jobs, ..ArchiveFilter::default() };
    for (filter, expected) in [
        (of(JobFilter { tenant: Some("acme".parse().unwrap()), ..jobs() }), vec![acme]),
        (of(JobFilter { kind: Some("test.other".parse().unwrap()), ..jobs() }), vec![other]),
        (of(JobFilter { tag: Some("vip".parse().unwrap()), ..jobs() }), vec![tagged]),
        (of(JobFilter { state: Some(JobState::Cancelled), ..jobs() }), vec![cancelled]),
        (of(JobFilter { queue: Some("elsewhere".parse().unwrap()), ..jobs() }), vec![]),
        (of(JobFilter { created_from: Some(Timestamp::LATEST), ..jobs() }), vec![]),
        (ArchiveFilter { error: Some("SUCH ADDRESS".to_owned()), ..of(jobs()) }, vec![failed]),
        (ArchiveFilter { error: Some("100%".to_owned()), ..of(jobs()) }, vec![]),
        (ArchiveFilter { finished_before: Some(Timestamp::from_millis(1)), ..of(jobs()) }, vec![]),
        (
            ArchiveFilter {
                finished_from: Some(ended_at),
                finished_before: Some(ended_at.plus(Duration::from_hours(1))),
                jobs: JobFilter { state: Some(JobState::Discarded), ..jobs() },
                error: None,
            },
            vec![failed],
        ),
    ] {
        let listed = all(&archive(&house), &filter, 10).await;
        assert_eq!(listed.iter().map(|found| found.job.id).collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn what_may_not_be_shown_is_passed_over() {
    let house = House::new().await;
    let jobs = house.complete(9).await;
    record_all(&mut house.recorder(), &house.queue).await;
    forget(&house).await;
    let one = jobs[4];
    let page = archive(&house).list(&ArchiveFilter::default(), &|job| job.id == one, None, 3).await.unwrap();
    assert_eq!(page.jobs.iter().map(|found| found.job.id).collect::<Vec<_>>(), [one]);
}

#[test]
fn a_cursor_is_read_as_it_was_written() {
    let job = JobId::from_bytes([7; 16]);
    for text in ["h", "qtest/6/3", "q", &format!("h1700000000000.3.{job}")] {
        assert_eq!(text.parse::<ArchiveCursor>().unwrap().to_string(), text);
    }
    for wrong in ["", "x", "hello", "h1.2", "7"] {
        assert!(wrong.parse::<ArchiveCursor>().is_err(), "{wrong:?}");
    }
}

fn archive(house: &House) -> Archive {
    Archive::new(Arc::clone(&house.engine), house.store.history())
}

/// Every job that matches, by pages of this size.
async fn all(archive: &Archive, filter: &ArchiveFilter, most: usize) -> Vec<Found> {
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let page = archive.list(filter, &|_| true, next, most).await.unwrap();
        assert!(page.jobs.len() <= most);
        found.extend(page.jobs);
        next = page.next.map(|next| next.to_string().parse().unwrap());
        if next.is_none() {
            return found;
        }
    }
}

/// Has the engine forget what has ended.
async fn forget(house: &House) {
    let nothing = Retention { completed_most: 0, failed_most: 0, ..Retention::default() };
    let engine: &dyn Engine = house.engine.as_ref();
    while engine.prune(&house.queue, &nothing, 500).await.unwrap() > 0 {}
}
