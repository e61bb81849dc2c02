//! Uniqueness: of several jobs that mean the same, one is enough.
//!
//! A job may carry a key. While another job *holds* that key, what is enqueued with it conflicts, and its own wish
//! decides what happens:
//!
//! | the holder is | `reject` | `replace` | `debounce` | `keep_latest` |
//! |---|---|---|---|---|
//! | scheduled, available, retryable | answers the holder | the holder takes over content and time | the holder takes over the content, and its time starts anew | the holder takes over content and time |
//! | running | answers the holder | answers the holder | waits as its heir | waits as its heir |
//! | pending (an heir itself) | cannot be: an heir holds nothing | | | |
//! | final, or gone, within its period | answers the holder | answers the holder | answers the holder | answers the holder |
//!
//! An *heir* is `pending` until the holder lets go; then it holds the key and becomes `available` (or `scheduled`, if its
//! time is ahead). A key has one heir at most. Once there is one, it runs last, so it is the one that takes over what comes
//! later, whatever the holder does meanwhile: were it the holder, the heir would follow with content that is older.
//!
//! | there is an heir, and the holder is | `reject` | `replace` | `debounce` | `keep_latest` |
//! |---|---|---|---|---|
//! | anything | answers the holder | the heir takes over content and time | the heir takes over the content, and its time starts anew | the heir takes over content and time |
//!
//! When a job lets go of its key:
//!
//! | what happens to the holder | until start | until finish | for a period |
//! |---|---|---|---|
//! | claimed | lets go | keeps | keeps |
//! | retry, snooze, release, lost lease | (has let go) | keeps | keeps |
//! | completed, discarded, expired | (has let go), or lets go if it never started | lets go | keeps until the period is over |
//! | cancelled, deleted | lets go | lets go | lets go |
//!
//! A job that is redriven needs its key again: when another one holds it by then, the redrive is refused and names the
//! holder. One that had let go at its start and comes back to its lane does not take the key again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use windlass_shared::{JobState, KindName, TenantId};

/// What makes a job unique within its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unique {
    /// The key, from kind, tenant and chosen arguments.
    pub key: UniqueKey,
    /// For how long the job holds it.
    pub until: Until,
    /// What happens when another one holds it.
    pub on_conflict: OnConflict,
}

/// The digest of what makes a job the same as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueKey(pub [u8; UniqueKey::BYTES]);

impl UniqueKey {
    /// The length in bytes.
    pub const BYTES: usize = 16;

    /// The key of a job of `kind` and `tenant`: over the arguments with these names, or over all of them. The order of
    /// fields and names does not matter; a field that is missing counts as `null`.
    pub fn derive(kind: &KindName, tenant: &TenantId, args: &Value, names: Option<&[String]>) -> Self {
        let chosen = match names {
            None => args.clone(),
            Some(names) => names
                .iter()
                .map(|name| (name.clone(), args.get(name).cloned().unwrap_or_default()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        };
        let mut digest = Sha256::new();
        for name in [kind.as_str(), tenant.as_str()] {
            digest.update(name);
            // No name has a NUL.
            digest.update([0]);
        }
        digest.update(sorted(chosen).to_string());
        let digest: [u8; 32] = digest.finalize().into();
        let mut key = [0; Self::BYTES];
        key.copy_from_slice(&digest[..Self::BYTES]);
        Self(key)
    }
}

/// The same value with the fields of every object in the order of their names.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> =
                fields.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            fields.into_iter().collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect::<Vec<_>>().into(),
        plain => plain,
    }
}

/// A wish for uniqueness, before the key is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueBy {
    /// The names of the arguments that make a job the same as another; all of them if left out.
    pub args: Option<Vec<String>>,
    /// For how long a job holds its key.
    pub until: Until,
    /// What happens when another one holds it.
    pub on_conflict: OnConflict,
}

/// For how long a job holds its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Until a worker claims it for the first time.
    Start,
    /// Until it is in a final state.
    Finish,
    /// For this long from its acceptance, whatever becomes of it.
    Period(Duration),
}

/// What happens to a job whose key another one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// It is not accepted; the holder is the answer.
    #[default]
    Reject,
    /// What waits, the heir before the holder, takes over its content and its time; a holder that runs is the answer.
    Replace,
    /// What waits, the heir before the holder, takes over its content, and its time is set back; beside a running holder
    /// it becomes the heir.
    Debounce,
    /// The newest content wins: what waits, the heir before the holder, takes it over; beside a running holder it becomes
    /// the heir.
    KeepLatest,
}

/// What a conflict comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Nothing changes; the holder is the answer.
    AnswerHolder,
    /// The holder takes over arguments, tags, priority, attempts, time-out, expiry and time to run of the new one. It
    /// keeps its id, its tenant, its kind, and when it was created; its attempts start anew.
    ReplaceHolder,
    /// The heir takes that over as a holder would, and stays `pending`.
    ReplaceHeir,
    /// The new one becomes the heir, `pending`.
    BecomeHeir,
}

impl OnConflict {
    /// Decides a conflict with a holder in this state, `None` when it is gone and only its period goes on, and whether
    /// somebody waits for it.
    pub const fn resolve(self, holder: Option<JobState>, has_heir: bool) -> Resolution {
        match (holder, self) {
            (_, Self::Reject) => Resolution::AnswerHolder,
            _ if has_heir => Resolution::ReplaceHeir,
            (Some(JobState::Scheduled | JobState::Available | JobState::Retryable), _) => {
                Resolution::ReplaceHolder
            }
            (Some(JobState::Running), Self::Debounce | Self::KeepLatest) => Resolution::BecomeHeir,
            (
                Some(
                    JobState::Running
                    | JobState::Pending
                    | JobState::Completed
                    | JobState::Cancelled
                    | JobState::Discarded,
                )
                | None,
                _,
            ) => Resolution::AnswerHolder,
        }
    }
}

impl Until {
    /// Whether a job that reaches `state` lets go of its key.
    pub const fn lets_go_in(self, state: JobState) -> bool {
        match (self, state) {
            (Self::Start, JobState::Running)
            | (Self::Start | Self::Finish, JobState::Completed | JobState::Discarded)
            | (_, JobState::Cancelled) => true,
            (
                _,
                JobState::Scheduled
                | JobState::Pending
                | JobState::Available
                | JobState::Retryable
                | JobState::Running
                | JobState::Completed
                | JobState::Discarded,
            ) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_depends_on_kind_tenant_and_the_chosen_arguments_alone() {
        let key = |kind: &str, tenant: &str, args: Value, names: Option<&[String]>| {
            UniqueKey::derive(&kind.parse().unwrap(), &tenant.parse().unwrap(), &args, names)
        };
        let (one, two) = (json!({"a": 1, "b": {"x": 1, "y": 2}}), json!({"b": {"y": 2, "x": 1}, "a": 1}));
        let base = key("k", "t", one.clone(), None);
        assert_eq!(base, key("k", "t", two, None));
        assert_ne!(base, key("k", "u", one.clone(), None));
        assert_ne!(base, key("l", "t", one.clone(), None));
        let names = ["a".to_owned()];
        assert_eq!(
            key("k", "t", one.clone(), Some(&names)),
            key("k", "t", json!({"a": 1, "c": 5}), Some(&names))
        );
        assert_ne!(key("k", "t", one, Some(&names)), key("k", "t", json!({"a": 2}), Some(&names)));
    }

    const WAITING: [JobState; 3] = [JobState::Scheduled, JobState::Available, JobState::Retryable];
    const POLICIES: [OnConflict; 4] =
        [OnConflict::Reject, OnConflict::Replace, OnConflict::Debounce, OnConflict::KeepLatest];

    #[test]
    fn only_reject_leaves_a_waiting_holder_as_it_is() {
        for state in WAITING {
            for policy in POLICIES {
                let replaces = policy.resolve(Some(state), false) == Resolution::ReplaceHolder;
                assert_eq!(replaces, policy != OnConflict::Reject, "{policy:?} × {state}");
            }
        }
    }

    #[test]
    fn nothing_replaces_what_runs() {
        let resolutions = POLICIES.map(|policy| policy.resolve(Some(JobState::Running), false));
        let (answer, heir) = (Resolution::AnswerHolder, Resolution::BecomeHeir);
        assert_eq!(resolutions, [answer, answer, heir, heir]);
    }

    #[test]
    fn what_is_over_or_gone_is_answered_while_its_period_lasts() {
        let over = [None, Some(JobState::Completed), Some(JobState::Cancelled), Some(JobState::Discarded)];
        for (policy, holder) in POLICIES.iter().flat_map(|policy| over.map(|holder| (policy, holder))) {
            assert_eq!(policy.resolve(holder, false), Resolution::AnswerHolder, "{policy:?} × {holder:?}");
        }
    }

    #[test]
    fn an_heir_takes_over_what_comes_later_whatever_the_holder_does() {
        for holder in JobState::ALL.map(Some).into_iter().chain([None]) {
            let (answer, heir) = (Resolution::AnswerHolder, Resolution::ReplaceHeir);
            let resolutions = POLICIES.map(|policy| policy.resolve(holder, true));
            assert_eq!(resolutions, [answer, heir, heir, heir], "{holder:?}");
        }
    }

    #[test]
    fn a_key_is_let_go_as_the_table_says() {
        let period = Until::Period(Duration::from_secs(1));
        let lets_go = |until: Until| {
            JobState::ALL.into_iter().filter(|state| until.lets_go_in(*state)).collect::<Vec<_>>()
        };
        let finals = vec![JobState::Completed, JobState::Cancelled, JobState::Discarded];
        assert_eq!(lets_go(Until::Start), [vec![JobState::Running], finals.clone()].concat());
        assert_eq!(lets_go(Until::Finish), finals);
        assert_eq!(lets_go(period), [JobState::Cancelled]);
    }
}
