use serde_json::{json, Value};

use crate::time::unix_seconds;
use crate::{Problem, Read, ReadResult};

/// What a plugin may ask while it is asked something.
pub trait Host {
    /// Asks a service (`kube.read/1`) or another extension (`ca/1:NAME`).
    fn call(&self, service: &str, verb: &str, request: Value) -> Result<Value, Problem>;
    /// The work is not wanted any more: return a Problem of the code `cancelled` soon.
    fn cancelled(&self) -> bool;
}

/// Reads objects and lists (`kube.read/1`), all at once; the results are in the order of the reads.
pub fn read_objects(host: &dyn Host, reads: &[Read]) -> Result<Vec<ReadResult>, Problem> {
    let mut reply = host.call("kube.read/1", "read", json!({ "reads": reads }))?;
    Ok(serde_json::from_value(reply["results"].take())?)
}

/// A file that the strategy kept (`store/1`), if there is one.
pub fn stored(host: &dyn Host, folder: &str, name: &str) -> Result<Option<String>, Problem> {
    let reply = host.call("store/1", "get", json!({ "folder": folder, "name": name }))?;
    Ok(reply["data"].as_str().filter(|_| reply["found"] == true).map(String::from))
}

/// What the host takes for the present (`clock/1`), in seconds since 1970; tests set it.
pub fn now(host: &dyn Host) -> Result<i64, Problem> {
    let reply = host.call("clock/1", "now", json!({}))?;
    reply["time"]
        .as_str()
        .and_then(unix_seconds)
        .ok_or_else(|| Problem::new("failed", "the clock says nothing"))
}
