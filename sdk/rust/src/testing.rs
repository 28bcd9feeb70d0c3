//! A host for unit tests: it answers from a table and needs no cluster.

use std::cell::RefCell;

use serde::{de::DeserializeOwned, Deserialize, Serialize};
use serde_json::Value;

use crate::{Host, Plugin, Problem};

/// Answers each call with the row of its service and verb; keeps what was asked.
#[derive(Default)]
pub struct FakeHost {
    pub rows: Vec<(&'static str, &'static str, Result<Value, Problem>)>,
    pub cancelled: bool,
    pub asked: RefCell<Vec<(String, Value)>>,
    /// What answers where there is no row: in turn, and the last one from then on.
    pub recorded: RefCell<Vec<Exchange>>,
}

/// One line of what a run wrote with `KUBECTL_MESH_RECORD=FILE`: who asked (empty: the host), what,
/// and the answer. What is secret is `<masked>`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Exchange {
    pub by: String,
    pub to: String,
    pub verb: String,
    pub request: Value,
    pub reply: Value,
    pub problem: Option<Problem>,
}

impl Exchange {
    fn answer(&self) -> Result<Value, Problem> {
        self.problem.clone().map_or_else(|| Ok(self.reply.clone()), Err)
    }
}

impl FakeHost {
    fn again(&self, service: &str, verb: &str, request: &Value) -> Option<Result<Value, Problem>> {
        let is = |at: &&Exchange| at.to == service && at.verb == verb && at.request == *request;
        let mut recorded = self.recorded.borrow_mut();
        let answer = recorded.iter().find(is).map(Exchange::answer)?;
        if recorded.iter().filter(is).count() > 1 {
            let at = recorded.iter().position(|at| is(&at)).unwrap_or_default();
            recorded.remove(at);
        }
        Some(answer)
    }
}

impl Host for FakeHost {
    fn call(&self, service: &str, verb: &str, request: Value) -> Result<Value, Problem> {
        self.asked.borrow_mut().push((format!("{service} {verb}"), request.clone()));
        self.rows
            .iter()
            .find(|row| (row.0, row.1) == (service, verb))
            .map(|row| row.2.clone())
            .or_else(|| self.again(service, verb, &request))
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

/// Reads such a file.
pub fn read_recording(file: &str) -> Result<Vec<Exchange>, Problem> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Problem::new("invalid-input", format!("{file}: {error}")))?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Asks the plugin all that it was asked in a recording, with what it was told then. The Problem
/// says what it answers otherwise; the number is that of the answers.
pub fn replay(plugin: &Plugin, file: &str) -> Result<usize, Problem> {
    let recording = read_recording(file)?;
    let told = recording.iter().filter(|exchange| exchange.by == plugin.name).cloned().collect();
    let host = FakeHost { recorded: RefCell::new(told), ..FakeHost::default() };
    let address = |provided: &crate::Provided| {
        format!("{}:{}", provided.extension.point, provided.extension.name)
    };
    let ours: Vec<String> = plugin.provides.iter().map(address).collect();
    let asked: Vec<_> = recording.iter().filter(|exchange| ours.contains(&exchange.to)).collect();
    for exchange in &asked {
        let now = ask::<Value>(plugin, &host, &exchange.to, &exchange.verb, &exchange.request);
        let same = match (&now, &exchange.problem) {
            (Ok(reply), None) => agrees(&exchange.reply, reply),
            (Err(_), Some(_)) => true,
            _ => false,
        };
        if !same {
            let what = format!("{} {}", exchange.to, exchange.verb);
            let message = format!("{what} does not answer as it was recorded, but: {now:?}");
            return Err(Problem::new("failed", message));
        }
    }
    Ok(asked.len())
}

/// Compares documents; what was masked agrees with anything.
fn agrees(recorded: &Value, now: &Value) -> bool {
    match (recorded, now) {
        (Value::String(text), _) if text == "<masked>" => true,
        (Value::Object(then), Value::Object(now)) => {
            then.len() == now.len()
                && then
                    .iter()
                    .all(|(name, value)| now.get(name).is_some_and(|now| agrees(value, now)))
        }
        (Value::Array(then), Value::Array(now)) => {
            then.len() == now.len() && then.iter().zip(now).all(|(then, now)| agrees(then, now))
        }
        _ => recorded == now,
    }
}
