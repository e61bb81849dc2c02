//! The diagnostic kinds do what they are asked for, and no more.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use windlass_jobs::{Diagnostics, catalog};
use windlass_queue::JobError;

use crate::support::{Attempt, services, staffed};

#[tokio::test]
async fn a_noop_succeeds_without_a_result() {
    let result = Attempt::new().run(&staffed(&services(None)), "diagnostic.noop", &json!({})).await;
    assert_eq!(result.unwrap(), Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_sleep_takes_its_time_and_tells_how_far_it_is() {
    let (attempt, start) = (Attempt::new(), Instant::now());
    let registry = staffed(&services(None));
    attempt.run(&registry, "diagnostic.sleep", &json!({"ms": 10_000})).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(*attempt.progress.borrow(), 100);
}

#[tokio::test]
async fn a_busy_sleep_leaves_the_thread_to_others_and_stops_when_it_is_cancelled() {
    let mut attempt = Attempt::new();
    let registry = staffed(&services(None));
    let (mut progress, cancellation) = (attempt.progress.clone(), attempt.cancellation.clone());
    attempt.progress.borrow_and_update();
    // This test has one thread: were it busy, the cancellation would never come.
    let cancel = async {
        progress.changed().await.unwrap();
        cancellation.cancel();
    };
    let args = json!({"ms": 3_600_000, "cpu": true});
    let (result, ()) = tokio::join!(attempt.run(&registry, "diagnostic.sleep", &args), cancel);
    assert!(matches!(result, Err(JobError::Cancelled)), "{result:?}");
}

#[tokio::test]
async fn a_sleep_stops_when_it_is_cancelled() {
    let attempt = Attempt::new();
    attempt.cancellation.cancel();
    let registry = staffed(&services(None));
    let result = attempt.run(&registry, "diagnostic.sleep", &json!({"ms": 3_600_000})).await;
    assert!(matches!(result, Err(JobError::Cancelled)), "{result:?}");
}

#[tokio::test]
async fn a_fail_rate_of_one_always_fails_and_one_of_zero_never_does() {
    let registry = staffed(&services(None));
    for _ in 0..50 {
        let sure = json!({"ms": 0, "fail_rate": 1});
        let error = Attempt::new().run(&registry, "diagnostic.sleep", &sure).await.unwrap_err();
        assert!(matches!(error, JobError::Transient { .. }), "{error:?}");
        let never = json!({"ms": 0, "fail_rate": 0.0});
        Attempt::new().run(&registry, "diagnostic.sleep", &never).await.unwrap();
    }
}

#[test]
fn args_outside_of_their_bounds_are_refused() {
    let catalog = catalog(Diagnostics::Enabled).unwrap();
    for args in [
        json!({}),
        json!({"ms": -1}),
        json!({"ms": 3_600_001}),
        json!({"ms": 1, "fail_rate": 1.1}),
        json!({"ms": 1, "other": 1}),
        json!(null),
    ] {
        assert!(catalog.check("diagnostic.sleep", &args).is_err(), "{args}");
    }
    assert!(catalog.check("diagnostic.noop", &json!({"ms": 1})).is_err());
}

#[test]
fn the_longest_sleep_fits_into_its_time() {
    let catalog = catalog(Diagnostics::Enabled).unwrap();
    assert!(catalog.get("diagnostic.sleep").unwrap().timeout > Duration::from_hours(1));
}

#[test]
fn without_diagnostics_their_kinds_do_not_exist() {
    let names = |diagnostics| -> Vec<_> {
        catalog(diagnostics).unwrap().kinds().map(|kind| kind.name.to_string()).collect()
    };
    assert_eq!(names(Diagnostics::Disabled), ["email.send", "email.send_template", "jobs.bulk"]);
    let all = ["diagnostic.noop", "diagnostic.sleep", "email.send", "email.send_template", "jobs.bulk"];
    assert_eq!(names(Diagnostics::Enabled), all);
}

#[test]
fn every_kind_that_can_be_enqueued_has_a_handler() {
    let registry = staffed(&services(None));
    for kind in catalog(Diagnostics::Enabled).unwrap().kinds() {
        assert!(registry.handler(&kind.name).is_some(), "{}", kind.name);
        assert!(!kind.summary.is_empty(), "{}", kind.name);
    }
}
