//! What becomes of jobs stands in the history once, whoever dies on the way there.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use windlass_queue::Job;
use windlass_shared::JobId;
use windlass_store::{Database, HistoryFilter, JobEnd, Runs, Store, StoreOptions};
use windlass_tests::{Api, EngineKind, PostgresServer, Process, System, Witness, until};

const PATIENCE: Duration = Duration::from_mins(2);
const SECRET: &str = "a secret of the tests, which is long enough";

on_each_engine!(deaths_of_recorder_and_database_lose_and_double_no_row);
on_each_engine!(what_happens_while_nobody_records_is_made_up_for);

/// Claims of jobs, each with how often it is there.
type Claims = BTreeMap<(JobId, u32), usize>;

async fn deaths_of_recorder_and_database_lose_and_double_no_row(engine: EngineKind) {
    let mut house = House::start(engine, &[]).await.unwrap();
    let mut recorder = house.recorder().unwrap();
    let _worker = house.system.worker("worker", &["--concurrency", "8"]).unwrap();
    let mut jobs = Vec::new();
    for round in 0..12 {
        jobs.extend(post(&house.api, 100).await.unwrap());
        recorder.kill().unwrap();
        recorder = house.recorder().unwrap();
        // Two at once, of which one is always in the way of the other.
        let mut rival = house.recorder().unwrap();
        if round % 4 == 3 {
            house.database.kill().unwrap();
            house.database.start_again().await.unwrap();
        }
        rival.says("the relay runs", PATIENCE).await.unwrap();
        rival.kill().unwrap();
    }
    house.assert_recorded(&jobs).await.unwrap();
}

async fn what_happens_while_nobody_records_is_made_up_for(engine: EngineKind) {
    let house = House::start(engine, &[("WINDLASS_HISTORY_MOST_EVENTS", "1000")]).await.unwrap();
    let _worker = house.system.worker("worker", &["--concurrency", "50"]).unwrap();
    let mut recorder = house.recorder().unwrap();
    let mut jobs = post(&house.api, 200).await.unwrap();
    house.assert_recorded(&jobs).await.unwrap();
    recorder.kill().unwrap();
    for _ in 0..15 {
        jobs.extend(post(&house.api, 200).await.unwrap());
    }
    ended(&house.witness, &jobs).await.unwrap();
    let mut first = house.recorder().unwrap();
    first.says("history.gap", PATIENCE).await.unwrap();
    // It dies before it has made up for everything, or after that.
    first.kill().unwrap();
    let mut second = house.recorder().unwrap();
    house.assert_recorded(&jobs).await.unwrap();
    let positions = until("the repair", PATIENCE, async || {
        let positions = house.store.history().positions().await?;
        Ok(positions.iter().all(|position| !position.needs_repair()).then_some(positions))
    })
    .await
    .unwrap();
    assert!(positions.iter().map(|position| position.missed).sum::<u64>() >= 1_000, "{positions:?}");
    second.kill().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_loses_stays_recorded_and_what_comes_after_is_recorded_too() {
    let mut house = House::start(EngineKind::Redis, &[]).await.unwrap();
    let _recorder = house.recorder().unwrap();
    let _worker = house.system.worker("worker", &["--concurrency", "8"]).unwrap();
    let kept = post(&house.api, 50).await.unwrap();
    house.assert_recorded(&kept).await.unwrap();
    let moment = house.system.redis().unwrap().moment().unwrap();
    let lost = post(&house.api, 50).await.unwrap();
    house.assert_recorded(&[kept.clone(), lost.clone()].concat()).await.unwrap();
    let redis = house.system.redis().unwrap();
    redis.kill().unwrap();
    redis.roll_back(&moment).unwrap();
    redis.start_again().await.unwrap();
    house.api.until_ready().await.unwrap();
    // More than were lost, so that their numbers are those of events which were read before.
    let later = post(&house.api, 200).await.unwrap();
    ended(&house.witness, &later).await.unwrap();
    let recorded = until("all rows", PATIENCE, async || {
        let recorded = claims(&house.rows().await?);
        Ok(later.iter().all(|job| recorded.contains_key(&(*job, 1))).then_some(recorded))
    });
    let recorded = recorded.await.unwrap();
    for job in kept.iter().chain(&lost) {
        assert_eq!(recorded.get(&(*job, 1)), Some(&1), "what was recorded stays, and once");
    }
}

/// Jobs some of whose attempts fail.
async fn post(api: &Api, count: usize) -> Result<Vec<JobId>> {
    let job = json!({
        "kind": "diagnostic.sleep",
        "args": { "ms": 1, "fail_rate": 0.2 },
        "backoff": { "type": "fixed", "wait_ms": 20 },
    });
    let jobs: Vec<Value> = vec![job; count];
    let answer = api.post("/api/v1/jobs/batch", &json!({ "jobs": jobs })).await?;
    anyhow::ensure!(answer.status == 202, "the batch was not accepted: {answer:?}");
    let ids = answer.body["jobs"].as_array().cloned().unwrap_or_default();
    ids.iter().map(|job| Ok(job["id"].as_str().unwrap_or_default().parse()?)).collect()
}

async fn ended(witness: &Witness, jobs: &[JobId]) -> Result<Vec<Job>> {
    witness
        .until("the end of all jobs", jobs, PATIENCE, |jobs| jobs.iter().all(|job| job.state.is_final()))
        .await
}

/// An installation with a database server of its own.
struct House {
    database: PostgresServer,
    system: System,
    api: Api,
    store: Store,
    witness: Witness,
}

impl House {
    async fn start(engine: EngineKind, variables: &[(&str, &str)]) -> Result<Self> {
        let database = PostgresServer::start().await?;
        let mut system = System::start(engine).await?;
        let own = [
            ("DATABASE_URL", database.url()),
            ("WINDLASS_SECRET_KEY", SECRET.to_owned()),
            // The recorder is a process of its own here, so that it can die alone.
            ("WINDLASS_WORKER_RELAY", "false".to_owned()),
        ];
        for (name, value) in &own {
            system = system.variable(name, value);
        }
        for (name, value) in variables {
            system = system.variable(name, value);
        }
        let options =
            StoreOptions::new(Database::from_url(&database.url().into())?, SECRET.to_owned().into());
        let store = Store::connect(options);
        store.migrate().await?;
        let (api, witness) = (system.api().await?, system.witness()?);
        Ok(Self { database, system, api, store, witness })
    }

    fn recorder(&self) -> Result<Process> {
        self.system.relay("relay")
    }

    /// Each claim on each of these jobs has one row, and there are no others.
    async fn assert_recorded(&self, jobs: &[JobId]) -> Result<()> {
        let ended = ended(&self.witness, jobs).await?;
        let mut expected = Claims::new();
        for job in &ended {
            expected.extend((1..=job.claims).map(|claim| ((job.id, claim), 1)));
        }
        let recorded = until("all rows", PATIENCE, async || {
            let recorded = claims(&self.rows().await?);
            Ok((recorded.len() >= expected.len()).then_some(recorded))
        })
        .await?;
        let missing: Vec<_> = expected.iter().filter(|(claim, _)| !recorded.contains_key(claim)).collect();
        assert!(missing.is_empty(), "{} of {} rows are missing: {missing:?}", missing.len(), expected.len());
        assert_eq!(recorded, expected, "none is there twice");
        Ok(())
    }

    async fn rows(&self) -> Result<Vec<JobEnd>> {
        let filter = HistoryFilter { runs: Runs::Every, ..HistoryFilter::default() };
        Ok(self.store.history().list(&filter, None, 1_000_000).await?)
    }
}

fn claims(rows: &[JobEnd]) -> Claims {
    let mut claims = Claims::new();
    for row in rows {
        *claims.entry((row.job, row.claim.get())).or_default() += 1;
    }
    claims
}
