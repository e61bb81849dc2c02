/// What a history is mostly about. Everything else happens in it too, but seldom; only plain work knows no rules at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Jobs come, run and end, without any rule: the order of the lanes is exact.
    PlainWork,
    /// What is paused and held, and kinds that not every worker serves.
    Pauses,
    /// How many run at a time, how heavy turns are, how many jobs there may be.
    Limits,
    /// How many start in a time, and clocks that step.
    Rates,
    /// Keys, periods, heirs.
    UniqueJobs,
    /// Batches, callbacks, children.
    Batches,
    /// Workers that die, jobs that are suspects, answers that are lost.
    Deaths,
    /// People who redrive, delete, cancel and reprioritize.
    Steering,
}

/// How often the sorts of operations come, in relation to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    pub(super) enqueue: u32,
    pub(super) batch: u32,
    pub(super) claim: u32,
    pub(super) settle: u32,
    pub(super) die: u32,
    pub(super) steer: u32,
    pub(super) time: u32,
    pub(super) pause: u32,
    pub(super) limit: u32,
    pub(super) policy: u32,
    /// Of ten jobs: how many have a unique key, a limit key, an expiry, and a batch.
    pub(super) unique_of_ten: u32,
    pub(super) limit_key_of_ten: u32,
    pub(super) expiry_of_ten: u32,
    pub(super) batch_of_ten: u32,
    /// Of ten claims: how many serve one kind only.
    pub(super) picky_of_ten: u32,
    /// Of ten limits: how many have a rate.
    pub(super) rate_of_ten: u32,
}

impl Theme {
    pub(super) const fn weights(self) -> Weights {
        const USUAL: Weights = Weights {
            enqueue: 12,
            batch: 1,
            claim: 14,
            settle: 10,
            die: 3,
            steer: 4,
            time: 5,
            pause: 2,
            limit: 2,
            policy: 1,
            unique_of_ten: 1,
            limit_key_of_ten: 3,
            expiry_of_ten: 1,
            batch_of_ten: 1,
            picky_of_ten: 1,
            rate_of_ten: 3,
        };
        match self {
            Self::PlainWork => Weights { pause: 0, limit: 0, policy: 0, picky_of_ten: 0, ..USUAL },
            Self::Pauses => Weights { pause: 12, limit: 1, picky_of_ten: 4, ..USUAL },
            Self::Limits => {
                Weights { limit: 10, policy: 4, pause: 1, limit_key_of_ten: 6, rate_of_ten: 1, ..USUAL }
            }
            Self::Rates => Weights { limit: 8, time: 10, limit_key_of_ten: 6, rate_of_ten: 9, ..USUAL },
            Self::UniqueJobs => Weights { unique_of_ten: 8, time: 8, expiry_of_ten: 2, ..USUAL },
            Self::Batches => {
                Weights { batch: 6, batch_of_ten: 7, expiry_of_ten: 2, steer: 6, settle: 14, ..USUAL }
            }
            Self::Deaths => Weights { enqueue: 6, die: 20, claim: 18, settle: 4, ..USUAL },
            Self::Steering => Weights { steer: 16, unique_of_ten: 4, expiry_of_ten: 2, ..USUAL },
        }
    }
}
