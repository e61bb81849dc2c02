//! A client hands jobs that come one at a time to the engine in company, and nobody can tell.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;
use windlass_queue::{Acceptance, Catalog, Client, EnqueueOptions, JobKind};
use windlass_shared::{JobState, SystemClock};

use crate::Bench;

const CALLERS: u32 = 300;

/// Lives in a queue of its kind, not in the one of the bench, so only ids tell which jobs are this test's.
#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Gathered {
    caller: u32,
}

impl JobKind for Gathered {
    const NAME: &'static str = "conformance.gathered";
    const QUEUE: &'static str = "conformance-gathered";
    type Output = ();
}

pub async fn jobs_that_come_one_at_a_time_from_many_are_answered_as_if_alone(bench: Bench) {
    let mut catalog = Catalog::new();
    catalog.add::<Gathered>().unwrap();
    let client = Client::new(Arc::clone(&bench.engine), Arc::new(catalog), Arc::new(SystemClock));
    let only = bench.name();
    let mut tasks = JoinSet::new();
    for caller in 0..CALLERS {
        // Every third one shares its key with the one before it.
        let key = format!("{only}-{}", if caller % 3 == 2 { caller - 1 } else { caller });
        let options = EnqueueOptions { idempotency_key: Some(key), ..EnqueueOptions::default() };
        let client = client.clone();
        tasks.spawn(async move { (caller, client.enqueue(&Gathered { caller }, options).await.unwrap()) });
    }
    let (mut new, mut ids) = (0, HashSet::new());
    for (caller, answer) in tasks.join_all().await {
        ids.insert(answer.id);
        let job = bench.get(answer.id).await;
        assert_eq!(job.state, JobState::Available);
        match answer.acceptance {
            Acceptance::New => {
                new += 1;
                assert_eq!(job.args, format!("{{\"caller\":{caller}}}"), "it is the job that was asked for");
            }
            Acceptance::Duplicate => assert_ne!(caller % 3, 0, "nobody shares its key"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((new, ids.len()), (200, 200));
}
