//! A Redis Cluster of three nodes.

use std::iter::repeat_n;
use std::time::Duration;

use serde_json::json;
use windlass_shared::JobState;
use windlass_tests::{System, redis_cluster_urls};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_several_queues_complete_on_a_redis_cluster() {
    let system = System::on_redis(redis_cluster_urls().unwrap()).unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let _worker = system.worker("worker", &[]).unwrap();
    let mail = json!({ "to": ["ada@example.com"], "subject": "Hello", "text": "Hi." });
    let mut ids = api.enqueue_all("email.send", repeat_n(mail, 25)).await.unwrap();
    ids.extend(api.enqueue_all("diagnostic.sleep", repeat_n(json!({ "ms": 20 }), 25)).await.unwrap());

    let jobs = witness.until_all(JobState::Completed, &ids, SOON).await.unwrap();
    assert!(jobs.iter().all(|job| (job.claims, job.attempt) == (1, 1)));
    let mut queues: Vec<_> = jobs.iter().map(|job| job.queue.as_str()).collect();
    queues.dedup();
    assert_eq!(queues.len(), 2);
    assert_eq!(system.data_dir().join("mailbox").read_dir().unwrap().count(), 25);
}
