use anyhow::Result;
use serde_json::json;
use windlass_shared::{ClaimNumber, JobId, JobState, QueueNumber};
use windlass_store::{JobEnd, Recorded, Recording, Step, Verb};

use crate::support::{NOW, at, on_both};

pub(crate) fn job(number: u64) -> JobId {
    JobId::new(NOW, QueueNumber::new(1), number)
}

/// How an ordinary job ends.
pub(crate) fn end(job: JobId) -> JobEnd {
    JobEnd {
        job,
        claim: ClaimNumber::new(1),
        ended_at: at(100),
        organization: "acme".parse().unwrap(),
        queue: "email".parse().unwrap(),
        kind: "email.send".parse().unwrap(),
        verb: Verb::Complete,
        state: JobState::Completed,
        attempt: 1,
        max_attempts: windlass_shared::MaxAttempts::new(5).unwrap(),
        priority: windlass_shared::Priority::default(),
        tags: vec!["a".parse().unwrap(), "b".parse().unwrap()],
        created_at: NOW,
        attempted_at: Some(at(50)),
        worker: Some("0123456789abcdef".to_owned()),
        error_reason: None,
        error: None,
        args: Some(r#"{"to":"ada"}"#.to_owned()),
        result: Some("null".to_owned()),
        details: None,
    }
}

pub(crate) fn recording(rows: Vec<JobEnd>) -> Recording {
    let step = Step::Repair { at: None };
    Recording { queue: "email".parse().unwrap(), step, rows, deleted: Vec::new(), gap: None }
}

pub(crate) fn step(from: Option<&str>, to: &str, rows: Vec<JobEnd>) -> Recording {
    let step = Step::Advance { from: from.map(str::to_owned), to: to.to_owned() };
    Recording { step, ..recording(rows) }
}

#[tokio::test]
async fn what_was_recorded_is_read_back_as_it_was() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let failed = JobEnd {
            verb: Verb::Discard,
            state: JobState::Discarded,
            error_reason: Some("timeout".to_owned()),
            error: Some("took longer than 5 s — ünïcode 🦀 'quoted' \\ %".to_owned()),
            details: Some(json!({ "log": ["a \u{0} b"], "errors": [] })),
            worker: None,
            args: None,
            result: None,
            attempted_at: None,
            tags: Vec::new(),
            ..end(job(2))
        };
        let rows = vec![end(job(1)), failed];
        assert_eq!(history.record(&recording(rows.clone()), NOW).await?, Recorded::Recorded { new: 2 });
        assert_eq!(history.latest(job(1), None).await?.as_ref(), Some(&rows[0]));
        assert_eq!(history.latest(job(2), None).await?.as_ref(), Some(&rows[1]));
        assert_eq!(history.latest(job(1), Some(&"zoo".parse()?)).await?, None, "it is somebody else's");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_character_that_a_database_cannot_hold_keeps_no_row_out() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let odd = JobEnd {
            error: Some("a\0b".to_owned()),
            args: Some(r#"{"x":"\u0000"}"#.to_owned()),
            result: Some("\0".to_owned()),
            worker: Some("\0".to_owned()),
            ..end(job(1))
        };
        let recorded = history.record(&recording(vec![odd, end(job(2))]), NOW).await?;
        assert_eq!(recorded, Recorded::Recorded { new: 2 });
        let kept = history.latest(job(1), None).await?.unwrap();
        assert_eq!(kept.error.as_deref(), Some("a\u{FFFD}b"));
        assert_eq!(kept.args.as_deref(), Some(r#"{"x":"\u0000"}"#));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_replay_adds_nothing_and_changes_nothing() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let rows: Vec<_> = (0..250).map(|number| end(job(number))).collect();
        assert_eq!(history.record(&recording(rows.clone()), NOW).await?, Recorded::Recorded { new: 250 });
        let mut again = rows.clone();
        again.push(end(job(1_000)));
        again.push(end(job(1_000)));
        again[0].error = Some("another".to_owned());
        assert_eq!(history.record(&recording(again), NOW).await?, Recorded::Recorded { new: 1 });
        assert_eq!(history.runs_of(job(0), None).await?, [rows[0].clone()]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_recording_of_many_megabytes_is_recorded_as_a_whole() -> Result<()> {
    on_both(async |store| {
        let large =
            |number| JobEnd { args: Some(format!("\"{}\"", "ü".repeat(32 * 1024))), ..end(job(number)) };
        let rows: Vec<_> = (0..200).map(large).collect();
        let recorded = store.history().record(&recording(rows.clone()), NOW).await?;
        assert_eq!(recorded, Recorded::Recorded { new: 200 });
        assert_eq!(store.history().latest(job(199), None).await?, rows.last().cloned());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_redriven_job_has_one_newest_row_whichever_row_comes_first() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let discarded = JobEnd { verb: Verb::Discard, state: JobState::Discarded, ..end(job(1)) };
        let completed = JobEnd { claim: ClaimNumber::new(2), ended_at: at(200), ..end(job(1)) };
        // Cancelled before another claim: the same claim, and a later moment.
        let cancelled =
            JobEnd { ended_at: at(150), verb: Verb::Cancel, state: JobState::Cancelled, ..end(job(1)) };
        for rows in
            [vec![cancelled.clone()], vec![discarded.clone(), completed.clone()], vec![cancelled, discarded]]
        {
            history.record(&recording(rows), NOW).await?;
        }
        let list = history.list(&windlass_store::HistoryFilter::default(), None, 10).await?;
        assert_eq!(list, [completed]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_happened_last_is_newest_even_if_its_claim_is_lower_after_a_rollback_of_the_engine() -> Result<()>
{
    on_both(async |store| {
        let history = store.history();
        for (number, together) in [(1, true), (2, false)] {
            let lost = JobEnd {
                claim: ClaimNumber::new(2),
                verb: Verb::Retry,
                state: JobState::Retryable,
                ..end(job(number))
            };
            let completed = JobEnd { ended_at: at(300), ..end(job(number)) };
            let rows = vec![lost.clone(), completed.clone()];
            let recordings =
                if together { vec![rows] } else { rows.into_iter().map(|row| vec![row]).collect() };
            for rows in recordings {
                history.record(&recording(rows), NOW).await?;
            }
            assert_eq!(history.latest(job(number), None).await?.as_ref(), Some(&completed));
            assert_eq!(history.runs_of(job(number), None).await?, [lost, completed]);
        }
        let list = history.list(&windlass_store::HistoryFilter::default(), None, 10).await?;
        let list: Vec<_> = list.iter().map(|end| (end.job, end.claim.get(), end.state)).collect();
        assert_eq!(list, [(job(2), 1, JobState::Completed), (job(1), 1, JobState::Completed)]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_deleted_job_leaves_no_row_and_no_tag_not_even_from_the_same_recording() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        history.record(&recording(vec![end(job(1)), end(job(2))]), NOW).await?;
        let removal = Recording { deleted: vec![job(1), job(3)], ..recording(vec![end(job(3))]) };
        history.record(&removal, NOW).await?;
        assert_eq!(history.latest(job(1), None).await?, None);
        assert_eq!(history.latest(job(3), None).await?, None);
        assert_eq!(history.delete(&[job(2), job(9)]).await?, 1);
        // Without its old tags, or its row would be in the way of these.
        let bare = JobEnd { tags: Vec::new(), ..end(job(1)) };
        history.record(&recording(vec![bare.clone()]), NOW).await?;
        assert_eq!(history.latest(job(1), None).await?, Some(bare));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn old_rows_are_pruned_in_portions_oldest_first() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let rows = (0..5_u32).map(|number| JobEnd { ended_at: at(number.into()), ..end(job(number.into())) });
        history.record(&recording(rows.collect()), NOW).await?;
        assert_eq!(history.prune(at(4), 3).await?, 3);
        assert_eq!(history.latest(job(2), None).await?, None);
        assert!(history.latest(job(3), None).await?.is_some());
        assert_eq!(history.prune(at(4), 3).await?, 1);
        assert_eq!(history.prune(at(4), 3).await?, 0);
        Ok(())
    })
    .await
}
