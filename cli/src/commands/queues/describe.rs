//! One queue, told to a person.

use std::io::{self, Write};

use windlass_queue::{
    Depth, Limit, LivingWorker, Order, Parked, Paused, QueuePolicy, Retention, Rules, TenantPolicy,
};
use windlass_shared::{JobState, TenantId};

use crate::args::Length;
use crate::commands::sheet::Sheet;
use crate::output::Colours;

/// How many entries of each sort are shown; `--json` shows more.
const MOST_ENTRIES: usize = 50;

/// Writes all that is known of the queue.
pub(super) fn describe(
    depth: &Depth,
    rules: &Rules,
    workers: &[LivingWorker],
    out: &mut impl Write,
    colours: Colours,
) -> io::Result<()> {
    let mut sheet = Sheet::new(out, colours);
    JobState::ALL.into_iter().try_for_each(|state| sheet.fact(state.as_str(), depth.of(state)))?;
    policy(&rules.policy, &mut sheet)?;
    entries("tenants", &rules.tenants, tenant, &mut sheet)?;
    entries("pauses", &rules.pauses, pause, &mut sheet)?;
    entries("limits", &rules.limits, |(scope, limit)| format!("{scope}: {}", limited(limit)), &mut sheet)?;
    entries("parked", &rules.parked, parked, &mut sheet)?;
    entries("workers", workers, worker, &mut sheet)
}

/// What a limit allows, in words.
pub(super) fn limited(limit: &Limit) -> String {
    let concurrency = limit.concurrency.map(|most| format!("{most} at a time"));
    let rate = limit.rate.map(|rate| {
        let burst = if rate.burst.get() > 1 { format!(", {} at once", rate.burst) } else { String::new() };
        format!("{} in {}{burst}", rate.count, Length(rate.period))
    });
    [concurrency, rate].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn policy<W: Write>(policy: &QueuePolicy, sheet: &mut Sheet<'_, W>) -> io::Result<()> {
    let order = match policy.order {
        Order::TenantsFirst => "tenants first",
        Order::PriorityFirst => "priority first",
    };
    sheet.fact("order", order)?;
    sheet.fact("draining", if policy.draining { "yes: it takes no new jobs" } else { "no" })?;
    let bound = |bound: Option<_>| {
        bound.map_or_else(|| "none".to_owned(), |bound: std::num::NonZeroU64| bound.to_string())
    };
    sheet.fact("most jobs", bound(policy.max_depth))?;
    sheet.fact("tenant quota", bound(policy.tenant_quota))?;
    policy.retention.as_ref().map_or(Ok(()), |kept| sheet.fact("retention", retention(kept)))
}

fn retention(kept: &Retention) -> String {
    format!(
        "completed {} and {} at most, cancelled and discarded {} and {} at most, results {}",
        Length(kept.completed_for),
        kept.completed_most,
        Length(kept.failed_for),
        kept.failed_most,
        Length(kept.results_for)
    )
}

fn entries<W: Write, T>(
    name: &str,
    entries: &[T],
    line: impl Fn(&T) -> String,
    sheet: &mut Sheet<'_, W>,
) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    sheet.section(name)?;
    entries.iter().take(MOST_ENTRIES).try_for_each(|entry| sheet.line(&line(entry)))?;
    match entries.len().saturating_sub(MOST_ENTRIES) {
        0 => Ok(()),
        more => sheet.line(&format!("and {more} more; --json shows them")),
    }
}

fn tenant((tenant, policy): &(TenantId, TenantPolicy)) -> String {
    let quota = policy.quota.map_or_else(String::new, |quota| format!(", at most {quota} unfinished jobs"));
    format!("{tenant}: {} a turn{quota}", policy.weight)
}

fn pause(pause: &Paused) -> String {
    let until =
        pause.until.map_or_else(|| "until it is resumed".to_owned(), |until| format!("until {until}"));
    let note = pause.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
    format!("{}: {until}{note}", pause.scope)
}

fn parked(parked: &Parked) -> String {
    let why = if parked.unserved { ", which no worker that came by serves" } else { "" };
    format!("{}{why}: {} jobs", parked.scope, parked.jobs)
}

fn worker(worker: &LivingWorker) -> String {
    let memory = worker.memory.map_or_else(String::new, |bytes| format!(", {} MiB", bytes >> 20));
    let kinds: Vec<_> = worker.info.kinds.iter().map(ToString::to_string).collect();
    format!("{}: runs {}{memory}; serves {}", worker.info.name, worker.running, kinds.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rules: &Rules) -> String {
        let mut out = Vec::new();
        describe(&Depth::default(), rules, &[], &mut out, Colours::Off).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_holds_is_told_and_what_does_not_is_left_out() {
        let mut rules = Rules::default();
        let plain = written(&rules);
        assert!(
            plain.contains("order         tenants first") && plain.contains("most jobs     none"),
            "{plain}"
        );
        assert!(!plain.contains("limits") && !plain.contains("retention"), "{plain}");
        let limit = r#"{"concurrency": 5, "rate": {"count": 100, "period_ms": 60000, "burst": 9}}"#;
        rules.limits = vec![("key:stripe".parse().unwrap(), serde_json::from_str(limit).unwrap())];
        rules.policy.retention = Some(Retention::default());
        let told = written(&rules);
        assert!(told.contains("key:stripe: 5 at a time; 100 in 1m, 9 at once"), "{told}");
        assert!(told.contains("completed 1d and 100000 at most, cancelled and discarded 30d"), "{told}");
    }

    #[test]
    fn a_long_list_is_cut_with_a_word() {
        let parked = |number: u32| Parked {
            scope: format!("key:k:{number}").parse().unwrap(),
            unserved: false,
            jobs: 1,
        };
        let told = written(&Rules { parked: (0..60).map(parked).collect(), ..Rules::default() });
        assert!(told.contains("key:k:49: 1 jobs") && !told.contains("key:k:50"), "{told}");
        assert!(told.contains("and 10 more; --json shows them"), "{told}");
    }
}
