//! The built-in email templates: welcome messages, password resets and their like, in one look.
//!
//! Each template is a folder beside this crate's `src`: `subject.hbs`, `html.hbs`, `text.hbs` and
//! `sample.json`. They are compiled into the binary. The sample is also the declaration of the template's
//! variables: exactly its keys must be given when the template is rendered, and what ends in `_url` must be a
//! web address. To add a template, add its folder and its name to the list in `src/builtin.rs`.
//!
//! ```
//! use serde_json::json;
//! use windlass_email_templates::Templates;
//!
//! let templates = Templates::builtin()?;
//! let mail = templates.render(
//!     "welcome",
//!     &json!({"user_name": "Ada", "verification_url": "https://example.com/verify?t=1"}),
//! )?;
//! assert!(mail.text.contains("https://example.com/verify?t=1"));
//! # Ok::<(), windlass_email_templates::TemplateError>(())
//! ```

mod builtin;
mod error;
mod nearest;
mod templates;
mod variables;

pub use error::{TemplateError, VariableFault};
pub use templates::{Rendered, Templates};
pub use variables::VariableType;
