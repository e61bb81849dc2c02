use serde::Deserialize;
use serde_json::{Map, Value};
use windlass_shared::{TenantId, Timestamp};

use super::TokenFault;
use super::options::TokenOptions;

/// How far the clocks of an issuer and of this machine may be apart, in milliseconds.
const LEEWAY: f64 = 60_000.0;
/// How many characters a `sub` has at most, and how many roles count.
const LONGEST_SUBJECT: usize = 255;
const MOST_ROLES: usize = 100;

/// What a token says of its bearer, in words of its issuer.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Claims(Map<String, Value>);

/// Who shows a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::access) struct Person {
    /// Who it is, for their issuer.
    pub(in crate::access) sub: String,
    /// What they say to be of; not every role needs one.
    pub(in crate::access) organization: Option<TenantId>,
    pub(in crate::access) roles: Vec<String>,
}

impl Claims {
    /// Whether they hold now and are meant for us.
    pub(super) fn check(&self, options: &TokenOptions, now: Timestamp) -> Result<(), TokenFault> {
        #[expect(clippy::cast_precision_loss, reason = "a millisecond more or less does not matter")]
        let now = now.as_millis() as f64;
        let end = self.instant("exp")?.ok_or(TokenFault::Times)?;
        if now >= end + LEEWAY {
            return Err(TokenFault::Expired);
        }
        if self.instant("nbf")?.is_some_and(|start| now < start - LEEWAY) {
            return Err(TokenFault::NotYet);
        }
        let is = |claim: &str, wanted: &str| match self.0.get(claim) {
            Some(Value::String(one)) => one == wanted,
            Some(Value::Array(several)) => claim == "aud" && several.iter().any(|one| one == wanted),
            _ => false,
        };
        if options.issuer.as_ref().is_some_and(|issuer| !is("iss", issuer)) {
            return Err(TokenFault::Issuer);
        }
        if options.audience.as_ref().is_some_and(|audience| !is("aud", audience)) {
            return Err(TokenFault::Audience);
        }
        Ok(())
    }

    /// Whom they speak of.
    pub(super) fn person(&self, options: &TokenOptions) -> Result<Person, TokenFault> {
        let sub = self.0.get("sub").and_then(Value::as_str).unwrap_or_default();
        let fits = (1..=LONGEST_SUBJECT).contains(&sub.chars().count()) && !sub.contains(char::is_control);
        if !fits {
            return Err(TokenFault::Subject);
        }
        let organization = match self.at(&options.organization_claim) {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.parse().map_err(|_| TokenFault::Organization)?),
            Some(_) => return Err(TokenFault::Organization),
        };
        let roles = match self.at(&options.roles_claim) {
            Some(Value::String(role)) => vec![role.clone()],
            Some(Value::Array(roles)) => {
                roles.iter().filter_map(Value::as_str).take(MOST_ROLES).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Ok(Person { sub: sub.to_owned(), organization, roles })
    }

    /// An instant in milliseconds; claims have seconds, perhaps with a fraction (RFC 7519, section 2).
    fn instant(&self, claim: &str) -> Result<Option<f64>, TokenFault> {
        let Some(value) = self.0.get(claim) else { return Ok(None) };
        value.as_f64().map(|seconds| Some(seconds * 1_000.0)).ok_or(TokenFault::Times)
    }

    /// A claim of this name, or else of this path, like `realm_access.roles`. The name comes first: issuers use URLs as names
    /// of their own claims, with dots in them.
    fn at(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(path) {
            return Some(value);
        }
        let mut names = path.split('.');
        let first = self.0.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }
}
