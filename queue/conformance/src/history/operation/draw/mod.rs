mod rules;
mod wish;

use proptest::prelude::*;
use proptest::sample::Index;
use windlass_queue::Suspects;

use self::rules::{limit, limit_scope, policy, scope, tenant_policy};
use self::wish::wish;
use super::theme::Weights;
use super::{Ask, Ending, KINDS, Operation, Step, TENANTS, Theme, WORKERS, Which};

/// A history of up to `most` operations.
pub(crate) fn operations(theme: Theme, most: usize) -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(theme.weights()), 1..most)
}

fn step(weights: Weights) -> impl Strategy<Value = Step> {
    let again = prop_oneof![7 => Just(false), 1 => Just(true)];
    (operation(weights), again).prop_map(|(operation, again)| Step { operation, again })
}

fn operation(weights: Weights) -> impl Strategy<Value = Operation> {
    prop_oneof![
        weights.enqueue => coming(weights),
        weights.batch => batching(),
        weights.claim => claiming(weights),
        weights.settle => settling(weights),
        weights.die => dying(),
        weights.steer => steering(),
        weights.time => time(),
        weights.pause => pausing(),
        weights.limit => (limit_scope(), limit(weights))
            .prop_map(|(scope, limit)| Operation::SetLimit { scope, limit }),
        weights.policy => governing(),
    ]
}

fn coming(weights: Weights) -> impl Strategy<Value = Operation> {
    prop_oneof![
        10 => proptest::collection::vec(wish(weights), 1..4).prop_map(Operation::Enqueue),
        1 => any::<Index>().prop_map(|job| Operation::EnqueueAgain { job }),
    ]
}

fn batching() -> impl Strategy<Value = Operation> {
    prop_oneof![
        any::<(bool, bool)>().prop_map(|(callback, elsewhere)| Operation::OpenBatch { callback, elsewhere }),
        any::<Index>().prop_map(|batch| Operation::SealBatch { batch }),
    ]
}

fn claiming(weights: Weights) -> impl Strategy<Value = Operation> {
    prop_oneof![
        10 => ask(weights).prop_map(Operation::Claim),
        1 => ask(weights).prop_map(Operation::LostClaim),
        2 => (1..5_usize).prop_map(|most| Operation::Promote { most }),
    ]
}

fn ask(weights: Weights) -> impl Strategy<Value = Ask> {
    let suspects = prop_oneof![Just(Suspects::Take), Just(Suspects::Leave)];
    let serves = sometimes(weights.picky_of_ten, 0..KINDS);
    (0..WORKERS, 1..5_usize, suspects, serves).prop_map(|(worker, most, suspects, serves)| Ask {
        worker,
        most,
        suspects,
        serves,
    })
}

fn settling(weights: Weights) -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => (which(), ending(weights)).prop_map(|(claim, ending)| Operation::Settle { claim, ending }),
        1 => (which(), 0..3_u8).prop_map(|(claim, step)| Operation::RecordStep { claim, step }),
        1 => which().prop_map(|claim| Operation::Checkpoint { claim }),
    ]
}

fn dying() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => which().prop_map(|claim| Operation::Lose { claim }),
        2 => which().prop_map(|claim| Operation::BeginAlone { claim }),
        1 => (which(), 1..4_u8).prop_map(|(claim, hours)| Operation::Overrun { claim, hours }),
    ]
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        6 => any::<Index>().prop_map(Which::Current),
        1 => any::<Index>().prop_map(Which::Any),
    ]
}

fn ending(weights: Weights) -> impl Strategy<Value = Ending> {
    let children = (proptest::collection::vec(wish(weights), 0..3), any::<bool>());
    prop_oneof![
        3 => children
            .prop_map(|(children, one_elsewhere)| Ending::Complete { children, one_elsewhere }),
        2 => (1..4_u8).prop_map(|hours| Ending::FailTransient { hours }),
        1 => Just(Ending::FailPermanent),
        1 => (1..4_u8).prop_map(|hours| Ending::Snooze { hours }),
        2 => Just(Ending::Release),
        1 => Just(Ending::Stop),
    ]
}

fn steering() -> impl Strategy<Value = Operation> {
    prop_oneof![
        2 => any::<Index>().prop_map(|job| Operation::Cancel { job }),
        3 => (any::<Index>(), any::<bool>()).prop_map(|(job, changes)| Operation::Redrive { job, changes }),
        1 => any::<Index>().prop_map(|job| Operation::Delete { job }),
        1 => (any::<Index>(), 4..7_u8)
            .prop_map(|(job, priority)| Operation::Reprioritize { job, priority }),
        1 => any::<Index>().prop_map(|job| Operation::AskWhy { job }),
    ]
}

fn time() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => (1..3_u8).prop_map(|hours| Operation::Advance { hours }),
        1 => (1..3_u8).prop_map(|hours| Operation::StepBack { hours }),
        1 => Just(Operation::Prune),
    ]
}

fn pausing() -> impl Strategy<Value = Operation> {
    let lasts = proptest::option::of(1..4_u8);
    prop_oneof![
        (scope(), lasts).prop_map(|(scope, hours)| Operation::Pause { scope, hours }),
        (scope(), 1..4_u8).prop_map(|(scope, hours)| Operation::Hold { scope, hours }),
        any::<Index>().prop_map(|pause| Operation::Resume { pause }),
    ]
}

fn governing() -> impl Strategy<Value = Operation> {
    prop_oneof![
        (0..TENANTS, tenant_policy()).prop_map(|(tenant, policy)| Operation::SetTenant { tenant, policy }),
        policy().prop_map(Operation::SetPolicy),
    ]
}

/// `some` in so many of ten cases.
fn sometimes<T: Clone + std::fmt::Debug>(
    of_ten: u32,
    some: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    prop_oneof![10 - of_ten => Just(None), of_ten => some.prop_map(Some)]
}
