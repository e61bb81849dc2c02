use super::configured::ApiKeys;
use super::limits::RateLimits;
use super::roles::Roles;
use super::tokens::TokenOptions;

/// Who may ask, and how much.
#[derive(Debug, Clone)]
pub struct AccessOptions {
    /// The keys of the configuration, which open everything.
    pub keys: ApiKeys,
    /// What each role may.
    pub roles: Roles,
    /// Which tokens are accepted.
    pub tokens: TokenOptions,
    /// How many requests callers may make.
    pub limits: RateLimits,
}

impl AccessOptions {
    /// The keys of the configuration and of the store, with the usual roles; no tokens, no limits.
    pub fn new(keys: ApiKeys) -> Self {
        Self { keys, roles: Roles::default(), tokens: TokenOptions::default(), limits: RateLimits::default() }
    }
}
