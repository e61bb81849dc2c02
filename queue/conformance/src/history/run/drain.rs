use windlass_queue::{Depth, QueuePolicy, Scope};
use windlass_shared::{JobState, Priority};

use super::{ALL, Run};
use crate::endings::complete;
use crate::history::model::ModelJob;
use crate::history::operation::{KINDS, LIMIT_KEYS, TENANTS, Wish};

/// In this many hours everything that a history leaves behind is due.
const HOURS: usize = 16;

impl Run {
    /// Lifts every block, lets time pass, and completes what comes: no job may be left, and none may be counted.
    pub(super) async fn work_off(&mut self) {
        self.lift_all().await;
        for _ in 0..HOURS {
            if self.model.depth().unfinished() == 0 {
                break;
            }
            self.advance(1);
            self.complete_all().await;
        }
        let left: Vec<_> = self.model.existing().filter(|job| !job.state().is_final()).collect();
        assert!(left.is_empty(), "never to run: {left:?}");
        assert_eq!(self.bench.depth().await.unfinished(), 0);
        self.compare_elsewhere().await;
        self.compare_overview().await;
        self.compare_parked().await;
        self.compare_quotas().await;
    }

    async fn lift_all(&mut self) {
        if self.model.has_news() {
            self.have_noticed().await;
        }
        for scope in every_scope() {
            self.resume(&scope).await;
        }
        let limits: Vec<_> = self.model.rules.limits.keys().cloned().collect();
        for scope in limits {
            self.set_limit(&scope, None).await;
        }
        self.set_policy(QueuePolicy::default()).await;
        for tenant in 0..TENANTS {
            self.set_tenant(&format!("tenant-{tenant}"), None).await;
        }
    }

    async fn complete_all(&mut self) {
        loop {
            for claim in self.model.open_claims() {
                self.end(claim, complete(), 1).await;
            }
            self.relay().await;
            self.compare().await;
            self.model.promote(ALL);
            if self.ask(&self.hungry()).await == 0 {
                return;
            }
        }
    }

    /// What was left for another queue has come there, once.
    async fn compare_elsewhere(&self) {
        for job in &self.model.elsewhere {
            assert_eq!(self.elsewhere.state(*job).await, JobState::Available);
        }
        let count = u64::try_from(self.model.elsewhere.len()).unwrap();
        assert_eq!(self.elsewhere.depth().await, Depth { available: count, ..Depth::default() });
    }

    /// Nothing is parked that could still run.
    async fn compare_parked(&self) {
        for parked in self.bench.rules().await.parked {
            // An entry of a job that is over may be counted until somebody comes across it.
            assert!(self.model.jobs.iter().any(|job| is_of(job, &parked.scope)), "{parked:?}");
        }
    }

    /// The counts that quotas go by are right: with room for one job of each tenant, one of each comes in.
    async fn compare_quotas(&mut self) {
        let one = std::num::NonZeroU64::new(1);
        self.set_policy(QueuePolicy { tenant_quota: one, ..QueuePolicy::default() }).await;
        for tenant in 0..TENANTS {
            let wish = Wish {
                tenant,
                kind: 0,
                priority: Priority::default().get(),
                hours: 0,
                max_attempts: 1,
                limit_key: None,
                unique: None,
                expires: None,
                batch: None,
                is_remembered: false,
            };
            self.enqueue(&[wish.clone(), wish], 1).await;
        }
        let available = self.model.existing().filter(|job| job.state() == JobState::Available).count();
        assert_eq!(available, usize::from(TENANTS), "one of each tenant came in");
    }
}

fn every_scope() -> Vec<Scope> {
    let tenants = (0..TENANTS).map(|tenant| format!("tenant:tenant-{tenant}"));
    let kinds = (0..KINDS).map(|kind| format!("kind:kind-{kind}"));
    let keys = LIMIT_KEYS.iter().map(|key| format!("key:{key}"));
    let texts = std::iter::once("queue".to_owned()).chain(tenants).chain(kinds).chain(keys);
    texts.map(|text| text.parse().unwrap()).collect()
}

fn is_of(job: &ModelJob, scope: &Scope) -> bool {
    match scope {
        Scope::Queue => true,
        Scope::Tenant(tenant) => job.new.tenant == *tenant,
        Scope::Kind(kind) => job.new.kind == *kind,
        Scope::Key(key) => job.new.limit_key.as_ref() == Some(key),
    }
}
