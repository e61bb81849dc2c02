use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::task::TaskTracker;
use windlass_shared::{Clock, TenantId};
use windlass_store::Store;

use super::caller::{Actor, Caller, Queues, tag_of};
use super::configured::digest;
use super::failures::Failures;
use super::limits::Limits;
use super::options::AccessOptions;
use super::permission::Permission;
use super::refusal::Refusal;
use super::roles::Roles;
use super::stored::{KeyState, OrganizationState, Stored, bounded};
use super::tokens::{Person, TokenOptions, is_token};
use super::{ApiKeys, Digest};
use crate::problem::Problem;

/// What the keys of the store begin with.
const STORED: &str = "wl_";

/// How many keys are looked up at the same time from where too many come that are none, and how long one waits for that.
const SUSPECTS_AT_A_TIME: usize = 2;
const LONGEST_QUEUE: Duration = Duration::from_secs(2);

/// Who is let in.
#[derive(Debug)]
pub(crate) struct Access {
    configured: ApiKeys,
    operator: Arc<Caller>,
    pub(crate) roles: Roles,
    tokens: TokenOptions,
    pub(crate) stored: Stored,
    clock: Arc<dyn Clock>,
    pub(super) limits: Limits,
    failures: Failures,
    /// Places for look-ups of keys from where too many come that are none.
    suspects: Semaphore,
    /// What goes on after its request.
    tasks: TaskTracker,
}

impl Access {
    /// What goes on after its request is among these tasks.
    pub(crate) fn new(
        options: AccessOptions,
        store: Store,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Self {
        let AccessOptions { keys, roles, tokens, limits } = options;
        Self {
            configured: keys,
            operator: Arc::new(Caller::operator()),
            roles,
            tokens,
            stored: Stored::new(store, Arc::clone(&clock)),
            clock,
            limits: Limits::new(limits),
            failures: Failures::new(),
            suspects: Semaphore::new(SUSPECTS_AT_A_TIME),
            tasks,
        }
    }

    /// Whose credential this is. A key of the configuration, and one of the store that is remembered, cost no more than a hash.
    pub(super) async fn identify(
        &self,
        credential: &str,
        address: Option<IpAddr>,
    ) -> Result<Arc<Caller>, Refusal> {
        let digest = digest(credential);
        if self.configured.contain(&digest) {
            return Ok(Arc::clone(&self.operator));
        }
        if let Some(KeyState::Holds(key)) = self.stored.remembered_key(&digest) {
            return Ok(Arc::clone(&key.caller));
        }
        // Boxed, so that the requests of those who are known do not carry what it takes to ask a store or an issuer.
        let identified = Box::pin(self.other(credential, digest, address)).await;
        if let (Err(Refusal::Unauthorized { .. }), Some(address)) = (&identified, address) {
            self.failures.note(address);
        }
        identified
    }

    async fn other(
        &self,
        credential: &str,
        digest: Digest,
        address: Option<IpAddr>,
    ) -> Result<Arc<Caller>, Refusal> {
        let wait = address.and_then(|address| self.failures.wait(address));
        if self.tokens.accepts_any() && is_token(credential) {
            // What it takes to check a token is cheap, so that nobody is kept waiting for the guesses of a neighbour.
            let verified = self.tokens.verify(credential, self.clock.as_ref(), &self.tasks).await;
            let person = verified.map_err(|refusal| Refusal::from(refusal).or_wait(wait))?;
            return self.person(person).await.map(Arc::new);
        }
        if !credential.starts_with(STORED) {
            return Err(Refusal::unknown_key().or_wait(wait));
        }
        let _place = match wait {
            Some(wait) => Some(self.queue_up().await.ok_or_else(|| Refusal::too_many_failures(wait))?),
            None => None,
        };
        let state = self.stored.key(digest, credential, &self.roles).await.map_err(Problem::from)?;
        match state {
            KeyState::Holds(key) => Ok(Arc::clone(&key.caller)),
            KeyState::Suspended(organization) => Err(Refusal::suspended(&organization)),
            KeyState::Unknown => Err(Refusal::unknown_key().or_wait(wait)),
        }
    }

    /// A place among the few look-ups of keys from where there are too many guesses. They are not refused outright: behind a
    /// proxy a guesser and everybody else have one address.
    async fn queue_up(&self) -> Option<SemaphorePermit<'_>> {
        tokio::time::timeout(LONGEST_QUEUE, self.suspects.acquire()).await.ok()?.ok()
    }

    /// Who a person is here.
    async fn person(&self, person: Person) -> Result<Caller, Refusal> {
        let Person { sub, organization, roles } = person;
        let permissions = self.roles.together(roles.iter().map(String::as_str));
        let own = tag_of(&sub);
        let actor = Actor::User(sub);
        let caller = Caller { actor, organization: None, own, permissions, queues: Queues::All };
        if permissions.contains(Permission::OrganizationsAny) {
            return Ok(caller);
        }
        let organization = organization.ok_or_else(Refusal::no_organization)?;
        self.check_organization(&organization).await?;
        Ok(Caller { organization: Some(organization), permissions: bounded(permissions), ..caller })
    }

    async fn check_organization(&self, organization: &TenantId) -> Result<(), Refusal> {
        match self.stored.organization(organization).await.map_err(Problem::from)? {
            OrganizationState::Active => Ok(()),
            OrganizationState::Suspended => Err(Refusal::suspended(organization)),
            OrganizationState::Unknown => Err(Refusal::unknown_organization(organization)),
        }
    }
}
