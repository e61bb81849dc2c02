//! Who may: every request is made by a [`Caller`], and whatever they ask for goes over the [`Desk`], the one place that keeps
//! it within what is theirs.

mod answers;
mod caller;
mod configured;
mod desk;
mod failures;
mod guard;
mod identify;
mod limits;
mod options;
mod permission;
mod refusal;
mod remembered;
mod roles;
mod stored;
mod tokens;

pub(crate) use answers::Answers;
pub(crate) use caller::{Caller, tag_of};
use configured::Digest;
pub use configured::{ApiKeys, InvalidApiKey, MIN_KEY_CHARACTERS};
pub(crate) use desk::{Act, Asked, Desk, KeyWish, NotKept, may};
pub(crate) use guard::authenticate;
pub(crate) use identify::Access;
pub use limits::{Rate, RateLimits};
pub use options::AccessOptions;
pub use permission::{Permission, Permissions, UnknownPermission};
pub use roles::{RoleFault, Roles};
pub use tokens::{InvalidTokenOptions, TokenOptions};
