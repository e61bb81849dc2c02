use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use windlass_shared::TenantId;

use super::Access;
use super::caller::Caller;
use super::limits::Usage;
use super::refusal::Refusal;
use crate::problem::{Problem, ProblemType};

/// The organization that a request is kept within.
const ORGANIZATION: HeaderName = HeaderName::from_static("windlass-organization");

/// Lets a request pass whose caller is known and has not asked too much, and tells what is behind who it is.
pub(crate) async fn authenticate(
    State(access): State<Arc<Access>>,
    mut request: Request,
    next: Next,
) -> Response {
    match admitted(&access, request.headers(), address(&request)).await {
        Ok((caller, usage)) => {
            request.extensions_mut().insert(caller);
            let mut response = next.run(request).await;
            usage.tell(response.headers_mut());
            response
        }
        Err(refusal) => refusal,
    }
}

async fn admitted(
    access: &Access,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<(Arc<Caller>, Usage), Response> {
    let credential = bearer(headers).ok_or_else(|| Refusal::nothing_shown().into_response())?;
    let identified = access.identify(credential, address).await;
    let caller = identified.map_err(Refusal::into_response)?;
    let usage = access.limits.count(&caller).map_err(|refusal| *refusal)?;
    match named_organization(headers).map_err(Problem::into_response)? {
        None => Ok((caller, usage)),
        Some(organization) => {
            let within = caller.within(organization).map_err(Problem::into_response)?;
            Ok((Arc::new(within), usage))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credential) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// Where the request comes from; unknown where no socket is between.
fn address(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

fn named_organization(headers: &HeaderMap) -> Result<Option<TenantId>, Problem> {
    let mut given = headers.get_all(ORGANIZATION).iter();
    let Some(named) = given.next() else { return Ok(None) };
    let named = named.to_str().ok().and_then(|named| named.parse().ok());
    if let (Some(named), None) = (named, given.next()) {
        return Ok(Some(named));
    }
    let detail = "Windlass-Organization is given once and has 1 to 64 of a-z A-Z 0-9 . _ -, the first one a letter or a \
                  digit.";
    Err(Problem::new(ProblemType::InvalidHeader, detail).with("header", "Windlass-Organization"))
}
