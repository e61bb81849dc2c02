//! Jobs that an earlier version accepted, and whose args mean nothing to this one.

use std::time::Duration;

use serde_json::json;
use windlass_queue::{ErrorReason, NewJob};
use windlass_shared::JobState;
use windlass_shared::{Clock, Entropy, JobId, MaxAttempts, SystemClock};
use windlass_tests::{EngineKind, System, Witness};

const SOON: Duration = Duration::from_secs(10);

/// Puts a job on its queue past every check of its args.
async fn smuggle(witness: &Witness, queue: &str, kind: &str, args: &'static str) -> JobId {
    let (engine, queue) = (witness.engine(), queue.parse().unwrap());
    let number = engine.queue_number(&queue).await.unwrap();
    let job = NewJob {
        max_attempts: MaxAttempts::new(3).unwrap(),
        timeout: SOON,
        args: args.into(),
        ..NewJob::plain(
            JobId::new(SystemClock.now(), number, Entropy::from_system().number()),
            queue,
            kind.parse().unwrap(),
        )
    };
    engine.enqueue(&[job]).await.remove(0).unwrap().id
}

on_each_engine!(a_job_whose_args_do_not_decode_is_discarded_and_hurts_no_other);

async fn a_job_whose_args_do_not_decode_is_discarded_and_hurts_no_other(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (api, witness) = (system.api().await.unwrap(), system.witness().unwrap());
    let broken = [
        smuggle(&witness, "email", "email.send", r#"{"nonsense":1}"#).await,
        smuggle(&witness, "email", "email.send", "not even JSON").await,
        smuggle(&witness, "email", "email.send", "").await,
    ];
    let mail = json!({ "to": ["ada@example.com"], "subject": "Hello", "text": "Hi." });
    let sound = api.enqueue_all("email.send", [mail.clone(), mail]).await.unwrap();
    let _worker = system.worker("worker", &[]).unwrap();

    witness.until_all(JobState::Completed, &sound, SOON).await.unwrap();
    for job in witness.until_all(JobState::Discarded, &broken, SOON).await.unwrap() {
        let [error] = &job.errors[..] else { panic!("{job:?}") };
        assert_eq!((error.reason, error.attempt, job.claims), (ErrorReason::Undecodable, 1, 1), "{job:?}");
        assert!(!error.message.is_empty());
        let seen = api.job(job.id).await.unwrap();
        assert_eq!(
            (&seen["state"], &seen["errors"][0]["reason"]),
            (&json!("discarded"), &json!("undecodable"))
        );
    }
}
