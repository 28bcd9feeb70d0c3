//! A concern with one verb: `kubectl mesh @NAME@ list`. A verb that changes clusters answers with a
//! `Plan` instead, and says so: `changes`.

use mesh_sdk::*;
use serde_json::json;

#[cfg(test)]
mod test;

fn plugin() -> Plugin {
    Plugin {
        name: "@NAME@",
        version: "0.1.0",
        summary: "lists namespaces",
        author: "Your Name <you@example.com>",
        provides: vec![Provided {
            extension: Extension {
                point: "command/1".into(),
                name: "@NAME@".into(),
                summary: "Namespaces of all clusters".into(),
                verbs: vec![list_verb()],
                needs: Some(Needs { reads: vec!["v1/Namespace".into()], ..Needs::default() }),
                ..Extension::default()
            },
            answers: vec![("list", typed(list))],
        }],
    }
}

fn list_verb() -> Verb {
    Verb {
        name: "list".into(),
        summary: "List the namespaces of all clusters".into(),
        options: vec![mesh_sdk::Option {
            name: "selector".into(),
            r#type: "text".into(),
            value: "LABELS".into(),
            help: "only those with these labels".into(),
            ..mesh_sdk::Option::default()
        }],
        examples: vec![Example {
            text: "two clusters side by side".into(),
            command: "@NAME@ list --contexts a,b".into(),
        }],
        ..Verb::default()
    }
}

fn column(title: &str, pointer: &str) -> Column {
    Column { title: title.into(), pointer: pointer.into(), wide: false }
}

fn list(host: &dyn Host, request: CommandRequest) -> Result<Report, Problem> {
    let mut report = Report {
        api_version: DOCUMENT_VERSION.into(),
        kind: "NamespaceList".into(),
        columns: vec![
            column("CLUSTER", "/cluster"),
            column("NAMESPACE", "/name"),
            column("PHASE", "/phase"),
        ],
        ..Report::default()
    };
    let selector = request.options.get("selector").and_then(|value| value.as_str());
    let reads: Vec<Read> = (request.clusters.iter())
        .map(|cluster| Read {
            cluster: cluster.clone(),
            api_version: "v1".into(),
            kind: "Namespace".into(),
            labels: selector.unwrap_or_default().into(),
            ..Read::default()
        })
        .collect();
    for (read, result) in reads.iter().zip(read_objects(host, &reads)?) {
        report.problems.extend(result.problem);
        for item in result.object["items"].as_array().into_iter().flatten() {
            report.items.push(json!({
                "cluster": read.cluster,
                "name": item["metadata"]["name"],
                "phase": item["status"]["phase"],
            }));
        }
    }
    Ok(report)
}

export!(plugin);
