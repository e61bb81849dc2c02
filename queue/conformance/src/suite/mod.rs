mod ruling;
mod steering;
mod working;

use std::time::Duration;

use tokio::runtime::Builder;

use crate::{Bench, Subject, history};

/// How long a promise may take. The slowest one needs a few seconds; what takes this long hangs.
const PATIENCE: Duration = Duration::from_mins(3);
/// How long it may take when somebody asks for a number of random histories.
const LONG_PATIENCE: Duration = Duration::from_hours(12);

/// Tries one promise on a new subject.
pub fn check<S: Subject>(subject: impl AsyncFnOnce() -> S, promise: impl AsyncFnOnce(Bench)) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let trial = async { promise(Bench::new(subject().await).await).await };
    let patience = if history::cases().is_some() { LONG_PATIENCE } else { PATIENCE };
    let kept = runtime.block_on(async { tokio::time::timeout(patience, trial).await });
    assert!(kept.is_ok(), "nothing was decided within {patience:?}");
}

/// Makes a test of every promise. The argument names an `async fn() -> impl Subject` in the same module.
#[macro_export]
macro_rules! conformance {
    ($subject:ident) => {
        $crate::working!($subject);
        $crate::ruling!($subject);
        $crate::steering!($subject);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! promises {
    ($subject:ident; $($group:ident { $($promise:ident,)* })*) => {
        $(mod $group {
            $(
                #[test]
                fn $promise() {
                    $crate::check(super::$subject, $crate::promises::$group::$promise);
                }
            )*
        })*
    };
}
