use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::caller::Caller;
use crate::problem::{Problem, ProblemType};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// How many are told apart before those that have not come for a while are forgotten.
const MANY: usize = 20_000;
/// After how many requests that is looked after.
const LOOKED_AFTER: u32 = 1_024;

/// How many requests callers may make. Each process counts for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimits {
    /// For each key and each person; not limited when `None`.
    pub key: Option<Rate>,
    /// For each organization, all its keys and people together; not limited when `None`.
    pub organization: Option<Rate>,
}

/// So many requests a second, of which some may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many a second in the long run.
    pub per_second: NonZeroU32,
    /// How many at once.
    pub burst: NonZeroU32,
}

/// The limits at work.
#[derive(Debug)]
pub(super) struct Limits {
    key: Option<Limit>,
    organization: Option<Limit>,
}

#[derive(Debug)]
struct Limit {
    name: &'static str,
    burst: u32,
    /// In how many seconds a burst is allowed again, rounded up.
    window: u64,
    seed: RandomState,
    counted: AtomicU32,
    /// By hashes, so that an entry is small whatever it is for.
    limiter: RateLimiter<u64, DashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>,
}

/// How far a request has used its limits up: what is said with its answer.
#[derive(Debug, Default)]
pub(super) struct Usage(Vec<Used>);

#[derive(Debug)]
struct Used {
    name: &'static str,
    burst: u32,
    window: u64,
    left: u32,
    /// When there is all of it again, in seconds, rounded up.
    reset: u64,
}

impl Limits {
    pub(super) fn new(rates: RateLimits) -> Self {
        Self {
            key: rates.key.and_then(|rate| Limit::new("key", rate)),
            organization: rates.organization.and_then(|rate| Limit::new("organization", rate)),
        }
    }

    /// Counts a request, or refuses it.
    pub(super) fn count(&self, caller: &Caller) -> Result<Usage, Box<Response>> {
        let mut usage = Usage::default();
        if let Some(limit) = &self.key {
            limit.count(&caller.actor, &mut usage)?;
        }
        if let (Some(limit), Some(organization)) = (&self.organization, &caller.organization) {
            limit.count(organization, &mut usage)?;
        }
        Ok(usage)
    }
}

impl Limit {
    fn new(name: &'static str, rate: Rate) -> Option<Self> {
        let per_request = Duration::from_secs(1) / rate.per_second.get();
        let quota = Quota::with_period(per_request)?.allow_burst(rate.burst);
        let limiter = RateLimiter::dashmap(quota).with_middleware();
        let (burst, per_second) = (rate.burst.get(), rate.per_second.get());
        let window = u64::from(burst.div_ceil(per_second));
        Some(Self { name, burst, window, seed: RandomState::new(), counted: AtomicU32::new(0), limiter })
    }

    fn count(&self, whose: &impl Hash, usage: &mut Usage) -> Result<(), Box<Response>> {
        let counted = self.counted.fetch_add(1, Ordering::Relaxed);
        if counted.is_multiple_of(LOOKED_AFTER) && self.limiter.len() > MANY {
            self.limiter.retain_recent();
        }
        let used = |left| Used { name: self.name, burst: self.burst, window: self.window, left, reset: 0 };
        match self.limiter.check_key(&self.seed.hash_one(whose)) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                let missing = self.burst.saturating_sub(left);
                let reset = (state.quota().replenish_interval() * missing).as_secs_f64().ceil();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
                let reset = reset as u64;
                usage.0.push(Used { reset, ..used(left) });
                Ok(())
            }
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                usage.0.push(Used { reset: seconds, ..used(0) });
                let mut response = self.refusal(seconds).into_response();
                usage.tell(response.headers_mut());
                Err(Box::new(response))
            }
        }
    }

    fn refusal(&self, seconds: u64) -> Problem {
        let whose = if self.name == "key" { "with this key or token" } else { "by this organization" };
        let detail = format!("There were too many requests {whose}. Wait {seconds} s.");
        Problem::new(ProblemType::RateLimited, detail)
            .with("limit", self.name)
            .retry_after(Duration::from_secs(seconds))
    }
}

impl Usage {
    /// Says it in the fields of draft-ietf-httpapi-ratelimit-headers-10.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        let list = |item: &dyn Fn(&Used) -> String| {
            let items: Vec<_> = self.0.iter().map(item).collect();
            HeaderValue::from_str(&items.join(", ")).ok()
        };
        let policy = list(&|used| format!("\"{}\";q={};w={}", used.name, used.burst, used.window));
        let limit = list(&|used| format!("\"{}\";r={};t={}", used.name, used.left, used.reset));
        headers.extend(
            [(POLICY, policy), (LIMIT, limit)].into_iter().filter_map(|(name, value)| Some((name, value?))),
        );
    }
}
