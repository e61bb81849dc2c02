use std::borrow::Cow;

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// The grammar of all names.
const NAME: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
const LIMIT_KEY: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(:[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$";
const SCOPE: &str = "^(queue|(tenant|kind):[A-Za-z0-9][A-Za-z0-9._-]{0,63}|\
                     key:[A-Za-z0-9][A-Za-z0-9._-]{0,63}(:[A-Za-z0-9][A-Za-z0-9._-]{0,63})?)$";
const LIMIT_SCOPE: &str = "^(queue|tenant:\\*|(tenant|kind):[A-Za-z0-9][A-Za-z0-9._-]{0,63}|\
                           key:[A-Za-z0-9][A-Za-z0-9._-]{0,63}(:([A-Za-z0-9][A-Za-z0-9._-]{0,63}|\\*))?)$";
const ID: &str = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007";

/// A schema of its own for each of these, under its name, so that clients get a type for it.
macro_rules! shapes {
    ($($name:ident: $schema:expr, $description:literal;)*) => {
        $(
            #[doc = $description]
            #[derive(Deserialize)]
            pub(crate) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    $schema.description(Some($description)).into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )*
    };
}

shapes! {
    JobId: uuid(), "The id of a job: a UUID that sorts by the time of its creation.";
    BatchId: uuid(), "The id of a batch: a UUID that sorts by the time of its creation.";
    QueueName: text(NAME, "email"), "The name of a queue.";
    KindName: text(NAME, "email.send"), "The name of a kind of job.";
    TenantId: text(NAME, "default"), "The id of an organization.";
    Tag: text(NAME, "newsletter-12"), "A word that jobs can be found by.";
    StepName: text(NAME, "charge"), "The name of a step of a job's work.";
    LimitKey: text(LIMIT_KEY, "stripe:acct_1"), "A key that jobs share limits by: a name, or one of a family of them.";
    Scope: text(SCOPE, "kind:email.send"), "A part of a queue's jobs: `queue`, `tenant:NAME`, `kind:NAME` or `key:KEY`.";
    LimitScope: text(LIMIT_SCOPE, "tenant:*"),
        "What a limit is set for: a scope, each tenant by itself (`tenant:*`) or each key of a family (`key:FAMILY:*`).";
    KeyId: text("^[a-z0-9]{8}$", "k7m2p9xa"), "The id of an API key.";
    AuditId: uuid(), "The id of an entry of the audit log.";
    Cursor: text("^[A-Za-z0-9_-]*$", "ZW1haWwvMS8y"), "Where a page begins. Its text says nothing, and is good for the same query only.";
    Timestamp: instant(), "An instant as RFC 3339 has it. Answers are in UTC with three digits of the second.";
    Priority: number(0, 9).default(Some(5.into())), "How urgent: 0 comes first, 9 last.";
    MaxAttempts: number(1, 1_000), "How often a job is tried before it is discarded.";
}

fn text(pattern: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).examples([example])
}

fn uuid() -> ObjectBuilder {
    let format = SchemaFormat::Custom("uuid".to_owned());
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).examples([ID])
}

fn instant() -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).examples(["2026-03-01T09:30:00.000Z"])
}

fn number(least: u16, most: u16) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most))
}
