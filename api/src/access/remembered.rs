use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;
use windlass_store::StoreError;

/// For how long an answer of the store is good enough.
const FRESH: Duration = Duration::from_secs(30);
/// For how long a refusal is: whoever has just been let in shall not wait.
const FRESH_REFUSAL: Duration = Duration::from_secs(5);
/// For how long an old answer stands in while the store is away.
const STANDS_IN: Duration = Duration::from_mins(5);
/// How long the store is left alone about an answer that it could not give anew.
const PAUSE: Duration = Duration::from_secs(5);
/// How many answers are kept at most.
const MOST: usize = 10_000;

/// Answers of the store that requests ask for again and again.
///
/// One that has grown old is asked for anew by one request, and the others go by the old one meanwhile. While the store is
/// away, an old one stands in for a time, so that an outage of the store stops nobody who was at work.
#[derive(Debug)]
pub(super) struct Remembered<K, V> {
    answers: RwLock<HashMap<K, Arc<Answer<V>>>>,
    /// How often something was forgotten.
    forgotten: AtomicU64,
}

#[derive(Debug)]
struct Answer<V> {
    value: V,
    /// When the store gave it.
    heard: Instant,
    /// When it is asked for anew.
    due: Instant,
    /// Whether somebody asks for it anew.
    asking: AtomicBool,
}

/// What can be remembered.
pub(super) trait Memorable: Clone {
    /// Whether it lets nobody in.
    fn is_refusal(&self) -> bool;
}

impl<K: Hash + Eq, V: Memorable> Remembered<K, V> {
    pub(super) fn new() -> Self {
        Self { answers: RwLock::default(), forgotten: AtomicU64::new(0) }
    }

    /// The answer as far as it is fresh, which costs no more than a look.
    pub(super) fn fresh(&self, key: &K) -> Option<V> {
        self.known(key).filter(|answer| answer.is_fresh()).map(|answer| answer.value.clone())
    }

    /// The answer: remembered, or asked for now.
    pub(super) async fn get(
        &self,
        key: K,
        ask: impl Future<Output = Result<V, StoreError>>,
    ) -> Result<V, StoreError> {
        let old = self.known(&key);
        if let Some(old) = &old
            && (old.is_fresh() || (old.stands_in() && old.asking.swap(true, Ordering::Relaxed)))
        {
            return Ok(old.value.clone());
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        // Should this future be dropped, the next request asks.
        let asking = Asking(old.as_deref());
        match (ask.await, asking.0) {
            (Ok(value), _) => {
                self.keep(key, Answer::new(value.clone()), forgotten);
                Ok(value)
            }
            (Err(error), Some(old)) if error.is_transient() && old.stands_in() => {
                self.keep(key, old.for_a_while(), forgotten);
                Ok(old.value.clone())
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Forgets what is about something that has changed.
    pub(super) fn forget(&self, is_about: impl Fn(&K, &V) -> bool) {
        let mut answers = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        answers.retain(|key, answer| !is_about(key, &answer.value));
    }

    fn known(&self, key: &K) -> Option<Arc<Answer<V>>> {
        self.answers.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps an answer, unless something was forgotten since it was asked for: it may be from before the change.
    fn keep(&self, key: K, answer: Answer<V>, forgotten: u64) {
        let mut answers = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            return;
        }
        if answers.len() >= MOST {
            answers.retain(|_, answer| answer.is_fresh());
        }
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(key, Arc::new(answer));
    }
}

impl<V: Memorable> Answer<V> {
    fn new(value: V) -> Self {
        let (heard, fresh) = (Instant::now(), if value.is_refusal() { FRESH_REFUSAL } else { FRESH });
        Self { value, heard, due: heard + fresh, asking: AtomicBool::new(false) }
    }

    fn is_fresh(&self) -> bool {
        Instant::now() < self.due
    }

    /// Whether it is good enough while the store is away.
    fn stands_in(&self) -> bool {
        !self.value.is_refusal() && self.heard.elapsed() < STANDS_IN
    }

    /// The same, for the time in which the store is left alone.
    fn for_a_while(&self) -> Self {
        let due = (Instant::now() + PAUSE).min(self.heard + STANDS_IN);
        Self { value: self.value.clone(), heard: self.heard, due, asking: AtomicBool::new(false) }
    }
}

/// The turn to ask for an answer anew, which is given back however that ends.
struct Asking<'a, V>(Option<&'a Answer<V>>);

impl<V> Drop for Asking<'_, V> {
    fn drop(&mut self) {
        if let Some(answer) = self.0 {
            answer.asking.store(false, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    impl Memorable for bool {
        fn is_refusal(&self) -> bool {
            !self
        }
    }

    const AWAY: fn() -> StoreError = || StoreError::Unavailable { detail: String::new() };

    async fn asked(remembered: &Remembered<u8, bool>, answer: Result<bool, StoreError>) -> Option<bool> {
        remembered.get(1, async { answer }).await.ok()
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_asked_for_anew_when_it_is_old() {
        let remembered = Remembered::new();
        assert_eq!(asked(&remembered, Ok(true)).await, Some(true));
        assert_eq!(asked(&remembered, Ok(false)).await, Some(true), "it is remembered");
        tokio::time::advance(FRESH).await;
        assert_eq!(asked(&remembered, Ok(false)).await, Some(false));
        tokio::time::advance(FRESH_REFUSAL).await;
        assert_eq!(asked(&remembered, Ok(true)).await, Some(true));
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_answer_stands_in_for_a_store_that_is_away_but_not_for_ever_and_no_refusal_does() {
        let remembered = Remembered::new();
        asked(&remembered, Ok(true)).await;
        tokio::time::advance(FRESH * 2).await;
        assert_eq!(asked(&remembered, Err(AWAY())).await, Some(true));
        assert_eq!(asked(&remembered, Ok(false)).await, Some(true), "the store is left alone for a while");
        tokio::time::advance(STANDS_IN).await;
        assert_eq!(asked(&remembered, Err(AWAY())).await, None);
        asked(&remembered, Ok(false)).await;
        tokio::time::advance(FRESH_REFUSAL).await;
        assert_eq!(asked(&remembered, Err(AWAY())).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn while_one_asks_anew_the_others_go_by_the_old_answer_and_one_that_hangs_up_hands_its_turn_on() {
        let remembered = Remembered::new();
        asked(&remembered, Ok(true)).await;
        tokio::time::advance(FRESH).await;
        let hung = remembered.get(1, pending());
        let mut hung = Box::pin(hung);
        assert!(futures_util::poll!(&mut hung).is_pending());
        assert_eq!(asked(&remembered, Ok(false)).await, Some(true));
        drop(hung);
        assert_eq!(asked(&remembered, Ok(false)).await, Some(false));
    }

    #[tokio::test]
    async fn what_has_changed_is_forgotten() {
        let remembered = Remembered::new();
        asked(&remembered, Ok(true)).await;
        remembered.forget(|key, _| *key == 1);
        assert_eq!(remembered.fresh(&1), None);
    }

    #[tokio::test]
    async fn an_answer_from_before_a_change_is_not_remembered_after_it() {
        let remembered = Remembered::new();
        let (tell, told) = tokio::sync::oneshot::channel();
        let asking = remembered.get(1, async { told.await.map_err(|_| AWAY()) });
        let changing = async {
            remembered.forget(|key, _| *key == 1);
            tell.send(true).unwrap();
        };
        let (answer, ()) = tokio::join!(asking, changing);
        assert!(answer.unwrap());
        assert_eq!(remembered.fresh(&1), None);
    }
}
