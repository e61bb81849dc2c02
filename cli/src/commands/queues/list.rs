use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::json;
use windlass_api::QueueView;
use windlass_queue::{Client, Depth, Order, Rules, Scope};
use windlass_shared::QueueName;

use crate::args::queues::ListArgs;
use crate::failure::Failure;
use crate::output::{Cell, Colours, Style, Table};

/// Lists the queues that exist, and those that kinds live in.
pub(super) async fn run(args: &ListArgs, client: &Client, colours: Colours) -> Result<(), Failure> {
    let engine = client.engine().as_ref();
    let queues: BTreeSet<_> = engine.queues().await?.into_iter().chain(client.catalog().queues()).collect();
    let mut out = io::stdout().lock();
    if args.json {
        let mut views = Vec::with_capacity(queues.len());
        for queue in &queues {
            views.push(QueueView::of(engine, queue).await?);
        }
        writeln!(out, "{:#}", json!({ "queues": views }))?;
        return Ok(());
    }
    let mut table = Table::new(&[
        "QUEUE",
        "SCHEDULED",
        "PENDING",
        "AVAILABLE",
        "RUNNING",
        "RETRYABLE",
        "DISCARDED",
        "WORKERS",
        "NOTE",
    ]);
    for queue in &queues {
        let depth = engine.depth(queue).await?;
        let rules = engine.rules(queue).await?;
        let workers = engine.workers(queue).await?.len();
        table.row(row(queue, &depth, &rules, workers));
    }
    table.write(&mut out, colours)?;
    Ok(())
}

fn row(queue: &QueueName, depth: &Depth, rules: &Rules, workers: usize) -> Vec<Cell> {
    let counts =
        [depth.scheduled, depth.pending, depth.available, depth.running, depth.retryable, depth.discarded];
    let mut cells: Vec<Cell> = vec![queue.to_string().into()];
    cells.extend(counts.map(|count| Cell::from(count.to_string())));
    cells.push(workers.to_string().into());
    cells.push(Cell::styled(note(rules), Style::Yellow));
    cells
}

/// What is out of the ordinary.
fn note(rules: &Rules) -> String {
    let parked: u64 = rules.parked.iter().map(|parked| parked.jobs).sum();
    let (whole, parts): (Vec<_>, Vec<_>) = rules.pauses.iter().partition(|pause| pause.scope == Scope::Queue);
    let notes = [
        (!whole.is_empty()).then(|| "paused".to_owned()),
        (!parts.is_empty()).then(|| format!("{} parts paused", parts.len())),
        rules.policy.draining.then(|| "draining".to_owned()),
        (rules.policy.order == Order::PriorityFirst).then(|| "priority first".to_owned()),
        (parked > 0).then(|| format!("{parked} parked")),
    ];
    notes.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use windlass_queue::{Parked, Paused};

    use super::*;

    #[test]
    fn a_note_names_what_is_out_of_the_ordinary() {
        let mut rules = Rules::default();
        assert_eq!(note(&rules), "");
        let pause = |scope: &str| Paused { scope: scope.parse().unwrap(), until: None, note: None };
        rules.pauses = vec![pause("queue"), pause("tenant:acme"), pause("kind:a")];
        rules.policy.draining = true;
        rules.parked = vec![Parked { scope: "kind:a".parse().unwrap(), unserved: false, jobs: 7 }];
        assert_eq!(note(&rules), "paused, 2 parts paused, draining, 7 parked");
    }
}
