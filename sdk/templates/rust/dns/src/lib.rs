//! A DNS strategy: how the cluster's DNS learns the mesh's zone. This one has a block of its own at
//! the end of CoreDNS's Corefile; whatever else is there stays, byte for byte.

use mesh_sdk::*;
use serde_json::{json, Map, Value};

#[cfg(test)]
mod test;

const COREFILE: &str = "/data/Corefile";
const BEGIN: &str = "# BEGIN @NAME@\n";
const FORWARD: &str = "    forward . ";
const END: &str = "# END @NAME@\n";
const MISSING: &str = "there is no ConfigMap with a Corefile";
const INSTEAD: &str = "use it where CoreDNS runs";

fn plugin() -> Plugin {
    Plugin {
        name: "@NAME@",
        version: "0.1.0",
        summary: "the mesh's zone in the Corefile",
        author: "Your Name <you@example.com>",
        provides: vec![Provided {
            extension: Extension {
                point: "dns/1".into(),
                name: "@NAME@".into(),
                summary: "a block of its own in the Corefile".into(),
                // The concern runs a name server for the zone: DnsRequest::server.
                abilities: vec!["forward".into()],
                needs: Some(Needs { writes: vec!["v1/ConfigMap".into()], ..Needs::default() }),
                ..Extension::default()
            },
            answers: vec![
                ("fit", typed(fit)),
                ("look", typed(look)),
                ("plan", typed(plan)),
                ("remove", typed(remove)),
            ],
        }],
    }
}

fn fit(_: &dyn Host, request: DnsRequest) -> Result<DnsFitReply, Problem> {
    let reply =
        |score, why: &str, hint: &str| DnsFitReply { score, why: why.into(), hint: hint.into() };
    Ok(match corefile_of(&request).is_empty() {
        true => reply(0, MISSING, INSTEAD),
        false => reply(1, "there is a Corefile", ""),
    })
}

fn look(_: &dyn Host, request: DnsRequest) -> Result<DnsLookReply, Problem> {
    let corefile = corefile_of(&request);
    let (_, block) = parted(&corefile);
    let target = block.split_once(FORWARD).and_then(|(_, rest)| rest.lines().next());
    let Some(target) = target else { return Ok(DnsLookReply::default()) };
    let object = target_of(&request);
    Ok(DnsLookReply {
        present: true,
        targets: vec![target.into()],
        r#where: format!("{} {}/{}", object.kind, object.namespace, object.name),
        ..DnsLookReply::default()
    })
}

fn plan(_: &dyn Host, request: DnsRequest) -> Result<Plan, Problem> {
    let before = corefile_of(&request);
    let (cluster, suffix, server) = (&request.cluster, &request.suffix, &request.server);
    if before.is_empty() {
        return Err(refuse(format!("{cluster}: {MISSING}"), INSTEAD));
    }
    if server.is_empty() {
        return Err(refuse(format!("{cluster}: the request names no server for {suffix}"), ""));
    }
    let (others, block) = parted(&before);
    let wanted = format!("{BEGIN}{suffix}:53 {{\n{FORWARD}{server}\n}}\n{END}");
    let after = if block == wanted { before.clone() } else { others + &wanted };
    Ok(edit(&request, after, format!("send {suffix} to {server}")))
}

fn remove(_: &dyn Host, request: DnsRequest) -> Result<Plan, Problem> {
    let (others, _) = parted(&corefile_of(&request));
    Ok(edit(&request, others, format!("take {} back", request.suffix)))
}

/// Everything else, and our block with its marks.
fn parted(text: &str) -> (String, String) {
    let found = text.split_once(BEGIN).and_then(|(before, rest)| {
        rest.split_once(END).map(|(inside, after)| (before, inside, after))
    });
    match found {
        Some((before, inside, after)) => {
            (format!("{before}{after}"), format!("{BEGIN}{inside}{END}"))
        }
        None => (text.into(), String::new()),
    }
}

fn edit(request: &DnsRequest, after: String, reason: String) -> Plan {
    let mut plan =
        Plan { api_version: DOCUMENT_VERSION.into(), kind: "Plan".into(), ..Plan::default() };
    let before = corefile_of(request);
    if before == after {
        return plan;
    }
    let patch = json!({"op": "replace", "path": COREFILE, "value": after});
    plan.actions.push(Action {
        r#type: "edit".into(),
        cluster: request.cluster.clone(),
        reason,
        target: Some(target_of(request)),
        precondition: Map::from_iter([(COREFILE.into(), before.into())]),
        patch: patch.as_object().cloned().into_iter().collect(),
        ..Action::default()
    });
    plan
}

/// The ConfigMap with the Corefile, as the API server gave it; null: there is none.
fn config(request: &DnsRequest) -> Value {
    request.objects.as_ref().map(|objects| objects.config.clone().into()).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

fn corefile_of(request: &DnsRequest) -> String {
    text(&config(request)["data"]["Corefile"])
}

fn target_of(request: &DnsRequest) -> Target {
    let metadata = &config(request)["metadata"];
    Target {
        api_version: "v1".into(),
        kind: "ConfigMap".into(),
        namespace: text(&metadata["namespace"]),
        name: text(&metadata["name"]),
    }
}

export!(plugin);
