//! A host for unit tests: it answers from a table and needs no cluster.

use std::cell::RefCell;

use serde::{de::DeserializeOwned, Serialize};
use serde_json::Value;

use crate::{Host, Plugin, Problem};

/// Answers each call with the row of its service and verb; keeps what was asked.
#[derive(Default)]
pub struct FakeHost {
    pub rows: Vec<(&'static str, &'static str, Result<Value, Problem>)>,
    pub cancelled: bool,
    pub asked: RefCell<Vec<(String, Value)>>,
}

impl Host for FakeHost {
    fn call(&self, service: &str, verb: &str, request: Value) -> Result<Value, Problem> {
        self.asked.borrow_mut().push((format!("{service} {verb}"), request));
        self.rows
            .iter()
            .find(|row| (row.0, row.1) == (service, verb))
            .map(|row| row.2.clone())
            .unwrap_or_else(|| {
                Err(Problem::new("unsupported", format!("the test has no row {service} {verb}")))
            })
    }

    fn cancelled(&self) -> bool {
        self.cancelled
    }
}

/// Asks a plugin as the host would: documents cross as JSON.
pub fn ask<Reply: DeserializeOwned>(
    plugin: &Plugin,
    host: &dyn Host,
    address: &str,
    verb: &str,
    request: &impl Serialize,
) -> Result<Reply, Problem> {
    let answer = plugin.invoke(host, address, verb, &serde_json::to_vec(request)?)?;
    Ok(serde_json::from_slice(&answer)?)
}
