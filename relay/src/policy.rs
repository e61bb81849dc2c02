use std::collections::HashMap;
use std::str::FromStr;

use windlass_shared::KindName;
use windlass_store::Verb;

/// What of a kind's jobs goes into the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HistoryPolicy {
    /// Every end.
    #[default]
    All,
    /// What did not go well: failed attempts, lost ones, jobs that were given up, cancelled, or never started; and the good
    /// ends of jobs that had failed before.
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
    /// Whether the end of a claim is worth a row. Of a job that had failed before, the good end is too: it tells that the
    /// failure is over.
    pub(crate) const fn wants(self, end: EndOfClaim) -> bool {
        match self {
            Self::All => true,
            Self::Failures => match end.verb {
                Verb::Retry | Verb::Discard | Verb::Cancel | Verb::Rescue | Verb::Expire => true,
                Verb::Complete => end.had_failed,
                Verb::Snooze | Verb::Release => false,
            },
            Self::None => false,
        }
    }
}

/// What a policy looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndOfClaim {
    /// What ended it.
    pub(crate) verb: Verb,
    /// Whether earlier attempts of the job may have failed.
    pub(crate) had_failed: bool,
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

    /// Whether the end of a claim may be worth a row, whatever its job's kind. What is not need not be looked up.
    pub(crate) fn may_want(&self, end: EndOfClaim) -> bool {
        self.default.wants(end) || self.kinds.values().any(|policy| policy.wants(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_what_did_not_go_well() {
        let wants = |verb, had_failed| HistoryPolicy::Failures.wants(EndOfClaim { verb, had_failed });
        let wanted: Vec<_> = Verb::ALL.into_iter().filter(|verb| wants(*verb, false)).collect();
        assert_eq!(wanted, [Verb::Retry, Verb::Discard, Verb::Cancel, Verb::Rescue, Verb::Expire]);
        assert!(wants(Verb::Complete, true), "that a failure is over is part of its story");
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
