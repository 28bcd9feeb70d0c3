#include <catch2/catch.hpp>

#include "base/yaml.hpp"
#include "cluster/single_kubeconfig.hpp"
#include "mesh/base64.hpp"
#include "mesh/json.hpp"

using mesh::Credential;
using mesh::Endpoint;
using mesh::Json;

namespace {

Endpoint endpoint() {
  Endpoint made;
  made.context = "game-gke";
  made.server = "https://gke.example:6443";
  made.verify_name = "gke.example";
  made.ca_pem = "PEM";
  made.name_space = "shop";
  return made;
}

Json parsed(const Endpoint& from, const Credential& credential) {
  return mesh::parse_yaml(mesh::single_kubeconfig(from, credential), "kubeconfig").value;
}

}  // namespace

TEST_CASE("a program that we start knows one cluster and the way in of this moment") {
  Credential credential;
  credential.authorization = "Bearer abc";
  const Json config = parsed(endpoint(), credential);
  CHECK(config["current-context"] == "game-gke");
  CHECK(config["clusters"].size() == 1);
  const Json cluster = config["clusters"][0]["cluster"];
  CHECK(cluster["server"] == "https://gke.example:6443");
  CHECK(cluster["certificate-authority-data"] == mesh::base64_encode("PEM"));
  CHECK_FALSE(cluster.contains("tls-server-name"));
  CHECK(config["users"][0]["user"] == Json{{"token", "abc"}});
  CHECK(config["contexts"][0]["context"]["namespace"] == "shop");
}

TEST_CASE("certificates, passwords, impersonation and other ways to a server come along") {
  Endpoint from = endpoint();
  from.verify_name = "other.example";
  from.proxy = "http://proxy.example:3128";
  from.compress = false;
  from.headers = {{"Impersonate-User", "jane"},
                  {"Impersonate-Group", "a"},
                  {"Impersonate-Group", "b"},
                  {"Impersonate-Uid", "7"},
                  {"Impersonate-Extra-example.org%2fscopes", "x"}};
  Credential credential;
  credential.client_certificate_pem = "CERT";
  credential.client_key_pem = "KEY";
  credential.authorization = "Basic " + mesh::base64_encode("jo:pa:ss");
  const Json config = parsed(from, credential);
  const Json cluster = config["clusters"][0]["cluster"];
  CHECK(cluster["tls-server-name"] == "other.example");
  CHECK(cluster["proxy-url"] == "http://proxy.example:3128");
  CHECK(cluster["disable-compression"] == true);
  const Json user = config["users"][0]["user"];
  CHECK(user["client-certificate-data"] == mesh::base64_encode("CERT"));
  CHECK(user["client-key-data"] == mesh::base64_encode("KEY"));
  CHECK(user["username"] == "jo");
  CHECK(user["password"] == "pa:ss");
  CHECK(user["as"] == "jane");
  CHECK(user["as-uid"] == "7");
  CHECK(user["as-groups"] == Json{"a", "b"});
  CHECK(user["as-user-extra"] == Json{{"example.org/scopes", {"x"}}});
}

TEST_CASE("a server that is not verified stays so, and says so in its kubeconfig") {
  Endpoint from = endpoint();
  from.insecure = true;
  const Json cluster = parsed(from, {})["clusters"][0]["cluster"];
  CHECK(cluster["insecure-skip-tls-verify"] == true);
  CHECK_FALSE(cluster.contains("certificate-authority-data"));
}
