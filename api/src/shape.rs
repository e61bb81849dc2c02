use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::problem::Problem;

/// Reads a JSON object as a `T`, or tells where it is not one.
pub(crate) fn shape<T: DeserializeOwned>(mut value: Value) -> Result<T, Problem> {
    make_whole(&mut value);
    serde_path_to_error::deserialize(value)
        .map(|Object(read)| read)
        .map_err(|error| Problem::at(&pointer(error.path()), &error.inner().to_string()))
}

/// Writes numbers like `3.0` without their fraction. To JSON Schema they are integers, and some languages write every number
/// so; whoever reads the value into an integer would refuse it.
pub(crate) fn make_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = number.as_f64().filter(|_| number.is_f64()).and_then(whole) {
                *number = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_whole),
        Value::Object(members) => members.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what has no fraction loses none")]
fn whole(number: f64) -> Option<i64> {
    // Beyond this a float does not tell one integer from the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// A `T` that is written as an object. Left to itself serde reads a struct from an array as well, by the order of its
/// fields, which nobody means.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// A member that is an object, or `null`.
pub(crate) fn object<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(read)| read))
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Point {
        x: u8,
        #[serde(deserialize_with = "object")]
        inner: Option<Box<Point>>,
    }

    #[test]
    fn an_array_is_no_object_wherever_it_stands() {
        for wrong in [json!([]), json!([1]), json!({"x": 1, "inner": [2]}), json!(null), json!(1)] {
            assert!(shape::<Point>(wrong.clone()).is_err(), "{wrong}");
        }
        let inner = Some(Box::new(Point { x: 2, inner: None }));
        assert_eq!(shape::<Point>(json!({"x": 1, "inner": {"x": 2}})).unwrap(), Point { x: 1, inner });
    }

    #[test]
    fn a_number_without_a_fraction_is_an_integer_however_it_is_written() {
        let mut value = json!([3.0, -2.0, 0.5, 1e300, 9_007_199_254_740_993_u64, {"a": 1e3}]);
        make_whole(&mut value);
        assert_eq!(value.to_string(), r#"[3,-2,0.5,1e+300,9007199254740993,{"a":1000}]"#);
        assert_eq!(shape::<Point>(json!({"x": 7.0})).unwrap().x, 7);
    }
}
