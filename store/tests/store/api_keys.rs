use anyhow::Result;
use secrecy::{ExposeSecret, SecretString};
use windlass_shared::TenantId;
use windlass_store::{KeyCheck, KeyRefusal, NewApiKey, Store, StoreError, StoreOptions};

use crate::support::{NOW, at, on_both};

fn new(organization: Option<&str>) -> NewApiKey {
    NewApiKey {
        organization: organization.map(|id| id.parse().unwrap()),
        name: "ci".to_owned(),
        roles: vec!["admin".to_owned()],
        queues: vec!["email".parse().unwrap()],
        created_by: "key:configuration".to_owned(),
        expires_at: None,
    }
}

#[tokio::test]
async fn a_key_is_known_by_its_text_and_no_text_like_it_is() -> Result<()> {
    on_both(async |store| {
        let keys = store.api_keys();
        let issued = keys.create(new(Some("default")), NOW).await?;
        let text = issued.text.expose_secret();
        assert!(text.starts_with(&format!("wl_{}_", issued.key.id)), "{text}");
        assert_eq!(text.len(), 3 + 8 + 1 + 43);
        assert_eq!(keys.check(&issued.text, NOW).await?, KeyCheck::Holds(issued.key.clone()));

        let flipped = if text.ends_with('A') { "Q" } else { "A" };
        for wrong in [
            String::new(),
            text[..text.len() - 1].to_owned(),
            format!("{}{flipped}", &text[..text.len() - 1]),
            text.to_uppercase(),
            format!("{text} "),
            text.replacen("wl_", "xx_", 1),
            "wl_'; DROP TABLE windlass_api_keys; --_x".to_owned(),
        ] {
            let check = keys.check(&SecretString::from(wrong.clone()), NOW).await?;
            assert_eq!(check, KeyCheck::Refused(KeyRefusal::Unknown), "{wrong}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_stored_of_a_key_is_not_the_key_and_means_nothing_under_another_secret() -> Result<()> {
    on_both(async |store| {
        let issued = store.api_keys().create(new(None), NOW).await?;
        let options = StoreOptions::new(store.database().clone(), SecretString::from("another secret"));
        let check = Store::connect(options).api_keys().check(&issued.text, NOW).await?;
        assert_eq!(check, KeyCheck::Refused(KeyRefusal::Unknown));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_expired_a_revoked_and_a_suspended_key_hold_no_more() -> Result<()> {
    on_both(async |store| {
        let keys = store.api_keys();
        let brief = keys.create(NewApiKey { expires_at: Some(at(10)), ..new(None) }, NOW).await?;
        assert!(matches!(keys.check(&brief.text, at(9)).await?, KeyCheck::Holds(_)));
        let check = keys.check(&brief.text, at(10)).await?;
        assert!(matches!(check, KeyCheck::Refused(KeyRefusal::Expired(_))), "{check:?}");

        let taken = keys.create(new(None), NOW).await?;
        let revoked = keys.revoke(&taken.key.id, None, at(5)).await?.unwrap();
        assert_eq!(revoked.revoked_at, Some(at(5)));
        let again = keys.revoke(&taken.key.id, None, at(6)).await?.unwrap();
        assert_eq!(again.revoked_at, Some(at(5)), "the first time counts");
        let check = keys.check(&taken.text, NOW).await?;
        assert!(matches!(check, KeyCheck::Refused(KeyRefusal::Revoked(_))), "{check:?}");

        let acme: TenantId = "acme".parse()?;
        store.organizations().create(&acme, "Acme", NOW).await?;
        let theirs = keys.create(new(Some("acme")), NOW).await?;
        store.organizations().suspend(&acme, Some(NOW)).await?;
        let check = keys.check(&theirs.text, NOW).await?;
        assert!(matches!(check, KeyCheck::Refused(KeyRefusal::Suspended(_))), "{check:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn keys_of_others_are_as_if_they_were_not_there() -> Result<()> {
    on_both(async |store| {
        let keys = store.api_keys();
        let acme: TenantId = "acme".parse()?;
        store.organizations().create(&acme, "Acme", NOW).await?;
        let ours = keys.create(new(Some("default")), NOW).await?.key;
        let theirs = keys.create(new(Some("acme")), at(1)).await?.key;
        let operators = keys.create(new(None), at(2)).await?.key;

        assert_eq!(keys.get(&ours.id, Some(&acme)).await?, None);
        assert_eq!(keys.revoke(&ours.id, Some(&acme), NOW).await?, None);
        assert_eq!(keys.get(&ours.id, None).await?.unwrap().revoked_at, None);
        assert_eq!(keys.get(&operators.id, Some(&acme)).await?, None);
        assert_eq!(keys.list(Some(&acme), None, 10).await?, std::slice::from_ref(&theirs));
        assert_eq!(keys.list(None, None, 2).await?, [ours, theirs.clone()]);
        assert_eq!(keys.list(None, Some(&theirs.id), 2).await?, [operators]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_key_belongs_to_an_organization_that_exists() -> Result<()> {
    on_both(async |store| {
        let error = store.api_keys().create(new(Some("nobody")), NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_time_of_the_last_use_only_moves_forward() -> Result<()> {
    on_both(async |store| {
        let keys = store.api_keys();
        let key = keys.create(new(None), NOW).await?.key;
        keys.mark_used(&[(key.id.clone(), at(5)), (key.id.clone(), at(3))]).await?;
        assert_eq!(keys.get(&key.id, None).await?.unwrap().last_used_at, Some(at(5)));
        Ok(())
    })
    .await
}
