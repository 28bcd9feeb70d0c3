//! The Rust side of plugins for `kubectl mesh`: typed documents, and a safe edge to the C contract
//! of `mesh/plugin.h`. A plugin is a `cdylib` with a function that makes its [`Plugin`] and one line,
//! `mesh_sdk::export!(function);`

pub mod abi;
mod documents;
mod host;
mod plugin;
mod problem;
pub mod testing;
mod time;

pub use documents::*;
pub use host::{now, read_objects, stored, Host};
pub use plugin::{typed, Answer, Plugin, Provided, DOCUMENT_VERSION};
pub use problem::refuse;
pub use time::unix_seconds;
