//! Args that are too large for a job to carry, through every process that has to do with them.

use std::fs;
use std::time::Duration;

use serde_json::json;
use windlass_shared::JobState;
use windlass_tests::{EngineKind, System};

const SOON: Duration = Duration::from_secs(20);

on_each_engine!(a_mail_that_its_job_cannot_carry_is_sent_as_it_was_posted);

async fn a_mail_that_its_job_cannot_carry_is_sent_as_it_was_posted(engine: EngineKind) {
    let place = tempfile::tempdir().unwrap();
    let system = System::start(engine).await.unwrap();
    let system = system.variable("WINDLASS_BLOBS_URL", &format!("file://{}", place.path().display()));
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let text = "A long letter. ".repeat(20_000);
    let args = json!({ "to": ["ada@example.com"], "subject": "A letter", "text": text });
    let job = api.enqueue("email.send", args.clone()).await.unwrap();
    assert!(witness.job(job).await.unwrap().args.len() < 200);
    let mut worker = system.worker("worker", &[]).unwrap();
    witness.until_all(JobState::Completed, &[job], SOON).await.unwrap();
    let mail = fs::read_dir(system.data_dir().join("mailbox")).unwrap().next().unwrap().unwrap();
    assert!(mail.metadata().unwrap().len() > text.len() as u64);
    assert_eq!(api.get(&format!("/api/v1/jobs/{job}/args")).await.unwrap().body, args);
    worker.kill().unwrap();
}

#[tokio::test]
async fn redis_alone_has_no_place_for_them_and_says_so() {
    let system = System::start(EngineKind::Redis).await.unwrap();
    let api = system.api().await.unwrap();
    let job = json!({ "kind": "email.send", "args": { "to": ["ada@example.com"], "subject": "A letter",
        "text": "A long letter. ".repeat(20_000) } });
    let answer = api.post("/api/v1/jobs", &job).await.unwrap();
    assert_eq!((answer.status, answer.body["limit_bytes"].as_u64()), (413, Some(64 << 10)), "{answer:?}");
}
