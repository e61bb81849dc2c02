use std::collections::HashMap;
use std::str::FromStr;

use windlass_queue::JobEvent;
use windlass_shared::{JobState, KindName};

/// What of a kind's jobs goes into the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HistoryPolicy {
    /// Every end.
    #[default]
    All,
    /// What did not go well: failed attempts, lost ones, jobs that were given up, cancelled, or never started.
    Failures,
    /// Nothing.
    None,
}

/// A text that is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no history policy; use all, failures or none")]
pub struct UnknownPolicy(String);

impl FromStr for HistoryPolicy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        match text {
            "all" => Ok(Self::All),
            "failures" => Ok(Self::Failures),
            "none" => Ok(Self::None),
            other => Err(UnknownPolicy(other.to_owned())),
        }
    }
}

impl HistoryPolicy {
    /// Whether what has happened is worth a row.
    pub(crate) fn wants(self, state: JobState) -> bool {
        match self {
            Self::All => true,
            Self::Failures => match state {
                JobState::Retryable | JobState::Cancelled | JobState::Discarded => true,
                JobState::Scheduled
                | JobState::Pending
                | JobState::Available
                | JobState::Running
                | JobState::Completed => false,
            },
            Self::None => false,
        }
    }
}

/// The policies of all kinds.
#[derive(Debug, Clone, Default)]
pub struct HistoryPolicies {
    /// What holds for kinds that are not named.
    pub default: HistoryPolicy,
    /// What holds for these.
    pub kinds: HashMap<KindName, HistoryPolicy>,
}

impl HistoryPolicies {
    /// What holds for a kind.
    pub fn of(&self, kind: &KindName) -> HistoryPolicy {
        self.kinds.get(kind).copied().unwrap_or(self.default)
    }

    /// Whether an event may be worth a row, whatever its job's kind. What is not need not be looked up.
    pub(crate) fn may_want(&self, event: &JobEvent) -> bool {
        let Some(state) = event.state else { return false };
        self.default.wants(state) || self.kinds.values().any(|policy| policy.wants(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_what_did_not_go_well() {
        let wanted: Vec<_> =
            JobState::ALL.into_iter().filter(|state| HistoryPolicy::Failures.wants(*state)).collect();
        assert_eq!(wanted, [JobState::Retryable, JobState::Cancelled, JobState::Discarded]);
    }

    #[test]
    fn a_kind_that_is_named_has_its_own_policy() {
        let kinds = HashMap::from([("a".parse().unwrap(), HistoryPolicy::None)]);
        let policies = HistoryPolicies { default: HistoryPolicy::Failures, kinds };
        assert_eq!(policies.of(&"a".parse().unwrap()), HistoryPolicy::None);
        assert_eq!(policies.of(&"b".parse().unwrap()), HistoryPolicy::Failures);
    }

    #[test]
    fn only_three_words_are_policies() {
        assert_eq!("failures".parse(), Ok(HistoryPolicy::Failures));
        assert!("some".parse::<HistoryPolicy>().is_err());
    }
}
