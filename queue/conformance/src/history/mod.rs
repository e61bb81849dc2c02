//! Random histories, driven through an engine and through a model side by side.

mod model;
mod operation;
mod run;

pub(crate) use operation::operations;
pub(crate) use run::Run;
