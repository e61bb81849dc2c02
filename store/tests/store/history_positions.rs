use anyhow::Result;
use windlass_store::{Gap, Recorded, Recording, Step};

use crate::history::{end, job, recording, step};
use crate::support::{NOW, at, on_both};

#[tokio::test]
async fn of_two_readers_at_one_position_one_is_overtaken_and_leaves_nothing() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let queue = "email".parse()?;
        assert_eq!(history.position(&queue).await?, None);
        let first = step(None, "5-0", vec![end(job(1))]);
        assert_eq!(history.record(&first, NOW).await?, Recorded::Recorded { new: 1 });
        let overtaken = Recorded::Overtaken { position: Some("5-0".to_owned()) };
        let late = step(None, "9-0", vec![end(job(2))]);
        assert_eq!(history.record(&late, NOW).await?, overtaken);
        assert_eq!(history.record(&first, NOW).await?, overtaken, "an answer that was lost");
        assert_eq!(history.latest(job(2), None).await?, None);

        let second = step(Some("5-0"), "7-0", vec![end(job(3)), end(job(1))]);
        assert_eq!(history.record(&second, at(1)).await?, Recorded::Recorded { new: 1 });
        let position = history.position(&queue).await?.unwrap();
        assert_eq!(position.position.as_deref(), Some("7-0"));
        assert_eq!((position.recorded, position.moved_at), (2, at(1)));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_many_readers_that_record_at_the_same_time_one_moves_the_position() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let steps: Vec<_> =
            (0..8).map(|reader| step(None, &format!("{reader}-1"), vec![end(job(reader))])).collect();
        let answers =
            futures_util::future::try_join_all(steps.iter().map(|step| history.record(step, NOW))).await?;
        let recorded = answers.iter().filter(|answer| **answer == Recorded::Recorded { new: 1 }).count();
        assert_eq!(recorded, 1, "{answers:?}");
        assert_eq!(history.position(&"email".parse()?).await?.unwrap().recorded, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn gaps_and_repairs_are_counted_and_a_repair_moves_nothing() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let queue = "email".parse()?;
        let gap = Some(Gap { missed: 40, at: at(7) });
        let repair = Recording { gap, ..recording(vec![end(job(1)), end(job(2))]) };
        assert_eq!(history.record(&repair, NOW).await?, Recorded::Recorded { new: 2 });
        let position = history.position(&queue).await?.unwrap();
        assert_eq!(position.position, None);
        assert_eq!((position.missed, position.gaps, position.repaired, position.recorded), (40, 1, 2, 0));
        assert_eq!(position.last_gap_at, Some(at(7)));
        // A first reader finds nobody's position there.
        let first = step(None, "1-0", vec![]);
        assert_eq!(history.record(&first, NOW).await?, Recorded::Recorded { new: 0 });
        assert_eq!(history.positions().await?.len(), 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_repair_of_a_position_that_has_moved_meanwhile_leaves_nothing() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let queue = "email".parse()?;
        let repair = |at: Option<&str>| Step::Repair { at: at.map(str::to_owned) };
        let early = Recording { step: repair(None), ..recording(vec![end(job(1))]) };
        assert_eq!(history.record(&early, NOW).await?, Recorded::Recorded { new: 1 });
        history.record(&step(None, "5-0", vec![]), NOW).await?;

        // The job was deleted by the events up to here; who looked at it before would bring it back.
        let removal = Recording { deleted: vec![job(2)], ..step(Some("5-0"), "7-0", vec![]) };
        history.record(&removal, NOW).await?;
        for at in [None, Some("5-0")] {
            let gap = Some(Gap { missed: 1, at: NOW });
            let stale =
                Recording { step: repair(at), gap, deleted: vec![job(1)], ..recording(vec![end(job(2))]) };
            let overtaken = Recorded::Overtaken { position: Some("7-0".to_owned()) };
            assert_eq!(history.record(&stale, NOW).await?, overtaken);
        }
        assert_eq!(history.latest(job(2), None).await?, None);
        assert!(history.latest(job(1), None).await?.is_some());
        let current = Recording { step: repair(Some("7-0")), ..recording(vec![end(job(3))]) };
        assert_eq!(history.record(&current, NOW).await?, Recorded::Recorded { new: 1 });
        let position = history.position(&queue).await?.unwrap();
        assert_eq!((position.position.as_deref(), position.repaired, position.gaps), (Some("7-0"), 2, 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_gap_that_was_noticed_during_a_repair_needs_another_one_whatever_the_clocks_say() -> Result<()> {
    on_both(async |store| {
        let history = store.history();
        let queue = "email".parse()?;
        let lost = async |millis| {
            let gap = Some(Gap { missed: 1, at: at(millis) });
            history.record(&Recording { gap, ..recording(vec![]) }, NOW).await
        };
        lost(10).await?;
        let before = history.position(&queue).await?.unwrap();
        assert!(before.needs_repair());
        // By the clock of a machine that is behind.
        lost(-3_600_000).await?;
        history.repaired(&queue, before.gaps).await?;
        let after = history.position(&queue).await?.unwrap();
        assert_eq!((after.gaps, after.repaired_gaps, after.needs_repair()), (2, 1, true));

        history.repaired(&queue, after.gaps).await?;
        // A repair that began earlier, and came to its end later.
        history.repaired(&queue, before.gaps).await?;
        let position = history.position(&queue).await?.unwrap();
        assert_eq!((position.repaired_gaps, position.needs_repair()), (2, false));
        Ok(())
    })
    .await
}
