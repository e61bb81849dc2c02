//! What one queue leaves for another takes effect once, however often it is delivered: whoever relays may die between the
//! delivery and the note of it.

use redis::Value;
use windlass_queue::{DeleteAnswer, EnqueueJobs, MaintainQueue, SteerJobs};
use windlass_redis::{RedisEngine, RedisOptions};

use crate::own_queue::{Queue, url, wire};

#[tokio::test]
async fn a_delivery_that_is_repeated_after_the_job_is_gone_brings_it_no_second_time() {
    let engine = RedisEngine::new(RedisOptions::from_url(&url()).unwrap());
    let (here, there) = (Queue::new(&engine), Queue::new(&engine));
    engine.enqueue(&[here.new_job().await]).await;
    let child = there.new_job().await;
    here.complete(vec![child.clone()]).await;

    let outbox = format!("windlass:{{{}}}:outbox", here.name);
    let mut wire = wire().await;
    let left: Vec<(String, Vec<Value>)> =
        redis::cmd("XRANGE").arg(&outbox).arg("-").arg("+").query_async(&mut wire).await.unwrap();
    assert_eq!((left.len(), here.relay().await, here.relay().await), (1, 1, 0));
    assert!(there.exists(child.id).await);
    there.complete(Vec::new()).await;
    assert!(matches!(engine.delete(&[child.id]).await.unwrap()[0], DeleteAnswer::Deleted(_)));

    // The same entry, as if nobody had struck it out.
    let mut again = redis::cmd("XADD");
    again.arg(&outbox).arg("*");
    for value in &left[0].1 {
        let Value::BulkString(value) = value else { panic!("{value:?} is no text") };
        again.arg(value);
    }
    let _entry: String = again.query_async(&mut wire).await.unwrap();
    assert_eq!((here.relay().await, here.relay().await), (1, 0));
    assert!(!there.exists(child.id).await);
}

#[tokio::test]
async fn what_cannot_be_delivered_keeps_nothing_else_back() {
    let engine = RedisEngine::new(RedisOptions::from_url(&url()).unwrap());
    let (here, there) = (Queue::new(&engine), Queue::new(&engine));
    let mut wire = wire().await;
    let mut unknown = redis::cmd("XADD");
    unknown.arg(format!("windlass:{{{}}}:outbox", here.name)).arg("*").arg("from").arg("the future");
    let _entry: String = unknown.query_async(&mut wire).await.unwrap();
    engine.enqueue(&[here.new_job().await]).await;
    let child = there.new_job().await;
    here.complete(vec![child.clone()]).await;

    assert_eq!(here.relay().await, 1);
    assert!(there.exists(child.id).await);
    let error = engine.relay(&here.name, 1).await.unwrap_err().to_string();
    assert!(error.contains("outbox"), "{error}");
}
