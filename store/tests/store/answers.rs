use anyhow::Result;
use windlass_store::{Answer, Earlier, Fingerprint, Question};

use crate::support::{NOW, at, on_both};

fn question(organization: &str, body: &str) -> Question {
    Question {
        organization: organization.parse().unwrap(),
        key: "order-1".to_owned(),
        fingerprint: Fingerprint::of("POST", "/api/v1/jobs", body.as_bytes()),
    }
}

fn answer(id: &str) -> Answer {
    let body = format!(r#"{{"id":"{id}"}}"#);
    Answer { status: 201, body, location: Some(format!("/api/v1/jobs/{id}")) }
}

#[tokio::test]
async fn a_repeated_request_is_answered_like_the_first() -> Result<()> {
    on_both(async |store| {
        let answers = store.answers();
        let asked = question("acme", "{}");
        assert_eq!(answers.look(&asked).await?, None);
        answers.keep(&[(asked.clone(), answer("1"))], NOW).await?;
        answers.keep(&[(asked.clone(), answer("2"))], NOW).await?;
        assert_eq!(answers.look(&asked).await?, Some(Earlier::Answered(answer("1"))));
        assert_eq!(answers.look(&question("acme", "[]")).await?, Some(Earlier::Other));
        assert_eq!(answers.look(&question("zoo", "[]")).await?, None, "keys are an organization's own");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn many_answers_are_kept_at_once_with_or_without_a_location() -> Result<()> {
    on_both(async |store| {
        let answers = store.answers();
        let many: Vec<_> = (0..300)
            .map(|number| {
                let asked = Question { key: format!("order-{number}"), ..question("acme", "{}") };
                let location = Some(format!("/{number}")).filter(|_| number % 2 == 0);
                (asked, Answer { location, ..answer("1") })
            })
            .collect();
        answers.keep(&many, NOW).await?;
        for (asked, answered) in many {
            assert_eq!(answers.look(&asked).await?, Some(Earlier::Answered(answered)));
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_key_with_a_character_that_a_database_cannot_hold_is_a_key() -> Result<()> {
    on_both(async |store| {
        let asked = Question { key: "\0".to_owned(), ..question("acme", "{}") };
        assert_eq!(store.answers().look(&asked).await?, None);
        store.answers().keep(&[(asked.clone(), answer("1"))], NOW).await?;
        assert_eq!(store.answers().look(&asked).await?, Some(Earlier::Answered(answer("1"))));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn old_answers_are_pruned_in_portions() -> Result<()> {
    on_both(async |store| {
        let answers = store.answers();
        for (moment, organization) in ["a", "b", "c", "d"].into_iter().enumerate() {
            let moment = at(i64::try_from(moment)?);
            answers.keep(&[(question(organization, "{}"), answer("1"))], moment).await?;
        }
        assert_eq!(answers.prune(at(3), 2).await?, 2);
        assert_eq!(answers.prune(at(3), 2).await?, 1);
        assert_eq!(answers.look(&question("c", "{}")).await?, None);
        assert_eq!(answers.look(&question("d", "{}")).await?, Some(Earlier::Answered(answer("1"))));
        Ok(())
    })
    .await
}
