//! A job reads back as it was written, and everything that grows is bounded.

use std::time::Duration;

use windlass_queue::{
    AttemptError, Fenced, Job, LogLine, MAX_ERRORS, MAX_LOG_LINES, MAX_PAYLOAD_BYTES, MAX_TAGS, NewJob,
    Progress, Records, Report, Verdict, When,
};
use windlass_shared::{Claim, JobId, JobState, MaxAttempts, Percent, Priority, QueueNumber, Tag};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{as_given, complete, failure, retry};

pub async fn a_job_reads_back_as_it_was_enqueued(bench: Bench) {
    let new = elaborate(&bench);
    let before = bench.now();
    bench.add(new.clone()).await;
    let job = bench.get(new.id).await;
    assert!(job.created_at.since(before) < HOUR && job.run_at == job.created_at, "{job:?}");
    let expected = Job {
        id: new.id,
        queue: new.queue,
        kind: new.kind,
        tenant: new.tenant,
        state: JobState::Available,
        priority: new.priority,
        attempt: 0,
        max_attempts: new.max_attempts,
        claims: 0,
        deaths: 0,
        alone: false,
        cancel_requested: false,
        timeout: new.timeout,
        tags: new.tags,
        args: new.args,
        created_at: job.created_at,
        run_at: job.run_at,
        attempted_at: None,
        finished_at: None,
        worker: None,
        progress: Progress::default(),
        result: None,
        errors: Vec::new(),
        log: Vec::new(),
        backoff: new.backoff,
        expires_at: None,
        limit_key: new.limit_key,
        unique: new.unique,
        batch: new.batch,
        records: Records::default(),
    };
    assert_eq!(job, expected);
}

pub async fn a_claimed_job_carries_all_that_a_worker_needs(bench: Bench) {
    let (new, worker) = (elaborate(&bench), bench.worker());
    bench.add(new.clone()).await;
    let claimed = bench.claim_one(worker).await;
    let job = bench.get(new.id).await;
    assert_eq!((claimed.claim.job, claimed.claim.token.worker, job.worker), (new.id, worker, Some(worker)));
    assert_eq!((claimed.kind, claimed.tenant, claimed.priority), (new.kind, new.tenant, new.priority));
    assert_eq!((claimed.attempt, claimed.max_attempts), (1, new.max_attempts));
    assert_eq!((claimed.deaths, claimed.suspect, claimed.timeout), (0, false, new.timeout));
    assert_eq!((claimed.tags, claimed.args), (new.tags, new.args));
    assert_eq!((claimed.created_at, Some(claimed.attempted_at)), (job.created_at, job.attempted_at));
    assert_eq!((job.claims, job.attempt), (claimed.claim.token.number.get(), 1));
}

pub async fn arguments_and_results_are_kept_to_the_byte(bench: Bench) {
    let big = format!("\"{}\"", "ü".repeat(MAX_PAYLOAD_BYTES / 2 - 1));
    assert_eq!(big.len(), MAX_PAYLOAD_BYTES);
    for args in ["null", "{}", r#" { "b" : 1, "a" : [ 1.0, 1e300, "\u0000", "👩‍🚀\r\n" ] } "#, &big] {
        let args = bytes::Bytes::copy_from_slice(args.as_bytes());
        let job = bench.add(NewJob { args: args.clone(), ..bench.new_job() }).await;
        let claimed = bench.claim_one(bench.worker()).await;
        assert_eq!(claimed.args, args);
        bench
            .settle(claimed.claim, Verdict::Complete { result: Some(args.clone()), children: Vec::new() })
            .await;
        let job = bench.get(job).await;
        assert_eq!((job.args, job.result), (args.clone(), Some(args)));
    }
}

pub async fn the_ends_of_every_range_are_kept(bench: Bench) {
    for (level, attempts, timeout) in
        [(0, 1, Duration::from_millis(1)), (9, 1_000, 24 * HOUR), (4, 256, Duration::from_millis(86_399_999))]
    {
        let new = NewJob {
            priority: Priority::new(level).unwrap(),
            max_attempts: MaxAttempts::new(attempts).unwrap(),
            timeout,
            ..bench.new_job()
        };
        let job = bench.get(bench.add(new.clone()).await).await;
        assert_eq!((job.priority, job.max_attempts), (new.priority, new.max_attempts));
        assert_eq!(job.timeout, timeout);
    }
}

pub async fn jobs_are_looked_up_in_the_order_of_the_question(bench: Bench) {
    let other = bench.another_queue().await;
    let (here, there) = (bench.add_plain(2).await, other.add_plain(1).await);
    let elsewhere = JobId::new(bench.now(), QueueNumber::new(u16::MAX), 1);
    let asked = [here[1], bench.unused_id(), there[0], elsewhere, here[0], here[1]];
    let found = bench.engine.get(&asked).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|job| job.map(|job| job.id)).collect();
    let expected = [Some(here[1]), None, Some(there[0]), None, Some(here[0]), Some(here[1])];
    assert_eq!(found, expected);
}

pub async fn progress_and_log_are_kept(bench: Bench) {
    let claim = running(&bench).await;
    let progress =
        Progress { percent: Percent::saturating(40), message: Some("Seite 2 von 5 …".to_owned()) };
    let log = vec![line(&bench, "began"), line(&bench, "Ümläute")];
    report(&bench, claim, Some(progress.clone()), log.clone()).await;
    let more = line(&bench, "still there");
    report(&bench, claim, None, vec![more.clone()]).await;
    let job = bench.get(claim.job).await;
    assert_eq!(job.progress, progress, "a report without progress leaves it");
    assert_eq!(job.log, [log, vec![more]].concat());
    let last = Progress { percent: Percent::saturating(100), message: None };
    report(&bench, claim, Some(last.clone()), Vec::new()).await;
    bench.settle(claim, complete()).await;
    let job = bench.get(claim.job).await;
    assert_eq!((job.progress, job.log.len()), (last, 3));
}

pub async fn a_log_outlives_its_attempt(bench: Bench) {
    let claim = running(&bench).await;
    report(&bench, claim, None, vec![line(&bench, "first attempt")]).await;
    bench.settle(claim, retry(Duration::ZERO)).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    let second = LogLine { attempt: 2, ..line(&bench, "second attempt") };
    report(&bench, claim, None, vec![second.clone()]).await;
    let log = bench.get(claim.job).await.log;
    assert_eq!((log.len(), log.last()), (2, Some(&second)));
}

pub async fn a_log_keeps_its_newest_lines(bench: Bench) {
    let claim = running(&bench).await;
    let lines: Vec<_> = (0..MAX_LOG_LINES + 250).map(|n| line(&bench, &format!("line {n}"))).collect();
    for chunk in lines.chunks(100) {
        report(&bench, claim, None, chunk.to_vec()).await;
    }
    assert_eq!(bench.get(claim.job).await.log, lines[250..]);
    report(&bench, claim, None, lines.clone()).await;
    assert_eq!(bench.get(claim.job).await.log, lines[250..], "one report may be longer than a log");
}

pub async fn the_newest_errors_are_kept(bench: Bench) {
    let worker = bench.worker();
    let max_attempts = MaxAttempts::new(1_000).unwrap();
    let job = bench.add(NewJob { max_attempts, ..bench.new_job() }).await;
    let mut errors = Vec::new();
    for attempt in 1..=u16::try_from(MAX_ERRORS + 5).unwrap() {
        let claimed = bench.claim_one(worker).await;
        assert_eq!(claimed.attempt, attempt);
        let error = AttemptError { attempt, ..failure(&format!("failure {attempt}")) };
        let verdict = Verdict::Retry { after: Duration::ZERO, error: error.clone() };
        bench.settle(claimed.claim, verdict).await;
        errors.push(error);
    }
    assert_eq!(as_given(bench.get(job).await.errors), errors[5..]);
}

pub async fn reports_of_several_jobs_are_answered_in_their_order(bench: Bench) {
    let (left, lost, right) = (running(&bench).await, running(&bench).await, running(&bench).await);
    bench.lose(lost).await;
    let percent = |percent| Some(Progress { percent: Percent::saturating(percent), message: None });
    let reports = [(left, 1), (lost, 2), (right, 3)].map(|(claim, done)| Report {
        claim,
        progress: percent(done),
        log: Vec::new(),
    });
    let answers = bench.engine.report(&reports).await.unwrap();
    assert_eq!(answers, [Fenced::Applied, Fenced::Stale, Fenced::Applied]);
    for (claim, done) in [(left, 1), (lost, 0), (right, 3)] {
        assert_eq!(bench.get(claim.job).await.progress.percent.get(), done);
    }
}

pub async fn a_scheduled_job_reads_with_the_time_it_waits_for(bench: Bench) {
    let job = bench.add(NewJob { when: When::After(HOUR), ..bench.new_job() }).await;
    let job = bench.get(job).await;
    assert_eq!(job.run_at, job.created_at.plus(HOUR));
}

fn elaborate(bench: &Bench) -> NewJob {
    let tag = |number: usize| -> Tag { format!("{number:02}{}", "x".repeat(62)).parse().unwrap() };
    NewJob {
        kind: "conformance.elaborate_Kind-1".parse().unwrap(),
        tenant: "org-42.example".parse().unwrap(),
        priority: Priority::new(3).unwrap(),
        max_attempts: MaxAttempts::new(321).unwrap(),
        timeout: Duration::from_millis(12_345),
        tags: (0..MAX_TAGS).map(tag).collect(),
        args: r#"{"to":"ada@example.com","name":"Ada 👋","{x}":[null,true]}"#.into(),
        ..bench.new_job()
    }
}

async fn running(bench: &Bench) -> Claim {
    bench.add_plain(1).await;
    bench.claim_one(bench.worker()).await.claim
}

fn line(bench: &Bench, line: &str) -> LogLine {
    LogLine { at: bench.now(), attempt: 1, line: line.to_owned() }
}

async fn report(bench: &Bench, claim: Claim, progress: Option<Progress>, log: Vec<LogLine>) {
    let answers = bench.engine.report(&[Report { claim, progress, log }]).await.unwrap();
    assert_eq!(answers, [Fenced::Applied]);
}
