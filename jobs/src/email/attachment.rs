use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_queue::JobError;

use super::delivery::permanent;

/// A file that travels with a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("if" = json!({ "not": { "required": ["blob"] } }), "then" = json!({ "required": ["content"] })))]
pub struct Attachment {
    /// The name under which the reader saves it.
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[^/\\\x00-\x1f\x7f]+$"))]
    pub filename: String,
    /// What it is, like `application/pdf`.
    #[serde(default = "bytes")]
    #[schemars(length(max = 200), regex(pattern = r"^[^/\s]+/[^/\s]+"))]
    pub content_type: String,
    /// The file itself in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("contentEncoding" = "base64"))]
    pub content: Option<String>,
    /// Where the file is kept. Not available yet: use `content`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = 200))]
    pub blob: Option<String>,
}

fn bytes() -> String {
    "application/octet-stream".to_owned()
}

impl Attachment {
    /// The file, decoded.
    pub(super) fn decode(&self) -> Result<windlass_email::Attachment, JobError> {
        let name = &self.filename;
        if self.blob.is_some() {
            let fault = format!("the attachment {name:?} is a blob, which is not available yet; use content");
            return Err(permanent(fault));
        }
        let content = self.content.as_deref();
        let content = content.ok_or_else(|| permanent(format!("the attachment {name:?} has no content")))?;
        // Encoders like to break lines.
        let content: String = content.split_ascii_whitespace().collect();
        let bytes = BASE64_STANDARD.decode(content).map_err(|error| {
            permanent(format!("the content of the attachment {name:?} is no base64: {error}"))
        })?;
        windlass_email::Attachment::new(name, &self.content_type, bytes).map_err(permanent)
    }
}
