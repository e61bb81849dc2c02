use std::time::Duration;

use serde_json::Value;
use windlass_shared::{Backoff, BatchId, LimitKey, MaxAttempts, Priority, Tag, TenantId, Timestamp};

use super::EnqueueError;
use crate::engine::{Expiry, When};
use crate::job::MAX_TAGS;
use crate::kind::Kind;
use crate::unique::{UniqueBy, Until};

/// How long an idempotency key may be.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;
/// How long a wait after a failure may be.
pub const LONGEST_BACKOFF: Duration = Duration::from_hours(30 * 24);
/// How many waits a list of them may have.
pub const MAX_BACKOFFS: usize = 100;
/// How long a job may be unique.
pub const LONGEST_UNIQUE_PERIOD: Duration = Duration::from_hours(365 * 24);

/// A job of any kind, in the caller's words.
#[derive(Debug, Clone)]
pub struct EnqueueRequest {
    /// The kind's name.
    pub kind: String,
    /// The arguments.
    pub args: Value,
    /// Everything else.
    pub options: EnqueueOptions,
}

/// What can be said of a job besides its kind and arguments; the kind's own values hold for what is left out.
#[derive(Debug, Clone, Default)]
pub struct EnqueueOptions {
    /// Whose job it is.
    pub tenant: TenantId,
    /// Its place among the jobs of its tenant.
    pub priority: Priority,
    /// When it may start; at once if left out.
    pub when: Option<When>,
    /// How often it may be tried.
    pub max_attempts: Option<MaxAttempts>,
    /// How long one attempt may take: 1 ms to 24 h.
    pub timeout: Option<Duration>,
    /// Words to find it by, at most [`MAX_TAGS`].
    pub tags: Vec<Tag>,
    /// A key of the caller's: enqueueing again with the same key and tenant means the same job.
    pub idempotency_key: Option<String>,
    /// How long to wait after a failure: at most [`LONGEST_BACKOFF`], and [`MAX_BACKOFFS`] waits.
    pub backoff: Option<Backoff>,
    /// From when on it is not worth starting any more: later than when it may start.
    pub expires: Option<Expiry>,
    /// The key that it shares limits by.
    pub limit_key: Option<LimitKey>,
    /// What makes it unique within its queue: by names of arguments that its kind has, and for at most
    /// [`LONGEST_UNIQUE_PERIOD`].
    pub unique: Option<UniqueBy>,
    /// The open batch of which it becomes a member.
    pub batch: Option<BatchId>,
}

impl EnqueueOptions {
    /// Checks every option; `now` is close enough to the engine's time to compare a delay with an instant.
    pub(super) fn check(&self, kind: &Kind, now: Timestamp) -> Result<(), EnqueueError> {
        const LONGEST: Duration = Duration::from_hours(24);
        let timeout = self.timeout.unwrap_or(LONGEST);
        let in_range = timeout >= Duration::from_millis(1) && timeout <= LONGEST;
        holds(in_range, "timeout_ms", "goes from 1 to 86400000 (a day)")?;
        holds(self.tags.len() <= MAX_TAGS, "tags", "takes at most 16 tags")?;
        let key = self.idempotency_key.as_deref().unwrap_or("none");
        let fits = !key.is_empty() && key.len() <= MAX_IDEMPOTENCY_KEY_BYTES;
        holds(fits, "idempotency key", "has 1 to 255 bytes")?;
        self.backoff.as_ref().map_or(Ok(()), check_backoff)?;
        self.unique.as_ref().map_or(Ok(()), |unique| check_unique(unique, kind))?;
        holds(self.expires_after_start(now), "expires", "is later than the time from which the job may start")
    }

    fn expires_after_start(&self, now: Timestamp) -> bool {
        match (self.expires, self.when.unwrap_or(When::Now)) {
            // By the engine's clock it may be over already: then the job is accepted, and discarded at once.
            (None, _) | (Some(Expiry::At(_)), When::Now) => true,
            (Some(Expiry::At(end)), When::At(start)) => end > start,
            (Some(Expiry::At(end)), When::After(delay)) => end > now.plus(delay),
            (Some(Expiry::After(time)), When::Now) => !time.is_zero(),
            (Some(Expiry::After(time)), When::At(start)) => now.plus(time) > start,
            (Some(Expiry::After(time)), When::After(delay)) => time > delay,
        }
    }
}

fn check_backoff(backoff: &Backoff) -> Result<(), EnqueueError> {
    let longest = match backoff {
        Backoff::Exponential { base, most } => Some(base.max(most)),
        Backoff::Fixed(wait) => Some(wait),
        Backoff::List(waits) => {
            holds(waits.len() <= MAX_BACKOFFS, "backoff", "has at most 100 waits")?;
            waits.iter().max()
        }
    };
    holds(longest.is_none_or(|wait| *wait <= LONGEST_BACKOFF), "backoff", "has waits of at most 30 days")
}

fn check_unique(unique: &UniqueBy, kind: &Kind) -> Result<(), EnqueueError> {
    let mut names = unique.args.iter().flatten();
    let exist = names.all(|name| kind.may_have_argument(name));
    holds(exist, "unique.args", "names arguments of the kind; its schema lists them")?;
    let Until::Period(period) = unique.until else { return Ok(()) };
    let in_range = period >= Duration::from_millis(1) && period <= LONGEST_UNIQUE_PERIOD;
    holds(in_range, "unique.period_ms", "goes from 1 to 31536000000 (365 days)")
}

fn holds(holds: bool, name: &'static str, rule: &'static str) -> Result<(), EnqueueError> {
    if holds { Ok(()) } else { Err(EnqueueError::Option { name, rule }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::JobKind;
    use crate::unique::OnConflict;

    const SECOND: Duration = Duration::from_secs(1);
    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        order: u32,
    }

    impl JobKind for Closed {
        const NAME: &'static str = "test.closed";
        type Output = ();
    }

    #[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    struct Open {
        order: u32,
    }

    impl JobKind for Open {
        const NAME: &'static str = "test.open";
        type Output = ();
    }

    /// Which option is refused.
    fn refused<K: JobKind>(options: &EnqueueOptions) -> Option<&'static str> {
        match options.check(&Kind::of::<K>().unwrap(), NOW) {
            Err(EnqueueError::Option { name, .. }) => Some(name),
            Err(error) => panic!("{error}"),
            Ok(()) => None,
        }
    }

    fn backoff(backoff: Backoff) -> EnqueueOptions {
        EnqueueOptions { backoff: Some(backoff), ..EnqueueOptions::default() }
    }

    fn unique(args: Option<&[&str]>, until: Until) -> EnqueueOptions {
        let args = args.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let unique = UniqueBy { args, until, on_conflict: OnConflict::Reject };
        EnqueueOptions { unique: Some(unique), ..EnqueueOptions::default() }
    }

    #[test]
    fn waits_after_a_failure_are_bounded_in_length_and_number() {
        let longer = LONGEST_BACKOFF + SECOND;
        for fits in [
            Backoff::Fixed(LONGEST_BACKOFF),
            Backoff::List(vec![SECOND; MAX_BACKOFFS]),
            Backoff::Exponential { base: SECOND, most: LONGEST_BACKOFF },
        ] {
            assert_eq!(refused::<Closed>(&backoff(fits)), None);
        }
        for too_much in [
            Backoff::Fixed(longer),
            Backoff::List(vec![SECOND; MAX_BACKOFFS + 1]),
            Backoff::List(vec![SECOND, longer]),
            Backoff::Exponential { base: SECOND, most: longer },
            Backoff::Exponential { base: longer, most: SECOND },
        ] {
            assert_eq!(refused::<Closed>(&backoff(too_much)), Some("backoff"));
        }
    }

    #[test]
    fn jobs_are_unique_by_arguments_that_their_kind_has() {
        let finish = Until::Finish;
        assert_eq!(refused::<Closed>(&unique(Some(&["order"]), finish)), None);
        assert_eq!(refused::<Closed>(&unique(None, finish)), None);
        assert_eq!(refused::<Closed>(&unique(Some(&["order", "oder"]), finish)), Some("unique.args"));
        // Its schema does not say that there is nothing else.
        assert_eq!(refused::<Open>(&unique(Some(&["oder"]), finish)), None);
    }

    #[test]
    fn a_period_of_uniqueness_is_neither_nothing_nor_for_ever() {
        for (period, name) in [
            (Duration::ZERO, Some("unique.period_ms")),
            (Duration::from_millis(1), None),
            (LONGEST_UNIQUE_PERIOD, None),
            (LONGEST_UNIQUE_PERIOD + SECOND, Some("unique.period_ms")),
        ] {
            assert_eq!(refused::<Closed>(&unique(None, Until::Period(period))), name, "{period:?}");
        }
    }

    #[test]
    fn a_job_expires_later_than_it_may_start() {
        let at = |seconds: u64| NOW.plus(Duration::from_secs(seconds));
        for (when, expires, fits) in [
            (When::Now, Expiry::After(SECOND), true),
            (When::Now, Expiry::After(Duration::ZERO), false),
            (When::Now, Expiry::At(Timestamp::from_millis(1)), true),
            (When::At(at(5)), Expiry::At(at(6)), true),
            (When::At(at(5)), Expiry::At(at(5)), false),
            (When::At(at(5)), Expiry::After(6 * SECOND), true),
            (When::At(at(5)), Expiry::After(4 * SECOND), false),
            (When::After(5 * SECOND), Expiry::After(6 * SECOND), true),
            (When::After(5 * SECOND), Expiry::After(5 * SECOND), false),
            (When::After(5 * SECOND), Expiry::At(at(6)), true),
            (When::After(5 * SECOND), Expiry::At(at(4)), false),
        ] {
            let options =
                EnqueueOptions { when: Some(when), expires: Some(expires), ..EnqueueOptions::default() };
            let expected = (!fits).then_some("expires");
            assert_eq!(refused::<Closed>(&options), expected, "{when:?}, {expires:?}");
        }
    }
}
