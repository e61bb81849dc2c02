//! What a worker does for its queues besides running jobs.

use std::sync::atomic::Ordering;

use serde_json::json;
use windlass_queue::Retention;

use crate::bench::{Bench, drained, queue};

#[tokio::test]
async fn everything_past_its_retention_goes_in_one_round_however_little_goes_in_one_call() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    bench.enqueue(0..10).await;
    let worker = bench.start();
    bench.next_numbers(10).await;
    drained(worker).await;
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().completed, 10);

    bench.tap.most_pruned.store(3, Ordering::SeqCst);
    let nothing = Retention { completed_most: 0, ..Retention::default() };
    let worker = bench.worker().retention(nothing).start().unwrap();
    // The next round would come later than this waits.
    bench.until_depth(|depth| depth.completed == 0).await;
    drained(worker).await;
}
