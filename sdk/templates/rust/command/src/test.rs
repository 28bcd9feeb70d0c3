use mesh_sdk::testing::{ask, FakeHost};
use mesh_sdk::Report;
use serde_json::json;

#[test]
fn each_namespace_is_a_row() {
    let namespace = json!({"metadata": {"name": "shop"}, "status": {"phase": "Active"}});
    let reply = json!({"results": [{"found": true, "object": {"items": [namespace]}}]});
    let host = FakeHost { rows: vec![("kube.read/1", "read", Ok(reply))], ..FakeHost::default() };
    let request = json!({"clusters": ["a"]});
    let report: Report =
        ask(&super::plugin(), &host, "command/1:@NAME@", "list", &request).unwrap();
    assert_eq!(report.items, [json!({"cluster": "a", "name": "shop", "phase": "Active"})]);
}
