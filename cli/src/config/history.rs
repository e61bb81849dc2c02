use std::time::Duration;

use windlass_relay::{HistoryPolicies, HistoryPolicy, Payloads, RelayOptions};
use windlass_shared::KindName;

use super::key;
use super::reader::Reader;

/// What stands for every kind that is not named.
const EVERY: &str = "*";
const MOST_DAYS: u64 = 36_500;
const DAY: Duration = Duration::from_hours(24);

/// What of jobs is recorded, and for how long that is kept; `None` leaves the reasons with the reader.
pub(super) fn read(reader: &mut Reader) -> Option<RelayOptions> {
    let policies = policies(&reader.lists(&key::HISTORY_POLICY));
    let policies = reader.accept(&key::HISTORY_POLICY, policies);
    let keep = reader.number(&key::HISTORY_KEEP_DAYS, |days| match u32::try_from(days) {
        Ok(days @ 1..) if u64::from(days) <= MOST_DAYS => Ok(DAY * days),
        _ => Err(format!("goes from 1 to {MOST_DAYS}")),
    });
    let most_events = reader.number(&key::HISTORY_MOST_EVENTS, |number| match number {
        1_000..=100_000_000 => Ok(number),
        _ => Err("goes from 1000 to 100000000"),
    });
    let payloads = if reader.flag(&key::HISTORY_PAYLOADS) { Payloads::Keep } else { Payloads::Leave };
    Some(RelayOptions { policies: policies?, payloads, keep: keep?, most_events: Some(most_events?) })
}

/// The policies, given as lists of kinds by policy.
fn policies(lists: &[(String, Vec<String>)]) -> Result<HistoryPolicies, String> {
    let mut policies = HistoryPolicies::default();
    for (policy, kinds) in lists {
        let policy: HistoryPolicy =
            policy.parse().map_err(|error: windlass_relay::UnknownPolicy| error.to_string())?;
        for kind in kinds {
            if kind == EVERY {
                policies.default = policy;
                continue;
            }
            let name: KindName = kind.parse().map_err(|error| format!("{kind}: {error}"))?;
            if policies.kinds.insert(name, policy).is_some_and(|other| other != policy) {
                return Err(format!("{kind} stands under two policies"));
            }
        }
    }
    Ok(policies)
}
