use std::num::NonZeroU32;

use secrecy::SecretString;
use windlass_api::{InvalidTokenOptions, Rate, RateLimits, Roles, TokenOptions};

use super::key::{self, Key};
use super::reader::Reader;

/// Who may ask the API, and how much.
#[derive(Debug, Clone)]
pub(crate) struct AccessSettings {
    /// What each role may.
    pub(crate) roles: Roles,
    /// How many requests callers may make.
    pub(crate) limits: RateLimits,
    /// Which tokens are accepted.
    tokens: TokenSettings,
}

#[derive(Debug, Clone)]
struct TokenSettings {
    secret: Option<SecretString>,
    key_set: Option<String>,
    issuer: Option<String>,
    audience: Option<String>,
    organization_claim: String,
    roles_claim: String,
}

impl AccessSettings {
    /// Reads them; `None` leaves the reasons with the reader.
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let (roles, tokens) = (roles(reader), TokenSettings::read(reader));
        let key = rate(reader, &key::KEY_PER_SECOND, &key::KEY_BURST);
        let organization = rate(reader, &key::ORGANIZATION_PER_SECOND, &key::ORGANIZATION_BURST);
        let limits = RateLimits { key: key?, organization: organization? };
        Some(Self { roles: roles?, limits, tokens: tokens? })
    }

    /// Which tokens are accepted.
    pub(crate) fn tokens(&self) -> Result<TokenOptions, InvalidTokenOptions> {
        let TokenSettings { secret, key_set, issuer, audience, organization_claim, roles_claim } =
            &self.tokens;
        let mut options = TokenOptions::default().with_claims(organization_claim, roles_claim);
        if let Some(secret) = secret {
            options = options.with_secret(secret)?;
        }
        if let Some(url) = key_set {
            options = options.with_key_set(url)?;
        }
        if let Some(issuer) = issuer {
            options = options.issued_by(issuer);
        }
        if let Some(audience) = audience {
            options = options.meant_for(audience);
        }
        Ok(options)
    }
}

impl TokenSettings {
    fn read(reader: &mut Reader) -> Option<Self> {
        let secret = reader.secret(&key::JWT_SECRET).map(|secret| {
            TokenOptions::default().with_secret(&secret)?;
            Ok::<_, InvalidTokenOptions>(secret)
        });
        let secret = secret.and_then(|checked| reader.accept(&key::JWT_SECRET, checked));
        let key_set = reader.text(&key::JWKS_URL).map(|url| {
            TokenOptions::check_key_set_address(&url)?;
            Ok::<_, InvalidTokenOptions>(url)
        });
        let key_set = key_set.and_then(|checked| reader.accept(&key::JWKS_URL, checked));
        Some(Self {
            secret,
            key_set,
            issuer: reader.text(&key::JWT_ISSUER),
            audience: reader.text(&key::JWT_AUDIENCE),
            organization_claim: reader.text(&key::ORGANIZATION_CLAIM)?,
            roles_claim: reader.text(&key::ROLES_CLAIM)?,
        })
    }
}

fn roles(reader: &mut Reader) -> Option<Roles> {
    let mut roles = Ok(Roles::default());
    for (role, permissions) in reader.lists(&key::ROLES) {
        roles = roles.and_then(|roles| {
            let changed = roles.with(&role, permissions.iter().map(String::as_str));
            changed.map_err(|error| format!("the role {role}: {error}"))
        });
    }
    reader.accept(&key::ROLES, roles)
}

/// A rate; a rate of 0 is none, and a burst that is not given lets a second's worth come at once. `None` on the outside leaves
/// the reason with the reader.
#[expect(clippy::option_option, reason = "not to be read is another thing than not to be limited")]
fn rate(reader: &mut Reader, per_second: &Key, burst: &Key) -> Option<Option<Rate>> {
    let count = |number: u64| u32::try_from(number).map_err(|_| "goes from 0 to 4294967295");
    let given_burst = reader.is_given(burst).then(|| reader.number(burst, count));
    let rate = NonZeroU32::new(reader.number(per_second, count)?);
    let burst = match given_burst {
        Some(given) => NonZeroU32::new(given?),
        None => None,
    };
    Some(rate.map(|per_second| Rate { per_second, burst: burst.unwrap_or(per_second) }))
}
