use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::problem::{Problem, ProblemType};

/// How many parameters a query may have; no endpoint knows as many.
const MOST_PARAMETERS: usize = 50;

/// The query of a request as a `T`. A parameter that is unknown, given twice or not what it should be is told by its name.
#[derive(Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        if !is_text(query) {
            return Err(Problem::new(ProblemType::InvalidRequest, "The query is not UTF-8."));
        }
        if query.split('&').count() > MOST_PARAMETERS {
            let detail = format!("The query has more than {MOST_PARAMETERS} parameters.");
            return Err(Problem::new(ProblemType::InvalidRequest, detail));
        }
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new(ProblemType::InvalidRequest, "The query is no list of name=value."))?;
        serde_path_to_error::deserialize(Value::Object(each_once(pairs)?))
            .map(Self)
            .map_err(|error| Problem::parameter(&error.path().to_string(), &error.inner().to_string()))
    }
}

/// Whether what a query spells out in percent signs is text. What is not would be read as if it were, with signs in it that
/// stand for anything.
fn is_text(query: &str) -> bool {
    let mut rest = query.as_bytes();
    let mut spelt = Vec::with_capacity(rest.len());
    while let [first, after @ ..] = rest {
        let hex =
            (*first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        spelt.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    std::str::from_utf8(&spelt).is_ok()
}

fn each_once(pairs: Vec<(String, String)>) -> Result<Map<String, Value>, Problem> {
    let mut values = Map::new();
    for (name, value) in pairs {
        if values.contains_key(&name) {
            return Err(Problem::parameter(&name, "is given more than once"));
        }
        values.insert(name, Value::String(value));
    }
    Ok(values)
}

/// A number of a query, which arrives as text.
pub(crate) fn number<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: FromStr<Err: Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|error| D::Error::custom(format!("{text:?} is no number: {error}")))
}
