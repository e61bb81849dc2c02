//! The folder of `.eml` files that takes the place of a mail server during development.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use windlass_email::{Body, Draft, Identity, MailboxFolder, Mailer, SendError};
use windlass_shared::Timestamp;

fn draft(key: &str, millis: i64) -> Draft {
    let identity = Identity::new(key, Timestamp::from_millis(millis)).unwrap();
    let mut draft = Draft::new(identity, "Hello", Body::text("Hi."));
    draft.to.push("Ada <ada@example.org>".parse().unwrap());
    draft
}

fn mailer(folder: &Path) -> Mailer {
    Mailer::new(Arc::new(MailboxFolder::new(folder)), "Sails <hi@example.com>".parse().unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_message_is_one_complete_file_in_a_folder_that_is_made_for_it() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("state/mailbox");
    let sent = mailer(&folder).send(draft("job-1", 1_700_000_000_123)).await.unwrap();
    assert_eq!(names(&folder), ["2023-11-14T22-13-20.123Z_job-1.eml"]);
    assert_eq!(sent.answer, "kept as 2023-11-14T22-13-20.123Z_job-1.eml");
    assert_eq!(sent.provider, "mailbox");

    let text = fs::read_to_string(folder.join(&names(&folder)[0])).unwrap();
    assert!(text.contains("\r\nMessage-ID: <job-1@example.com>\r\n"), "{text}");
    assert!(text.contains("\r\nTo: Ada <ada@example.org>\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nHi.\r\n"), "{text}");
}

#[tokio::test]
async fn everybody_who_would_receive_it_is_shown_bcc_included() {
    let folder = tempfile::tempdir().unwrap();
    let mut draft = draft("job-1", 0);
    draft.bcc.push("eve@example.net".parse().unwrap());
    mailer(folder.path()).send(draft).await.unwrap();
    let text = fs::read_to_string(folder.path().join(&names(folder.path())[0])).unwrap();
    assert!(text.starts_with("X-Windlass-Envelope-To: ada@example.org,\r\n eve@example.net\r\n"), "{text}");
    assert!(!text.contains("\nBcc:"), "{text}");
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_still_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = mailer(folder.path());
    for _ in 0..2 {
        mailer.send(draft("job-1", 1_000)).await.unwrap();
    }
    assert_eq!(names(folder.path()).len(), 1);
}

#[tokio::test]
async fn files_sort_by_the_time_of_their_messages() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = mailer(folder.path());
    for (key, millis) in [("b", 2_000), ("c", 1_000), ("a", 3_000)] {
        mailer.send(draft(key, millis)).await.unwrap();
    }
    let keys: Vec<String> = names(folder.path())
        .into_iter()
        .map(|name| name.trim_end_matches(".eml").rsplit('_').next().unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["c", "b", "a"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_worth_a_retry_and_named() {
    let root = tempfile::tempdir().unwrap();
    let occupied = root.path().join("occupied");
    fs::write(&occupied, "a file, not a folder").unwrap();
    let error = mailer(&occupied).send(draft("job-1", 0)).await.unwrap_err();
    assert!(error.may_retry());
    assert!(error.to_string().contains("occupied"), "{error}");
}

#[tokio::test]
async fn a_draft_that_is_no_message_fails_for_good_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = Draft { to: Vec::new(), ..draft("job-1", 0) };
    let error = mailer(folder.path()).send(nobody).await.unwrap_err();
    assert!(matches!(error, SendError::Permanent { .. }), "{error:?}");
    assert!(names(folder.path()).is_empty());
}
