//! What rules promise they keep when everything happens at once, in several processes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;
use windlass_queue::{ClaimedJob, LimitScope, NewJob, OnConflict, Scope, Until, Verdict};
use windlass_shared::JobState;

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::complete;
use crate::verbs::{concurrency, rate};

const TASKS: usize = 6;
const TENANTS: [&str; 3] = ["acme", "globex", "initech"];
const LIMITS: [(&str, u32); 5] =
    [("queue", 9), ("tenant:acme", 2), ("tenant:*", 4), ("kind:conformance.plain", 7), ("key:stripe:*", 3)];

pub async fn no_limit_is_ever_exceeded_by_many_claimers(bench: Bench) {
    for (scope, most) in LIMITS {
        bench.set_limit(scope, Some(concurrency(most))).await;
    }
    let jobs: Vec<_> = (0..300).map(|number| mixed(&bench, number)).collect();
    bench.add_all(&jobs).await;
    let (second, running) = (bench.second().await, Arc::new(Running::default()));
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let bench = if number % 2 == 0 { bench.clone() } else { second.clone() };
        tasks.spawn(work(bench, running.clone()));
    }
    tasks.join_all().await;
    let depth = bench.depth().await;
    assert_eq!((depth.completed, depth.unfinished()), (300, 0), "and nothing is stranded");
}

pub async fn no_rate_is_ever_exceeded_by_many_claimers(bench: Bench) {
    bench.set_limit("queue", Some(rate(1, HOUR, 40))).await;
    bench.set_limit("tenant:*", Some(rate(1, HOUR, 20))).await;
    bench.set_limit("key:stripe:one", Some(rate(1, HOUR, 5))).await;
    let jobs: Vec<_> = (0..300).map(|number| mixed(&bench, number)).collect();
    bench.add_all(&jobs).await;
    let second = bench.second().await;
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let bench = if number % 2 == 0 { bench.clone() } else { second.clone() };
        tasks.spawn(async move {
            let (worker, mut given) = (bench.worker(), Vec::new());
            for _ in 0..10 {
                given.extend(bench.claim(worker, 3).await);
            }
            given
        });
    }
    let given = tasks.join_all().await.concat();
    let count = |admits: &dyn Fn(&ClaimedJob) -> bool| given.iter().filter(|job| admits(job)).count();
    assert_eq!(given.len(), 40, "as many as may start in a burst");
    for tenant in TENANTS {
        assert!(count(&|job| job.tenant.as_str() == tenant) <= 20, "{tenant}");
    }
    let keyed = count(&|job| job.limit_key.as_ref().is_some_and(|key| key.as_str() == "stripe:one"));
    assert!(keyed <= 5, "{keyed} with the key");
}

pub async fn rules_that_come_and_go_while_many_work_strand_nothing(bench: Bench) {
    let jobs: Vec<_> = (0..400).map(|number| mixed(&bench, number)).collect();
    bench.add_all(&jobs).await;
    let second = bench.second().await;
    let mut tasks = JoinSet::new();
    for number in 0..4 {
        let bench = if number % 2 == 0 { bench.clone() } else { second.clone() };
        tasks.spawn(async move {
            let worker = bench.worker();
            while bench.depth().await.completed < 400 {
                let claimed = bench.claim(worker, 5).await;
                let claims: Vec<_> = claimed.iter().map(|job| job.claim).collect();
                let late = claims.len() / 3;
                bench.settle_all(&claims[..late], &Verdict::Release).await;
                bench.settle_all(&claims[late..], &complete()).await;
            }
        });
    }
    for round in 0..12 {
        let (scope, most) = LIMITS[round % LIMITS.len()];
        second.set_limit(scope, Some(concurrency(most))).await;
        let paused = ["tenant:globex", "kind:conformance.plain", "key:stripe:two", "queue"][round % 4];
        bench.pause(paused).await;
        bench.depth().await;
        second.resume(paused).await;
        bench.set_limit(scope, None).await;
    }
    tasks.join_all().await;
    assert_eq!(bench.depth().await.unfinished(), 0);
}

pub async fn of_jobs_that_mean_the_same_one_is_accepted(bench: Bench) {
    let second = bench.second().await;
    let mut tasks = JoinSet::new();
    for number in 0..24 {
        let bench = if number % 2 == 0 { bench.clone() } else { second.clone() };
        tasks.spawn(async move {
            let job = bench.unique(Until::Finish, OnConflict::Reject);
            bench.enqueue(&[job]).await[0]
        });
    }
    let answers = tasks.join_all().await;
    let accepted: Vec<_> = answers.iter().filter(|answer| !answer.is_duplicate()).collect();
    assert_eq!(accepted.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.id == accepted[0].id), "{answers:?}");
    assert_eq!(bench.depth().await.unfinished(), 1);
}

/// Jobs of several tenants, half of them with one of two keys.
fn mixed(bench: &Bench, number: usize) -> NewJob {
    let key = ["stripe:one", "stripe:two"].get(number % 4);
    NewJob { limit_key: key.map(|key| key.parse().unwrap()), ..bench.of_tenant(TENANTS[number % 3]) }
}

async fn work(bench: Bench, running: Arc<Running>) {
    let worker = bench.worker();
    while bench.depth().await.completed < 300 {
        let claimed = bench.claim(worker, 4).await;
        running.begin(&claimed);
        assert!(bench.depth().await.running <= 9, "the engine's own count shows it too");
        running.end(&claimed);
        let claims: Vec<_> = claimed.iter().map(|job| job.claim).collect();
        for settled in bench.settle_all(&claims, &complete()).await {
            assert_eq!(settled, crate::endings::applied(JobState::Completed));
        }
    }
}

/// How many jobs run under each limit, as far as the workers know: never more than the engine knows.
#[derive(Default)]
struct Running(Mutex<HashMap<Scope, u32>>);

impl Running {
    fn begin(&self, claimed: &[ClaimedJob]) {
        let mut running = self.0.lock().unwrap();
        for scope in claimed.iter().flat_map(scopes) {
            let most = limit_of(&scope);
            let count = running.entry(scope.clone()).or_default();
            *count += 1;
            assert!(*count <= most, "{count} run under {scope}, which allows {most}");
        }
    }

    fn end(&self, claimed: &[ClaimedJob]) {
        let mut running = self.0.lock().unwrap();
        for scope in claimed.iter().flat_map(scopes) {
            *running.get_mut(&scope).unwrap() -= 1;
        }
    }
}

fn scopes(job: &ClaimedJob) -> Vec<Scope> {
    let mut scopes = vec![Scope::Queue, Scope::Tenant(job.tenant.clone()), Scope::Kind(job.kind.clone())];
    scopes.extend(job.limit_key.clone().map(Scope::Key));
    scopes
}

fn limit_of(scope: &Scope) -> u32 {
    let of = |wanted: LimitScope| {
        LIMITS.iter().find(|(scope, _)| scope.parse() == Ok(wanted.clone())).map(|(_, most)| *most)
    };
    of(scope.clone().into()).unwrap_or_else(|| match scope {
        Scope::Tenant(_) => of(LimitScope::EachTenant).unwrap(),
        _ => of(LimitScope::EachKeyOf("stripe".parse().unwrap())).unwrap(),
    })
}
