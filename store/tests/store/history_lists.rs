use anyhow::Result;
use windlass_shared::{ClaimNumber, JobState};
use windlass_store::{HistoryCursor, HistoryFilter, JobEnd, Runs, Store, Verb};

use crate::history::{end, job, recording};
use crate::support::{NOW, at, on_both};

/// Three attempts of job 1, of which the last one is recorded first; two other jobs; one of somebody else.
async fn fill(store: &Store) -> Result<()> {
    let retried = |claim: u32| JobEnd {
        claim: ClaimNumber::new(claim),
        ended_at: at(i64::from(claim) * 10),
        verb: Verb::Retry,
        state: JobState::Retryable,
        error: Some(format!("attempt {claim} FAILED: 50% of_it")),
        ..end(job(1))
    };
    let last = JobEnd { claim: ClaimNumber::new(3), ended_at: at(30), ..end(job(1)) };
    let history = store.history();
    history.record(&recording(vec![last]), NOW).await?;
    history.record(&recording(vec![retried(2), retried(1)]), NOW).await?;
    let discarded = JobEnd {
        ended_at: at(40),
        verb: Verb::Discard,
        state: JobState::Discarded,
        error: Some("connection refused".to_owned()),
        kind: "report.build".parse()?,
        queue: "reports".parse()?,
        tags: vec!["b".parse()?, "c".parse()?],
        ..end(job(2))
    };
    let waiting = JobEnd { ended_at: at(50), verb: Verb::Retry, state: JobState::Retryable, ..end(job(3)) };
    let foreign = JobEnd { ended_at: at(60), organization: "zoo".parse()?, ..end(job(4)) };
    history.record(&recording(vec![discarded, waiting, foreign]), NOW).await?;
    Ok(())
}

async fn found(store: &Store, filter: HistoryFilter) -> Result<Vec<u64>> {
    let ends = store.history().list(&filter, None, 100).await?;
    Ok(ends.iter().map(|end| (1..5).find(|number| job(*number) == end.job).unwrap()).collect())
}

fn all() -> HistoryFilter {
    HistoryFilter { organization: Some("acme".parse().unwrap()), ..HistoryFilter::default() }
}

#[tokio::test]
async fn a_list_shows_what_jobs_came_to_unless_every_run_is_wanted() -> Result<()> {
    on_both(async |store| {
        fill(&store).await?;
        assert_eq!(found(&store, all()).await?, [2, 1]);
        assert_eq!(found(&store, HistoryFilter { runs: Runs::Latest, ..all() }).await?, [3, 2, 1]);
        assert_eq!(found(&store, HistoryFilter { runs: Runs::Every, ..all() }).await?, [3, 2, 1, 1, 1]);
        assert_eq!(found(&store, HistoryFilter::default()).await?, [4, 2, 1], "an operator sees all");
        let runs = store.history().runs_of(job(1), None).await?;
        assert_eq!(runs.iter().map(|run| run.claim.get()).collect::<Vec<_>>(), [1, 2, 3]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_are_found_by_state_queue_kind_tag_time_and_the_text_of_the_error() -> Result<()> {
    on_both(async |store| {
        fill(&store).await?;
        let error = |text: &str| HistoryFilter { error: Some(text.to_owned()), runs: Runs::Every, ..all() };
        for (filter, expected) in [
            (HistoryFilter { states: vec![JobState::Discarded], ..all() }, vec![2]),
            (HistoryFilter { states: vec![JobState::Discarded, JobState::Completed], ..all() }, vec![2, 1]),
            (HistoryFilter { queues: vec!["reports".parse()?], ..all() }, vec![2]),
            (HistoryFilter { kinds: vec!["email.send".parse()?], ..all() }, vec![1]),
            (HistoryFilter { tags: vec!["b".parse()?], ..all() }, vec![2, 1]),
            (HistoryFilter { tags: vec!["b".parse()?, "a".parse()?], ..all() }, vec![1]),
            (HistoryFilter { tags: vec!["nothing".parse()?], ..all() }, vec![]),
            (HistoryFilter { tags: vec!["a".parse()?], ..HistoryFilter::default() }, vec![4, 1]),
            (HistoryFilter { from: Some(at(31)), ..all() }, vec![2]),
            (HistoryFilter { until: Some(at(40)), ..all() }, vec![1]),
            (error("failed"), vec![1, 1]),
            (error("Refused"), vec![2]),
            (error("50% OF_IT"), vec![1, 1]),
            (error("5_%"), vec![]),
            (error("\0"), vec![]),
        ] {
            assert_eq!(found(&store, filter.clone()).await?, expected, "{filter:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn pages_go_over_everything_once_even_where_moments_are_the_same() -> Result<()> {
    on_both(async |store| {
        let rows: Vec<_> = (0..25_u32)
            .map(|number| JobEnd { ended_at: at((number / 10).into()), ..end(job(number.into())) })
            .collect();
        store.history().record(&recording(rows), NOW).await?;
        for filter in [all(), HistoryFilter { tags: vec!["a".parse()?], ..all() }] {
            let mut cursor: Option<HistoryCursor> = None;
            let mut seen = Vec::new();
            loop {
                let page = store.history().list(&filter, cursor.as_ref(), 7).await?;
                let Some(last) = page.last() else { break };
                cursor = Some(last.cursor().to_string().parse()?);
                seen.extend(page.iter().map(|end| (end.ended_at, end.job)));
            }
            assert_eq!(seen.len(), 25);
            assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
        }
        Ok(())
    })
    .await
}
