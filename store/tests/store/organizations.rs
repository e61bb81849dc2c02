use anyhow::Result;
use windlass_shared::TenantId;
use windlass_store::Created;

use crate::support::{NOW, at, on_both};

fn id(text: &str) -> TenantId {
    text.parse().unwrap()
}

#[tokio::test]
async fn there_is_always_an_organization_called_default() -> Result<()> {
    on_both(async |store| {
        let default = store.organizations().get(&TenantId::default()).await?.unwrap();
        assert!(default.created_at.as_millis() > 1_600_000_000_000, "{default:?}");
        assert_eq!(default.suspended_at, None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_organization_is_made_once_and_listed_by_its_id() -> Result<()> {
    on_both(async |store| {
        let organizations = store.organizations();
        let made = organizations.create(&id("acme"), "Acme Inc.", NOW).await?;
        let Created::New(acme) = made else { panic!("{made:?}") };
        assert_eq!((acme.name.as_str(), acme.created_at), ("Acme Inc.", NOW));
        assert_eq!(organizations.create(&id("acme"), "Other", at(5)).await?, Created::Existing(acme.clone()));

        organizations.create(&id("zoo"), "Zoo", NOW).await?;
        let page = organizations.list(None, 2).await?;
        assert_eq!(page.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["acme", "default"]);
        let rest = organizations.list(Some(&page[1].id), 2).await?;
        assert_eq!(rest.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["zoo"]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_name_with_a_character_that_a_database_cannot_hold_is_a_name() -> Result<()> {
    on_both(async |store| {
        let made = store.organizations().create(&id("acme"), "a\0b", NOW).await?;
        assert!(matches!(&made, Created::New(acme) if acme.name == "a\u{FFFD}b"), "{made:?}");
        assert!(store.organizations().rename(&id("acme"), "\0").await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_organization_is_renamed_and_suspended_and_one_that_is_not_there_is_not() -> Result<()> {
    on_both(async |store| {
        let organizations = store.organizations();
        organizations.create(&id("acme"), "Acme", NOW).await?;
        assert!(organizations.rename(&id("acme"), "Acme & Söhne").await?);
        assert!(organizations.suspend(&id("acme"), Some(at(1))).await?);
        let acme = organizations.get(&id("acme")).await?.unwrap();
        assert_eq!((acme.name.as_str(), acme.suspended_at), ("Acme & Söhne", Some(at(1))));
        assert!(organizations.suspend(&id("acme"), None).await?);
        assert_eq!(organizations.get(&id("acme")).await?.unwrap().suspended_at, None);
        assert!(!organizations.rename(&id("nobody"), "x").await?);
        assert!(!organizations.suspend(&id("nobody"), None).await?);
        Ok(())
    })
    .await
}
