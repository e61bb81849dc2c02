use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use windlass_email::{EmailAddress, InvalidMessage, Mailbox};

/// Whom mail is for or from: `"ada@example.org"`, or `{"email": "ada@example.org", "name": "Ada"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    /// The address itself.
    pub email: String,
    /// The name shown beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Address {
    /// The mailbox of this address, if it is one.
    pub(crate) fn mailbox(&self) -> Result<Mailbox, InvalidMessage> {
        let mailbox = Mailbox::new(self.email.parse::<EmailAddress>()?);
        match &self.name {
            Some(name) => mailbox.with_name(name),
            None => Ok(mailbox),
        }
    }
}

impl From<&str> for Address {
    fn from(email: &str) -> Self {
        Self { email: email.to_owned(), name: None }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Plain(String),
    Named(Named),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    email: String,
    name: Option<String>,
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Form::deserialize(deserializer)? {
            Form::Plain(email) => Self { email, name: None },
            Form::Named(Named { email, name }) => Self { email, name },
        })
    }
}

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // One schema with the rules of both forms: each keyword speaks of one type only. With `anyOf` a fault
        // would read "fits none of these" instead of saying which rule is broken.
        json_schema!({
            "description": "An address like ada@example.org, alone or in an object with a name.",
            "type": ["string", "object"],
            "minLength": 3,
            "maxLength": 254,
            "pattern": r"^[^@\s]+@[^@\s]+$",
            "properties": {
                "email": { "type": "string", "minLength": 3, "maxLength": 254, "pattern": r"^[^@\s]+@[^@\s]+$" },
                "name": { "type": ["string", "null"], "maxLength": 200 },
            },
            "required": ["email"],
            "additionalProperties": false,
        })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Address),
    Many(Vec<Address>),
}

/// Reads a list of addresses, or a single one.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(address) => vec![address],
        OneOrMany::Many(addresses) => addresses,
    })
}

/// The schema for [`one_or_many`]: that of an address, which may also be a list of such.
pub(super) fn one_or_many_schema(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Address::json_schema(generator);
    schema.insert("type".to_owned(), Value::from(vec!["string", "object", "array"]));
    schema.insert("items".to_owned(), generator.subschema_for::<Address>().into());
    schema.insert("maxItems".to_owned(), Value::from(10));
    schema
}
