//! The built-in kinds of job: their arguments, and the code that does their work.
//!
//! One folder a family. To add a kind, write its arguments and its handler and name both in the `enrol` of its
//! family; to add a family, add its folder and its line in `roll.rs`. [`catalog`] and [`registry`] both follow
//! that one roll, so what can be enqueued is what can be worked on.
//!
//! ```
//! use serde_json::json;
//! use windlass_jobs::{Diagnostics, catalog};
//!
//! let catalog = catalog(Diagnostics::Disabled)?;
//! let mail = json!({"to": ["ada@example.org"], "subject": "Hello", "text": "Hi."});
//! assert!(catalog.check("email.send", &mail).is_ok());
//! # Ok::<(), windlass_queue::InvalidKind>(())
//! ```

pub mod diagnostic;
pub mod email;
pub mod operations;
mod roll;

pub use roll::{Diagnostics, Services, catalog, registry};
