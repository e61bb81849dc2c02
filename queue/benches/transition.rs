//! What the rules of a job's life cost, and the look at a new job's arguments.
#![expect(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use serde_json::json;
use windlass_queue::{Catalog, Event, JobKind, Snapshot, transition};
use windlass_shared::JobState;

fn main() {
    divan::main();
}

/// Every event in every state.
#[divan::bench(sample_size = 1_000)]
fn every_cell_of_the_table(bencher: Bencher<'_, '_>) {
    let cells: Vec<_> =
        JobState::ALL.into_iter().flat_map(|state| Event::ALL.map(|event| (job(state), event))).collect();
    bencher.counter(ItemsCount::new(cells.len())).bench(|| {
        for (job, event) in black_box(&cells) {
            black_box(transition(*job, *event));
        }
    });
}

const fn job(state: JobState) -> Snapshot {
    Snapshot { state, attempt: 1, max_attempts: 3, deaths: 0, alone: false, cancel_requested: false }
}

#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Invite {
    to: String,
    event: u64,
    note: Option<String>,
}

impl JobKind for Invite {
    const NAME: &'static str = "invitation.send";
    type Output = ();
}

#[divan::bench(sample_size = 1_000)]
fn check_of_arguments(bencher: Bencher<'_, '_>) {
    let mut catalog = Catalog::new();
    catalog.add::<Invite>().unwrap();
    let args = json!({ "to": "ada@example.com", "event": 1_815, "note": "There will be cake." });
    bencher.counter(ItemsCount::new(1_u32)).bench(|| {
        assert!(catalog.check(black_box("invitation.send"), black_box(&args)).is_ok());
    });
}
