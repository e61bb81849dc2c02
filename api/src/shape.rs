use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::problem::Problem;

/// Reads JSON as a `T`, or tells where it is not one.
pub(crate) fn shape<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| Problem::at(&pointer(error.path()), &error.inner().to_string()))
}

/// A path as a JSON Pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    path.iter().filter_map(token).fold(String::new(), |pointer, token| pointer + "/" + &token)
}

fn token(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}
