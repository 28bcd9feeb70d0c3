use mesh_sdk::testing::{ask, FakeHost};
use mesh_sdk::{CaIssued, CaRootsReply};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::{X509Req, X509};
use serde_json::{json, Value};

fn host(store: Value) -> FakeHost {
    let clock = json!({"time": "2027-01-15T08:00:00.000Z"});
    FakeHost {
        rows: vec![("clock/1", "now", Ok(clock)), ("store/1", "get", Ok(store))],
        ..FakeHost::default()
    }
}

fn new_request() -> String {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut request = X509Req::builder().unwrap();
    request.set_pubkey(&key).unwrap();
    request.sign(&key, MessageDigest::sha256()).unwrap();
    String::from_utf8(request.build().to_pem().unwrap()).unwrap()
}

#[test]
fn it_signs_and_finds_its_root_again() {
    let request = json!({"requests": [{"cluster": "a", "csr": new_request()}]});
    let none = host(json!({"found": false}));
    let answer: CaIssued =
        ask(&super::plugin(), &none, "ca/1:@NAME@", "issue", &request).unwrap();
    let root = X509::from_pem(answer.roots[0].as_bytes()).unwrap();
    let made = X509::from_pem(answer.issued[0].chain[0].as_bytes()).unwrap();
    assert!(made.verify(&root.public_key().unwrap()).unwrap());
    assert_eq!(made.pathlen(), Some(0));

    let kept = host(json!({"found": true, "data": answer.keep[0].data}));
    let again: CaRootsReply =
        ask(&super::plugin(), &kept, "ca/1:@NAME@", "roots", &json!({})).unwrap();
    assert_eq!(again.roots, answer.roots);
}
