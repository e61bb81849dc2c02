use anyhow::Result;
use windlass_store::{Answer, Answers, Begun, Fingerprint, Question};

use crate::support::{NOW, at, on_both};

fn question(organization: &str, body: &str) -> Question {
    Question {
        organization: organization.parse().unwrap(),
        key: "order-1".to_owned(),
        fingerprint: Fingerprint::of("POST", "/api/v1/jobs", body.as_bytes()),
    }
}

fn answer() -> Answer {
    Answer { status: 201, body: r#"{"id":"1"}"#.to_owned(), location: Some("/api/v1/jobs/1".to_owned()) }
}

#[tokio::test]
async fn a_repeated_request_is_answered_like_the_first() -> Result<()> {
    on_both(async |store| {
        let answers = store.answers();
        let asked = question("acme", "{}");
        assert_eq!(answers.begin(&asked, NOW).await?, Begun::New);
        assert_eq!(answers.begin(&asked, NOW).await?, Begun::Running);
        answers.finish(&asked, &answer()).await?;
        assert_eq!(answers.begin(&asked, at(3_600_000)).await?, Begun::Answered(answer()));
        assert_eq!(answers.begin(&question("acme", "[]"), NOW).await?, Begun::Other);
        assert_eq!(
            answers.begin(&question("zoo", "[]"), NOW).await?,
            Begun::New,
            "keys are an organization's own"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_key_with_a_character_that_a_database_cannot_hold_is_a_key() -> Result<()> {
    on_both(async |store| {
        let asked = Question { key: "\0".to_owned(), ..question("acme", "{}") };
        assert_eq!(store.answers().begin(&asked, NOW).await?, Begun::New);
        store.answers().finish(&asked, &answer()).await?;
        assert_eq!(store.answers().begin(&asked, NOW).await?, Begun::Answered(answer()));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_many_requests_with_one_key_one_is_done() -> Result<()> {
    on_both(async |store| {
        let answers = store.answers();
        let asked = question("acme", "{}");
        let begins = futures_util::future::try_join_all((0..20).map(|_| answers.begin(&asked, NOW))).await?;
        assert_eq!(begins.iter().filter(|begun| **begun == Begun::New).count(), 1, "{begins:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_request_whose_process_died_is_let_through_once_and_one_that_was_abandoned_at_once() -> Result<()> {
    on_both(async |store| {
        let answers = store.answers();
        let asked = question("acme", "{}");
        answers.begin(&asked, NOW).await?;
        let later = NOW.plus(Answers::LONGEST_RUN);
        assert_eq!(answers.begin(&asked, later).await?, Begun::New);
        assert_eq!(answers.begin(&asked, later).await?, Begun::Running);
        answers.abandon(&asked).await?;
        assert_eq!(answers.begin(&asked, later).await?, Begun::New);
        answers.finish(&asked, &answer()).await?;
        answers.abandon(&asked).await?;
        assert_eq!(
            answers.begin(&asked, later).await?,
            Begun::Answered(answer()),
            "an answer is not abandoned"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn old_answers_are_pruned_in_portions() -> Result<()> {
    on_both(async |store| {
        let answers = store.answers();
        for (moment, organization) in ["a", "b", "c", "d"].into_iter().enumerate() {
            answers.begin(&question(organization, "{}"), at(i64::try_from(moment)?)).await?;
        }
        assert_eq!(answers.prune(at(3), 2).await?, 2);
        assert_eq!(answers.prune(at(3), 2).await?, 1);
        assert_eq!(answers.begin(&question("d", "{}"), at(3)).await?, Begun::Running);
        Ok(())
    })
    .await
}
