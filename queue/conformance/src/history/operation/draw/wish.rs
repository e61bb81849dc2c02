use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use windlass_queue::{OnConflict, Until};

use super::sometimes;
use crate::history::operation::theme::Weights;
use crate::history::operation::{KINDS, LIMIT_KEYS, TENANTS, UNIQUE_KEYS, UniqueWish, Wish};

pub(super) fn wish(weights: Weights) -> impl Strategy<Value = Wish> {
    let who = (0..TENANTS, 0..KINDS, any::<bool>());
    let hours = prop_oneof![4 => Just(0_u8), 1 => 1..4_u8];
    let limit_key = sometimes(weights.limit_key_of_ten, 0..LIMIT_KEYS.len());
    let unique = sometimes(weights.unique_of_ten, unique());
    let expires = sometimes(weights.expiry_of_ten, 0..4_u8);
    let batch = sometimes(weights.batch_of_ten, any::<Index>());
    (who, 4..7_u8, hours, 1..4_u16, limit_key, unique, expires, batch).prop_map(
        |(
            (tenant, kind, is_remembered),
            priority,
            hours,
            max_attempts,
            limit_key,
            unique,
            expires,
            batch,
        )| {
            // What has expired when it comes holds its key until somebody looks; when that is, is left to an engine.
            let unique = unique.filter(|_| expires != Some(0));
            Wish {
                tenant,
                kind,
                priority,
                hours,
                max_attempts,
                limit_key,
                unique,
                expires,
                batch,
                is_remembered,
            }
        },
    )
}

fn unique() -> impl Strategy<Value = UniqueWish> {
    let until = prop_oneof![
        Just(Until::Start),
        Just(Until::Finish),
        (1..4_u64).prop_map(|hours| Until::Period(Duration::from_hours(hours))),
    ];
    let on_conflict = prop_oneof![
        Just(OnConflict::Reject),
        Just(OnConflict::Replace),
        Just(OnConflict::Debounce),
        Just(OnConflict::KeepLatest),
    ];
    (0..UNIQUE_KEYS, until, on_conflict).prop_map(|(key, until, on_conflict)| UniqueWish {
        key,
        until,
        on_conflict,
    })
}
