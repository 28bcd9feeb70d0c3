//! A check: rows of `kubectl mesh verify`. It only reads, through the host.

use mesh_sdk::*;
use serde_json::Value;

#[cfg(test)]
mod test;

/// etcd takes no object of more than 1 MiB; three quarters of it are worth a warning.
const NEAR_LIMIT: usize = 768 * 1024;

fn plugin() -> Plugin {
    Plugin {
        name: "@NAME@",
        version: "0.1.0",
        summary: "checks ConfigMaps",
        author: "Your Name <you@example.com>",
        provides: vec![Provided {
            extension: Extension {
                point: "check/1".into(),
                name: "@NAME@".into(),
                summary: "ConfigMaps that come near the limit of 1 MiB".into(),
                needs: Some(Needs { reads: vec!["v1/ConfigMap".into()], ..Needs::default() }),
                ..Extension::default()
            },
            answers: vec![("run", typed(run))],
        }],
    }
}

fn run(host: &dyn Host, request: CheckRunRequest) -> Result<CheckRunReply, Problem> {
    let mut report = CheckRunReply {
        api_version: DOCUMENT_VERSION.into(),
        kind: "FindingList".into(),
        ..CheckRunReply::default()
    };
    for cluster in &request.clusters {
        // A cluster that cannot be asked is a problem; the others are looked at all the same.
        match look_at(host, cluster)? {
            Ok(finding) => report.items.push(finding),
            Err(problem) => report.problems.push(problem),
        }
    }
    Ok(report)
}

fn look_at(host: &dyn Host, cluster: &str) -> Result<Result<Finding, Problem>, Problem> {
    let mut near = Vec::new();
    let mut page = Read {
        cluster: cluster.into(),
        api_version: "v1".into(),
        kind: "ConfigMap".into(),
        ..Read::default()
    };
    loop {
        let result = read_objects(host, &[page.clone()])?.remove(0);
        if let Some(problem) = result.problem {
            return Ok(Err(problem));
        }
        near.extend(near_in(&result.object));
        if result.next.is_empty() {
            break;
        }
        page.next = result.next;
    }
    let fits = near.is_empty();
    Ok(Ok(Finding {
        id: "@NAME@/config-maps-fit".into(),
        cluster: cluster.into(),
        severity: if fits { "pass" } else { "warning" }.into(),
        title: "no ConfigMap comes near 1 MiB".into(),
        evidence: near.join(", "),
        fix: if fits { "" } else { "part them, or keep what they hold elsewhere" }.into(),
    }))
}

fn near_in(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let near = items.iter().filter(|item| item.to_string().len() >= NEAR_LIMIT);
    near.map(|item| &item["metadata"])
        .map(|of| format!("{}/{}", text(&of["namespace"]), text(&of["name"])))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

export!(plugin);
