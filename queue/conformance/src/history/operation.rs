use proptest::prelude::*;
use proptest::sample::Index;
use windlass_queue::Suspects;

/// How many workers and tenants take part.
pub(crate) const WORKERS: usize = 3;
pub(crate) const TENANTS: u8 = 2;

/// One thing that somebody does to a queue. What it is done to is chosen among what there is at that time.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// A new job.
    Enqueue(Wish),
    /// A job that exists is sent again.
    EnqueueAgain {
        job: Index,
    },
    Claim {
        worker: usize,
        most: usize,
        suspects: Suspects,
    },
    Settle {
        claim: Which,
        ending: Ending,
    },
    BeginAlone {
        claim: Which,
    },
    /// The worker is found dead, as far as this claim is concerned.
    Lose {
        claim: Which,
    },
    /// The attempt is found to have run past its time.
    Overrun {
        claim: Which,
        hours: u8,
    },
    Cancel {
        job: Index,
    },
    Promote {
        most: usize,
    },
    /// An hour passes.
    Advance,
}

/// What is asked for with a new job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) tenant: u8,
    pub(crate) priority: u8,
    /// How far ahead; 0 is now.
    pub(crate) hours: u8,
    pub(crate) max_attempts: u16,
}

/// Which claim: one that is current, or any that ever was.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    Current(Index),
    Any(Index),
}

/// How a handler ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending {
    Complete,
    FailTransient { hours: u8 },
    FailPermanent,
    Snooze { hours: u8 },
    Release,
    Stop,
}

/// A history of up to `most` operations.
pub(crate) fn operations(most: usize) -> impl Strategy<Value = Vec<Operation>> {
    proptest::collection::vec(operation(), 1..most)
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => enqueue(),
        1 => any::<Index>().prop_map(|job| Operation::EnqueueAgain { job }),
        6 => claim(),
        6 => (which(), ending()).prop_map(|(claim, ending)| Operation::Settle { claim, ending }),
        2 => which().prop_map(|claim| Operation::BeginAlone { claim }),
        4 => which().prop_map(|claim| Operation::Lose { claim }),
        1 => (which(), 1..4_u8).prop_map(|(claim, hours)| Operation::Overrun { claim, hours }),
        1 => any::<Index>().prop_map(|job| Operation::Cancel { job }),
        1 => (1..5_usize).prop_map(|most| Operation::Promote { most }),
        2 => Just(Operation::Advance),
    ]
}

fn enqueue() -> impl Strategy<Value = Operation> {
    let hours = prop_oneof![3 => Just(0_u8), 1 => 1..4_u8];
    (0..TENANTS, 4..7_u8, hours, 1..4_u16).prop_map(|(tenant, priority, hours, max_attempts)| {
        Operation::Enqueue(Wish { tenant, priority, hours, max_attempts })
    })
}

fn claim() -> impl Strategy<Value = Operation> {
    let suspects = prop_oneof![Just(Suspects::Take), Just(Suspects::Leave)];
    (0..WORKERS, 1..5_usize, suspects).prop_map(|(worker, most, suspects)| Operation::Claim {
        worker,
        most,
        suspects,
    })
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        4 => any::<Index>().prop_map(Which::Current),
        1 => any::<Index>().prop_map(Which::Any),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        2 => Just(Ending::Complete),
        2 => (1..4_u8).prop_map(|hours| Ending::FailTransient { hours }),
        1 => Just(Ending::FailPermanent),
        1 => (1..4_u8).prop_map(|hours| Ending::Snooze { hours }),
        2 => Just(Ending::Release),
        1 => Just(Ending::Stop),
    ]
}
