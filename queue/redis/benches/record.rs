//! What it costs to make the record of a job and to take it apart again, as every enqueue and every claim does.
//!
//! The record is nobody's business but the engine's, so it is compiled into this program a second time rather than shown
//! to the world.
#![expect(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

#[expect(dead_code, reason = "the driver's errors do not occur here")]
#[path = "../src/error.rs"]
mod error;
#[expect(dead_code, unused_imports, reason = "not all that the engine does with a record is measured")]
#[path = "../src/record/mod.rs"]
mod record;
#[expect(dead_code, reason = "only an enqueue has terms")]
#[path = "../src/terms.rs"]
mod terms;

use std::time::Duration;

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use windlass_queue::{NewJob, OnConflict, Unique, UniqueKey, Until};
use windlass_shared::{Backoff, JobId, QueueNumber, Timestamp};

fn main() {
    divan::main();
}

/// What a job has.
#[derive(Debug, Clone, Copy)]
enum Has {
    /// Nothing but 120 bytes of arguments.
    Arguments,
    /// What it may have besides.
    Everything,
}

const BOTH: [Has; 2] = [Has::Arguments, Has::Everything];

#[divan::bench(args = BOTH, sample_size = 1_000)]
fn encode(bencher: Bencher<'_, '_>, has: Has) {
    let job = job(has);
    let bytes = record::encode(&job).unwrap().len();
    bencher
        .counter(ItemsCount::new(1_u32))
        .counter(BytesCount::new(bytes))
        .bench(|| record::encode(black_box(&job)).unwrap());
}

/// Of a job that was claimed.
#[divan::bench(args = BOTH, sample_size = 1_000)]
fn decode(bencher: Bencher<'_, '_>, has: Has) {
    let record = Bytes::from(record::encode(&job(has)).unwrap());
    bencher
        .counter(ItemsCount::new(1_u32))
        .counter(BytesCount::new(record.len()))
        .bench(|| record::decode(black_box(&record)).unwrap());
}

fn job(has: Has) -> NewJob {
    let plain = NewJob {
        args: format!("{:?}", "x".repeat(118)).into(),
        ..NewJob::plain(
            JobId::new(Timestamp::from_millis(0), QueueNumber::new(1), 1),
            "invitations".parse().unwrap(),
            "invitation.send".parse().unwrap(),
        )
    };
    match has {
        Has::Arguments => plain,
        Has::Everything => NewJob {
            tags: vec!["cake".parse().unwrap(), "mathematics".parse().unwrap()],
            backoff: Some(Backoff::Fixed(Duration::from_secs(5))),
            limit_key: Some("smtp.example.com".parse().unwrap()),
            unique: Some(Unique {
                key: UniqueKey([7; 16]),
                until: Until::Finish,
                on_conflict: OnConflict::Reject,
            }),
            ..plain
        },
    }
}
