//! What the store knows of those who ask: its keys and its organizations.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use windlass_shared::{Clock, TenantId, Timestamp};
use windlass_store::{ApiKey, KeyCheck, KeyId, KeyRefusal, Store, StoreError};

use super::caller::{Actor, Caller, Queues};
use super::configured::Digest;
use super::permission::{Permission, Permissions};
use super::remembered::{Memorable, Remembered};
use super::roles::Roles;

/// The keys and organizations of the store, remembered for a time.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(super) store: Store,
    clock: Arc<dyn Clock>,
    keys: Remembered<Digest, KeyState>,
    organizations: Remembered<TenantId, OrganizationState>,
    /// When keys were last shown, as far as the store has not been told.
    used: Mutex<HashMap<KeyId, Timestamp>>,
}

/// What a text is that was shown as a key of the store.
#[derive(Debug, Clone)]
pub(super) enum KeyState {
    Holds(Arc<StoredKey>),
    /// Its organization is suspended.
    Suspended(TenantId),
    Unknown,
}

/// A key of the store that holds.
#[derive(Debug)]
pub(super) struct StoredKey {
    id: KeyId,
    expires_at: Option<Timestamp>,
    pub(super) caller: Arc<Caller>,
}

/// What the store knows of an organization that somebody says to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrganizationState {
    Active,
    Suspended,
    Unknown,
}

impl Memorable for KeyState {
    fn is_refusal(&self) -> bool {
        match self {
            Self::Holds(_) => false,
            Self::Suspended(_) | Self::Unknown => true,
        }
    }
}

impl Memorable for OrganizationState {
    fn is_refusal(&self) -> bool {
        *self != Self::Active
    }
}

impl Stored {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let (keys, organizations) = (Remembered::new(), Remembered::new());
        Self { store, clock, keys, organizations, used: Mutex::default() }
    }

    /// The key with this digest as far as it is remembered, so that the store need not be asked.
    pub(super) fn remembered_key(&self, digest: &Digest) -> Option<KeyState> {
        self.keys.fresh(digest).map(|state| self.unless_expired(state))
    }

    /// The key that this is the text of.
    pub(super) async fn key(
        &self,
        digest: Digest,
        text: &str,
        roles: &Roles,
    ) -> Result<KeyState, StoreError> {
        let asked = async { self.ask(text, roles).await };
        Ok(self.unless_expired(self.keys.get(digest, asked).await?))
    }

    /// What is known of an organization.
    pub(super) async fn organization(&self, id: &TenantId) -> Result<OrganizationState, StoreError> {
        let asked = async {
            Ok(match self.store.organizations().get(id).await? {
                None => OrganizationState::Unknown,
                Some(found) if found.suspended_at.is_some() => OrganizationState::Suspended,
                Some(_) => OrganizationState::Active,
            })
        };
        self.organizations.get(id.clone(), asked).await
    }

    /// Forgets a key that was taken back, so that it opens nothing here any more.
    pub(crate) fn forget_key(&self, id: &KeyId) {
        self.keys.forget(|_, state| match state {
            KeyState::Holds(key) => key.id == *id,
            KeyState::Suspended(_) | KeyState::Unknown => false,
        });
    }

    /// Forgets an organization that was suspended or resumed, and its keys.
    pub(crate) fn forget_organization(&self, id: &TenantId) {
        self.organizations.forget(|known, _| known == id);
        self.keys.forget(|_, state| match state {
            KeyState::Holds(key) => key.caller.organization.as_ref() == Some(id),
            KeyState::Suspended(organization) => organization == id,
            KeyState::Unknown => false,
        });
    }

    /// Tells the store when keys were last shown. What it does not take is told with the next call.
    pub(crate) async fn tell_used(&self) {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        let told: Vec<_> = used.into_iter().collect();
        if told.is_empty() {
            return;
        }
        if let Err(error) = self.store.api_keys().mark_used(&told).await {
            tracing::debug!(%error, "when keys were last used is told later");
            let mut kept = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            for (id, at) in told {
                kept.entry(id).or_insert(at);
            }
        }
    }

    async fn ask(&self, text: &str, roles: &Roles) -> Result<KeyState, StoreError> {
        let now = self.clock.now();
        let key = match self.store.api_keys().check(&SecretString::from(text), now).await? {
            KeyCheck::Holds(key) => key,
            KeyCheck::Refused(refusal) => return Ok(refused(refusal)),
        };
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key.id.clone(), now);
        let (id, expires_at) = (key.id.clone(), key.expires_at);
        Ok(KeyState::Holds(Arc::new(StoredKey { id, expires_at, caller: Arc::new(caller(key, roles)) })))
    }

    /// A key may end while it is remembered.
    fn unless_expired(&self, state: KeyState) -> KeyState {
        match &state {
            KeyState::Holds(key) if key.expires_at.is_some_and(|end| end <= self.clock.now()) => {
                KeyState::Unknown
            }
            KeyState::Holds(_) | KeyState::Suspended(_) | KeyState::Unknown => state,
        }
    }
}

fn refused(refusal: KeyRefusal) -> KeyState {
    match refusal {
        KeyRefusal::Suspended(ApiKey { organization: Some(organization), .. }) => {
            KeyState::Suspended(organization)
        }
        KeyRefusal::Unknown
        | KeyRefusal::Expired(_)
        | KeyRefusal::Revoked(_)
        | KeyRefusal::Suspended(ApiKey { organization: None, .. }) => KeyState::Unknown,
    }
}

/// Who has this key. One of an organization stays within it, whatever its roles say; one of none that may not reach every
/// organization is of the one that every installation has.
fn caller(key: ApiKey, roles: &Roles) -> Caller {
    let permissions = roles.together(key.roles.iter().map(String::as_str));
    let (organization, permissions) = match key.organization {
        Some(organization) => (Some(organization), bounded(permissions)),
        None if permissions.contains(Permission::OrganizationsAny) => (None, permissions),
        None => (Some(TenantId::default()), bounded(permissions)),
    };
    let queues =
        if key.queues.is_empty() { Queues::All } else { Queues::Only(key.queues.into_iter().collect()) };
    Caller { actor: Actor::Key(key.id.to_string()), organization, own: None, permissions, queues }
}

/// What somebody may who belongs to one organization.
pub(super) fn bounded(permissions: Permissions) -> Permissions {
    permissions.iter().filter(|permission| !permission.is_of_all_organizations()).collect()
}
