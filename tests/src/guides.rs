//! The examples of the guides, which compile and run as every other example does.

#[doc = include_str!("../../docs/guides/order.md")]
mod order {}

#[doc = include_str!("../../docs/guides/limits.md")]
mod limits {}

#[doc = include_str!("../../docs/guides/uniqueness.md")]
mod uniqueness {}

#[doc = include_str!("../../docs/guides/retries.md")]
mod retries {}

#[doc = include_str!("../../docs/guides/steps.md")]
mod steps {}

#[doc = include_str!("../../docs/guides/batches.md")]
mod batches {}

#[doc = include_str!("../../docs/guides/steering.md")]
mod steering {}

#[doc = include_str!("../../docs/guides/bounds.md")]
mod bounds {}

#[doc = include_str!("../../docs/guides/large-values.md")]
mod large_values {}

#[doc = include_str!("../../docs/guides/why.md")]
mod why {}

#[doc = include_str!("../../docs/transactional-enqueue.md")]
mod transactional_enqueue {}
