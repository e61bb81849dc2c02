use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::WWW_AUTHENTICATE;
use axum::response::{IntoResponse, Response};
use windlass_shared::TenantId;

use super::tokens::{TokenFault, TokenRefusal};
use crate::problem::{Problem, ProblemType};

/// Why somebody is not let in.
#[derive(Debug)]
pub(super) enum Refusal {
    /// What they show is no credential of here, or none that holds.
    Unauthorized {
        detail: String,
        /// Whether they showed anything at all.
        shown: bool,
    },
    /// Any other reason.
    Problem(Problem),
}

impl Refusal {
    pub(super) fn nothing_shown() -> Self {
        let detail = "This needs an API key or a token: send it as `Authorization: Bearer KEY`.".to_owned();
        Self::Unauthorized { detail, shown: false }
    }

    /// One sentence for all keys that do not open: who shows a wrong one learns nothing about it.
    pub(super) fn unknown_key() -> Self {
        let detail =
            "The API key is not one of this installation, or it has expired or was revoked.".to_owned();
        Self::Unauthorized { detail, shown: true }
    }

    pub(super) fn no_organization() -> Self {
        Self::from(TokenRefusal::Fault(TokenFault::Organization))
    }

    pub(super) fn unknown_organization(organization: &TenantId) -> Self {
        let detail = format!(
            "The organization {organization} of the token is not known here. An operator makes it with `windlass \
             organizations create {organization}`."
        );
        let problem = Problem::new(ProblemType::OrganizationUnknown, detail);
        Self::Problem(problem.with("organization", organization.as_str()))
    }

    pub(super) fn suspended(organization: &TenantId) -> Self {
        let detail = format!("The organization {organization} is suspended. Its operator can tell why.");
        let problem = Problem::new(ProblemType::OrganizationSuspended, detail);
        Self::Problem(problem.with("organization", organization.as_str()))
    }

    pub(super) fn too_many_failures(wait: Duration) -> Self {
        let detail = "Too many keys or tokens came from your address that are none of here. Wait a little.";
        Self::Problem(
            Problem::new(ProblemType::RateLimited, detail)
                .with("limit", "failures")
                .retry_after(wait + Duration::from_millis(999)),
        )
    }

    /// The same for somebody who has failed too often lately.
    pub(super) fn or_wait(self, wait: Option<Duration>) -> Self {
        match (self, wait) {
            (Self::Unauthorized { .. }, Some(wait)) => Self::too_many_failures(wait),
            (refusal, _) => refusal,
        }
    }
}

impl From<TokenRefusal> for Refusal {
    fn from(refusal: TokenRefusal) -> Self {
        match refusal {
            TokenRefusal::Fault(fault) => Self::Unauthorized { detail: fault.to_string(), shown: true },
            TokenRefusal::KeysAway => {
                let detail =
                    "The keys that tokens are checked with cannot be fetched from their issuer. Try again.";
                Self::Problem(Problem::new(ProblemType::TokenKeysUnavailable, detail))
            }
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Unauthorized { detail, shown } => {
                // RFC 6750, section 3: who showed nothing is told how to show something, and no more.
                let challenge = if shown { r#"Bearer error="invalid_token""# } else { "Bearer" };
                let mut response = Problem::new(ProblemType::Unauthorized, detail).into_response();
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
                response
            }
        }
    }
}
