use anyhow::Result;
use serde_json::json;
use windlass_store::{AuditFilter, NewAuditEntry};

use crate::support::{at, on_both};

fn new(organization: &str, action: &str) -> NewAuditEntry {
    NewAuditEntry {
        organization: Some(organization.parse().unwrap()),
        actor: "key:k7m2p9xa".to_owned(),
        action: action.to_owned(),
        subject: "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007".to_owned(),
        details: Some(json!({ "reason": "a \u{0} and a \"quote\"" })),
        request_id: Some("r-1".to_owned()),
    }
}

#[tokio::test]
async fn an_action_is_noted_before_it_and_its_outcome_after_it() -> Result<()> {
    on_both(async |store| {
        let audit = store.audit();
        let id = audit.begin(new("acme", "jobs.cancel"), at(1)).await?;
        let begun = audit.list(&AuditFilter::default(), None, 10).await?.remove(0);
        assert_eq!((begun.id, begun.at, begun.outcome), (id, at(1), None));
        assert_eq!(begun.details, new("acme", "jobs.cancel").details);
        audit.end(id, 204).await?;
        assert_eq!(audit.list(&AuditFilter::default(), None, 10).await?[0].outcome, Some(204));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_log_is_read_from_its_newest_entry_page_by_page_and_by_what_one_looks_for() -> Result<()> {
    on_both(async |store| {
        let audit = store.audit();
        let mut ids = Vec::new();
        for (moment, organization, action) in [
            (1, "acme", "jobs.cancel"),
            (2, "acme", "jobs.retry"),
            (2, "acme", "jobs.retry"),
            (3, "zoo", "keys.create"),
        ] {
            ids.push(audit.begin(new(organization, action), at(moment)).await?);
        }
        let everything = AuditFilter::default();
        let first = audit.list(&everything, None, 2).await?;
        let second = audit.list(&everything, Some(first[1].id), 2).await?;
        let mut seen: Vec<_> = first.iter().chain(&second).map(|entry| entry.id).collect();
        assert_eq!(seen.first(), Some(&ids[3]));
        assert_eq!(seen.last(), Some(&ids[0]));
        seen.sort();
        ids.sort();
        assert_eq!(seen, ids);
        assert_eq!(audit.list(&everything, Some(second[1].id), 2).await?, []);

        let count = async |filter| anyhow::Ok(audit.list(&filter, None, 10).await?.len());
        let none = AuditFilter::default;
        assert_eq!(count(AuditFilter { organization: Some("zoo".parse()?), ..none() }).await?, 1);
        assert_eq!(count(AuditFilter { action: Some("jobs.retry".into()), ..none() }).await?, 2);
        assert_eq!(count(AuditFilter { subject: Some("\0".into()), ..none() }).await?, 0);
        assert_eq!(count(AuditFilter { actor: Some("cli".into()), ..none() }).await?, 0);
        assert_eq!(count(AuditFilter { from: Some(at(2)), until: Some(at(3)), ..none() }).await?, 2);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn old_entries_are_pruned_in_portions() -> Result<()> {
    on_both(async |store| {
        let audit = store.audit();
        for moment in 0..5 {
            audit.begin(new("acme", "jobs.cancel"), at(moment)).await?;
        }
        assert_eq!(audit.prune(at(4), 3).await?, 3);
        assert_eq!(audit.prune(at(4), 3).await?, 1);
        assert_eq!(audit.prune(at(4), 3).await?, 0);
        assert_eq!(audit.list(&AuditFilter::default(), None, 10).await?.len(), 1);
        Ok(())
    })
    .await
}
