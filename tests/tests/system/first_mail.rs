//! From nothing to the first mail.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_shared::JobState;
use windlass_tests::{EngineKind, SmtpServer, System, until};

const SOON: Duration = Duration::from_secs(10);

/// What stands between two texts.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

/// The messages in the mailbox folder.
fn mailbox(system: &System) -> Vec<String> {
    let Ok(files) = fs::read_dir(system.data_dir().join("mailbox")) else { return Vec::new() };
    let paths = files.map(|file| file.unwrap().path());
    let complete = paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
    complete.map(|path| fs::read_to_string(path).unwrap()).collect()
}

on_each_engine!(the_next_command_of_the_banner_makes_a_mail_appear_in_the_mailbox);

async fn the_next_command_of_the_banner_makes_a_mail_appear_in_the_mailbox(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let mut dev = system.dev().await.unwrap();
    let banner = dev.process.says("Ctrl-C", SOON).await.unwrap();
    let key = between(&banner, "Authorization: Bearer ", "'");
    let posted = between(&banner, "-d '", "'").to_owned();
    let answer = dev.post_text("/api/v1/jobs", Some(key), posted).await.unwrap();
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.body["id"], answer.body["task_id"]);

    let message = until("a mail in the mailbox", SOON, async || Ok(mailbox(&system).pop())).await.unwrap();
    for expected in ["To: ada@example.com", "text/plain", "text/html", "https://example.com/verify"] {
        assert!(message.contains(expected), "{expected:?} is missing in {message}");
    }
    let id = answer.body["id"].as_str().unwrap().parse().unwrap();
    let witness = system.witness().unwrap();
    witness.until_all(JobState::Completed, &[id], SOON).await.unwrap();
    assert_eq!(dev.job(id).await.unwrap()["result"]["accepted"], 1);

    dev.process.terminate().unwrap();
    let status = dev.process.exit(SOON).await.unwrap();
    assert!(status.success(), "{status}");
}

on_each_engine!(the_development_server_finishes_what_it_runs_before_it_ends);

async fn the_development_server_finishes_what_it_runs_before_it_ends(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (mut dev, witness) = (system.dev().await.unwrap(), system.witness().unwrap());
    let job = dev.enqueue("diagnostic.sleep", json!({ "ms": 1_000 })).await.unwrap();
    witness.until_at_work(&[job], SOON).await.unwrap();
    dev.process.terminate().unwrap();
    assert!(dev.process.exit(SOON).await.unwrap().success());
    let job = witness.job(job).await.unwrap();
    assert_eq!((job.state, job.claims), (JobState::Completed, 1));
}

on_each_engine!(a_real_mail_server_receives_both_parts_of_a_mail);

async fn a_real_mail_server_receives_both_parts_of_a_mail(engine: EngineKind) {
    let mut smtp = SmtpServer::start().await.unwrap();
    let system = System::start(engine).await.unwrap();
    let system = system.variable("SMTP_HOST", "127.0.0.1").variable("SMTP_PORT", &smtp.port().to_string());
    let system = system.variable("FROM_EMAIL", "sails@example.com").variable("FROM_NAME", "Sails");
    let (api, _worker) = (system.api().await.unwrap(), system.worker("worker", &[]).unwrap());
    let args = json!({
        "to": [{ "email": "ada@example.com", "name": "Ada" }],
        "template": "welcome",
        "variables": { "user_name": "Ada", "verification_url": "https://example.com/verify" },
    });
    let id = api.enqueue("email.send_template", args).await.unwrap();

    let mail = smtp.report().await.unwrap();
    assert_eq!(mail["mail_from"], "sails@example.com");
    assert_eq!(mail["to"], json!([["Ada", "ada@example.com"]]));
    let parts = mail["parts"].as_array().unwrap();
    let types: Vec<_> = parts.iter().map(|part| part["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["text/plain", "text/html"]);
    for part in parts {
        let content = part["content"].as_str().unwrap();
        assert!(content.contains("Ada") && content.contains("https://example.com/verify"), "{content}");
    }
    let witness = system.witness().unwrap();
    let job = witness.until_all(JobState::Completed, &[id], SOON).await.unwrap().remove(0);
    let result: Value = serde_json::from_slice(&job.result.unwrap()).unwrap();
    assert_eq!((&result["provider"], &result["accepted"]), (&json!("smtp"), &json!(1)));
    assert!(mailbox(&system).is_empty());
}
