use std::time::Duration;

use windlass_queue::{Listen, Notice, Serves};
use windlass_shared::Incarnation;

use crate::Bench;

/// Far longer than a wake-up takes, even where much else happens, and far shorter than any fallback may be.
const SOON: Duration = Duration::from_secs(5);
/// Long enough for a notice that is on its way.
const A_MOMENT: Duration = Duration::from_millis(100);

/// A worker that has nothing to do and listens.
pub(crate) struct Idle {
    bench: Bench,
    serves: Serves,
    listener: Box<dyn Listen>,
    pub(crate) worker: Incarnation,
}

impl Idle {
    pub(crate) async fn new(bench: &Bench) -> Self {
        Self::serving(bench, Serves::Every).await
    }

    /// One that serves only some kinds.
    pub(crate) async fn serving(bench: &Bench, serves: Serves) -> Self {
        let (bench, worker) = (bench.clone(), bench.worker());
        let listener = bench.engine.listener(worker, &bench.queue).await.unwrap();
        Self { bench, serves, listener, worker }
    }

    /// Asks for jobs when there are none, which arms the worker.
    pub(crate) async fn find_nothing(&self) {
        assert!(self.bench.claim_serving(self.worker, 5, &self.serves).await.is_empty());
    }

    /// Whether word of work comes soon.
    pub(crate) async fn is_woken(&mut self) -> bool {
        self.listener.next(SOON).await.unwrap().contains(&Notice::Work)
    }

    /// Whether there is no word of work.
    pub(crate) async fn is_left_alone(&mut self) -> bool {
        !self.listener.next(A_MOMENT).await.unwrap().contains(&Notice::Work)
    }
}
