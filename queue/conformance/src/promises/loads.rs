//! How much there is to do is told without looking at it all.

use windlass_queue::{Load, NewJob, When};
use windlass_shared::{Priority, TenantId};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::retry;

pub async fn a_queue_without_jobs_has_nothing_to_do(bench: Bench) {
    assert_eq!(bench.load(None).await, Load::default());
    let tenant = Some("acme");
    assert_eq!(bench.load(tenant).await, Load { of_tenant: Some(0), ..Load::default() });
}

pub async fn what_is_due_is_told_before_anybody_has_promoted_it(bench: Bench) {
    bench.add(NewJob { when: When::After(HOUR), ..bench.new_job() }).await;
    bench.add(NewJob { when: When::After(5 * HOUR), ..bench.new_job() }).await;
    bench.add(bench.new_job()).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, retry(HOUR)).await;
    assert_eq!(bench.load(None).await.due, 0);
    bench.advance(2 * HOUR);
    assert_eq!(bench.load(None).await.due, 2);
    bench.promote(10).await;
    assert_eq!(bench.load(None).await.due, 0);
}

pub async fn the_job_that_waits_for_longest_is_told_wherever_it_waits(bench: Bench) {
    let of = |tenant: &str, level: u8| NewJob {
        tenant: tenant.parse().unwrap(),
        priority: Priority::new(level).unwrap(),
        ..bench.new_job()
    };
    let first = bench.add(of("acme", 9)).await;
    bench.advance(HOUR);
    let second = bench.add(of("other", 0)).await;
    bench.advance(HOUR);
    bench.add(of("acme", 1)).await;
    let (first_at, second_at) = (bench.get(first).await.run_at, bench.get(second).await.run_at);
    assert_eq!(bench.load(None).await.oldest, Some(first_at));
    assert_eq!(bench.load(Some("other")).await.oldest, Some(second_at));
    bench.cancel(first).await;
    assert_eq!(bench.load(None).await.oldest, Some(second_at));
    let claimed = bench.claim(bench.worker(), 5).await;
    assert_eq!(claimed.len(), 2);
    assert_eq!(bench.load(None).await.oldest, None, "what runs does not wait");
}

pub async fn what_comes_back_waits_since_it_may_start_again(bench: Bench) {
    let job = bench.add(bench.new_job()).await;
    bench.advance(HOUR);
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, retry(HOUR)).await;
    bench.advance(2 * HOUR);
    bench.promote(10).await;
    assert_eq!(bench.load(None).await.oldest, Some(bench.get(job).await.run_at));
}

pub async fn the_unfinished_jobs_of_a_tenant_are_told(bench: Bench) {
    for tenant in ["acme", "acme", "acme", "other"] {
        bench.add(NewJob { tenant: tenant.parse().unwrap(), ..bench.new_job() }).await;
    }
    bench.add(NewJob { tenant: "acme".parse().unwrap(), when: When::After(HOUR), ..bench.new_job() }).await;
    bench.claim(bench.worker(), 2).await;
    assert_eq!(bench.load(Some("acme")).await.of_tenant, Some(4));
    assert_eq!(bench.load(Some("other")).await.of_tenant, Some(1));
    assert_eq!(bench.load(Some("nobody")).await.of_tenant, Some(0));
    assert_eq!(bench.load(None).await.of_tenant, None);
}

impl Bench {
    async fn load(&self, tenant: Option<&str>) -> Load {
        let tenant: Option<TenantId> = tenant.map(|tenant| tenant.parse().unwrap());
        self.engine.load(&self.queue, tenant.as_ref()).await.unwrap()
    }
}
