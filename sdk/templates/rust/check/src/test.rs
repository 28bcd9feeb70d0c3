use mesh_sdk::testing::{ask, FakeHost};
use mesh_sdk::CheckRunReply;
use serde_json::json;

fn severity_with(size: usize) -> String {
    let map = json!({"metadata": {"namespace": "default", "name": "big"}, "data": {"a": "x".repeat(size)}});
    let reply = json!({"results": [{"found": true, "object": {"items": [map]}}]});
    let host = FakeHost { rows: vec![("kube.read/1", "read", Ok(reply))], ..FakeHost::default() };
    let request = json!({"clusters": ["a"], "settings": {}});
    let report: CheckRunReply =
        ask(&super::plugin(), &host, "check/1:@NAME@", "run", &request).unwrap();
    report.items[0].severity.clone()
}

#[test]
fn a_big_config_map_is_warned_of() {
    assert_eq!(severity_with(10), "pass");
    assert_eq!(severity_with(800 * 1024), "warning");
}
