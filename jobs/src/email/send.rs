use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use windlass_email::{Body, Mailer};
use windlass_queue::{Handler, JobContext, JobError, JobKind};

use super::address::{Address, one_or_many, one_or_many_schema};
use super::attachment::Attachment;
use super::delivery::{Delivered, configured, deliver, permanent};
use super::envelope::{EmailType, Envelope};
use crate::roll::Services;

/// One message with its content: `html`, `text` or both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
// Said as "without html, text is required": a fault then names what is missing.
#[schemars(extend("if" = json!({ "not": { "required": ["html"] } }), "then" = json!({ "required": ["text"] })))]
pub struct SendEmail {
    /// Whom it is for.
    #[schemars(length(min = 1, max = 50))]
    pub to: Vec<Address>,
    /// Who reads it too.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub cc: Vec<Address>,
    /// Who reads it without the others' knowledge.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub bcc: Vec<Address>,
    /// Where answers go, when not to the sender: an address or a list of such.
    #[serde(default, deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema")]
    pub reply_to: Vec<Address>,
    /// Whom it comes from, when not from the installation's usual sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Address")]
    pub from: Option<Address>,
    /// The subject: one line.
    #[schemars(length(min = 1, max = 900), regex(pattern = r"^[^\x00-\x1f\x7f]*$"))]
    pub subject: String,
    /// The content as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub html: Option<String>,
    /// The content as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub text: Option<String>,
    /// Further headers by name, such as `List-Id`. Those that make up the message cannot be set.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 50))]
    pub headers: BTreeMap<String, String>,
    /// Files that travel with it.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub attachments: Vec<Attachment>,
    /// What it is sent for.
    #[serde(default)]
    pub r#type: EmailType,
    /// The campaign that it counts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = 100))]
    pub campaign: Option<String>,
    /// Whatever the sender wants to find again with the job. It is no part of the message.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

impl JobKind for SendEmail {
    const NAME: &'static str = "email.send";
    const QUEUE: &'static str = super::QUEUE;
    const SUMMARY: &'static str = "Sends one message.";
    const RETRIES: u16 = 3;
    const TIMEOUT: Duration = Duration::from_mins(2);
    type Output = Delivered;
}

#[derive(Debug)]
pub(crate) struct SendEmailHandler {
    mailer: Option<Mailer>,
}

impl SendEmailHandler {
    pub(crate) fn new(services: &Services) -> Self {
        Self { mailer: services.mailer.clone() }
    }
}

#[async_trait]
impl Handler<SendEmail> for SendEmailHandler {
    async fn run(&self, args: SendEmail, context: &JobContext) -> Result<Delivered, JobError> {
        let mailer = configured(self.mailer.as_ref())?;
        let body = Body::from_parts(args.html, args.text).map_err(permanent)?;
        let envelope = Envelope {
            to: args.to,
            cc: args.cc,
            bcc: args.bcc,
            reply_to: args.reply_to,
            from: args.from,
            headers: args.headers,
            attachments: args.attachments,
        };
        deliver(mailer, envelope.draft(args.subject, body, context)?, context).await
    }
}
