use mesh_sdk::testing::{ask, FakeHost};
use serde_json::{json, Value};

const FIRST: &str = ".:53 {\n    forward . /etc/resolv.conf\n}\n";

fn asked(verb: &str, corefile: &str) -> Value {
    let config = json!({
        "metadata": {"namespace": "kube-system", "name": "coredns"},
        "data": {"Corefile": corefile},
    });
    let request = json!({
        "cluster": "a", "suffix": "global", "server": "10.0.0.10", "objects": {"config": config},
    });
    ask(&super::plugin(), &FakeHost::default(), "dns/1:@NAME@", verb, &request).unwrap()
}

fn after(verb: &str, corefile: &str) -> String {
    let plan = asked(verb, corefile);
    plan["actions"][0]["patch"][0]["value"].as_str().unwrap_or(corefile).into()
}

#[test]
fn without_a_corefile_it_says_so() {
    let request = json!({"cluster": "a", "suffix": "global"});
    let plan =
        ask::<Value>(&super::plugin(), &FakeHost::default(), "dns/1:@NAME@", "plan", &request);
    assert_eq!(plan.unwrap_err().message, "a: there is no ConfigMap with a Corefile");
}

#[test]
fn the_block_comes_and_goes() {
    let edited = after("plan", FIRST);
    assert!(edited.starts_with(FIRST));
    assert!(edited.contains("global:53 {\n    forward . 10.0.0.10\n}"));
    assert_eq!(asked("look", &edited)["targets"], json!(["10.0.0.10"]));
    assert_eq!(after("plan", &edited), edited);
    assert_eq!(after("remove", &edited), FIRST);
}
