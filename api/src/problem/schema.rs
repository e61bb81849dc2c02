use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::{Problem, ProblemType};

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        let uri = SchemaFormat::Custom("uri".to_owned());
        let of = text("Which problem it is.")
            .format(Some(uri))
            .enum_values(Some(ProblemType::ALL.iter().map(|problem| problem.uri())));
        let status = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(400))
            .maximum(Some(599))
            .description(Some("The status of the answer."));
        let faults = ArrayBuilder::new()
            .items(fault())
            .description(Some("What is wrong where, in problems of a document or a parameter."));
        ObjectBuilder::new()
            .description(Some(
                "An answer that refuses (RFC 9457). Some problems have members of their own beside these.",
            ))
            .property("type", of)
            .property("title", text("What the problem is about, the same each time."))
            .property("status", status)
            .property("detail", text("What happened this time."))
            .property("errors", faults)
            .required("type")
            .required("title")
            .required("status")
            .required("detail")
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        "Problem".into()
    }
}

fn fault() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("path", text("Where in the body: a JSON Pointer (RFC 6901), empty for the whole."))
        .property("parameter", text("Which parameter of the path or the query."))
        .property("message", text("What is wrong there."))
        .required("message")
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}
