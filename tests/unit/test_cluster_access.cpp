#include "cluster_support.hpp"
#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "mesh/base64.hpp"

using mesh::Access;
using mesh::AccessOverrides;
using mesh::base64_encode;
using mesh::test::k_server;
using mesh::test::one_context;
using mesh::test::OneFile;
using mesh::test::problem_of;
using Headers = std::vector<std::pair<std::string, std::string>>;

namespace {

std::string with_server(const std::string& more) {
  return std::string(k_server) + ", " + more;
}

}  // namespace

TEST_CASE("a context leads to its server, namespace and user") {
  const OneFile file(one_context(k_server, "token: abc"));
  const mesh::Endpoint endpoint = file.access().endpoint;
  CHECK(endpoint.context == "a");
  CHECK(endpoint.server == "https://a.example:6443");
  CHECK(endpoint.name_space == "default");
  CHECK(endpoint.user == "u");
  CHECK(endpoint.verify_name == "a.example");
  CHECK(endpoint.ca_pem.empty());
  CHECK(endpoint.compress);
  CHECK_FALSE(endpoint.insecure);
  AccessOverrides overrides;
  overrides.name_space = "shop";
  CHECK(file.access(overrides).endpoint.name_space == "shop");
}

TEST_CASE("who one is comes from the kubeconfig, in client-go's order") {
  struct Row {
    std::string user, auth, authorization;
  };
  const Row row = GENERATE(
      Row{"token: abc", "token", "Bearer abc"},
      Row{"tokenFile: token", "token file", "Bearer file"},
      Row{"token: abc, tokenFile: token", "token file", "Bearer file"},
      Row{"token: abc, tokenFile: none", "token", "Bearer abc"},
      Row{"username: jane, password: 'p:w'", "basic", "Basic amFuZTpwOnc="},
      Row{"token: abc, exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: false}",
          "token", "Bearer abc"},
      Row{"", "none", ""});
  // `false` would be a boolean: the command is a text here.
  std::string user = row.user;
  if (const auto at = user.find("command: false"); at != std::string::npos) {
    user.replace(at, 14, "command: /bin/false");
  }
  const OneFile file(one_context(k_server, user));
  file.folder.write("token", "file\n");
  const Access access = file.access();
  CHECK(access.endpoint.auth == row.auth);
  CHECK(access.credentials->current().authorization == row.authorization);
}

TEST_CASE("certificates come from data or files, and data wins") {
  const OneFile file(one_context(
      with_server("certificate-authority: ca.pem, certificate-authority-data: " +
                  base64_encode("CA DATA")),
      "client-certificate: c.pem, client-key: k.pem, client-key-data: " + base64_encode("KEY")));
  file.folder.write("c.pem", "CERT FILE");
  const Access access = file.access();
  CHECK(access.endpoint.ca_pem == "CA DATA");
  const mesh::Credential credential = access.credentials->current();
  CHECK(credential.client_certificate_pem == "CERT FILE");
  CHECK(credential.client_key_pem == "KEY");
  CHECK(credential.authorization.empty());
  CHECK(access.endpoint.auth == "client certificate");
}

TEST_CASE("what the cluster says about TLS and the way to it is heeded") {
  const OneFile file(
      one_context(with_server("tls-server-name: other.example, proxy-url: 'http://proxy:3128', "
                              "disable-compression: true, insecure-skip-tls-verify: true"),
                  ""));
  const mesh::Endpoint endpoint = file.access().endpoint;
  CHECK(endpoint.verify_name == "other.example");
  CHECK(endpoint.proxy == "http://proxy:3128");
  CHECK_FALSE(endpoint.compress);
  CHECK(endpoint.insecure);
}

TEST_CASE("impersonation is sent with user, uid, groups and extra") {
  const OneFile file(one_context(k_server,
                                 "as: jane, as-uid: '7', as-groups: [dev, 'ops team'], "
                                 "as-user-extra: {reason: [a, b], 'example.org/Scopes%': [c]}"));
  CHECK(file.access().endpoint.headers ==
        Headers{{"Impersonate-User", "jane"},
                {"Impersonate-Uid", "7"},
                {"Impersonate-Group", "dev"},
                {"Impersonate-Group", "ops team"},
                {"Impersonate-Extra-example.org%2FScopes%25", "c"},
                {"Impersonate-Extra-reason", "a"},
                {"Impersonate-Extra-reason", "b"}});
}

TEST_CASE("flags of impersonation replace what the kubeconfig says, key by key") {
  const OneFile file(
      one_context(k_server, "as: jane, as-groups: [dev], as-user-extra: {a: [1st], b: [2nd]}"));
  AccessOverrides overrides;
  overrides.as = "joe";
  overrides.as_groups = {"ops", "qa"};
  overrides.as_user_extra = {"a=x", "a=y=z"};
  CHECK(file.access(overrides).endpoint.headers == Headers{{"Impersonate-User", "joe"},
                                                           {"Impersonate-Group", "ops"},
                                                           {"Impersonate-Group", "qa"},
                                                           {"Impersonate-Extra-a", "x"},
                                                           {"Impersonate-Extra-a", "y=z"},
                                                           {"Impersonate-Extra-b", "2nd"}});
  overrides.as_user_extra = {"no-value"};
  CHECK(problem_of([&] { file.access(overrides); }).code == "usage");
}

TEST_CASE("--server takes the name in the certificate with it, --tls-server-name gives another") {
  const OneFile file(one_context(with_server("tls-server-name: old.example"), ""));
  AccessOverrides overrides;
  overrides.server = "b.example:8443";
  CHECK(file.access(overrides).endpoint.server == "https://b.example:8443");
  CHECK(file.access(overrides).endpoint.verify_name == "b.example");
  overrides.tls_server_name = "c.example";
  CHECK(file.access(overrides).endpoint.verify_name == "c.example");
}

TEST_CASE("flags for a CA and for none replace what the kubeconfig says, but not each other") {
  const OneFile secure(
      one_context(with_server("certificate-authority-data: " + base64_encode("OLD")), ""));
  const OneFile insecure(one_context(with_server("insecure-skip-tls-verify: true"), ""));
  AccessOverrides ca;
  ca.certificate_authority = secure.folder.write("new.pem", "NEW");
  CHECK(secure.access(ca).endpoint.ca_pem == "NEW");
  CHECK(insecure.access(ca).endpoint.ca_pem == "NEW");
  CHECK_FALSE(insecure.access(ca).endpoint.insecure);
  AccessOverrides skip;
  skip.insecure_skip_tls_verify = true;
  CHECK(secure.access(skip).endpoint.insecure);
  CHECK(secure.access(skip).endpoint.ca_pem.empty());
  skip.insecure_skip_tls_verify = false;
  CHECK_FALSE(insecure.access(skip).endpoint.insecure);
  CHECK(secure.access(skip).endpoint.ca_pem == "OLD");
  ca.insecure_skip_tls_verify = true;
  CHECK(problem_of([&] { secure.access(ca); }).code == "invalid-kubeconfig");
}

TEST_CASE("--token is who one is, whatever else the user entry says") {
  const std::string user =
      GENERATE("username: jane, password: p", "tokenFile: none", "token: old",
               "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: /bin/false}");
  AccessOverrides overrides;
  overrides.token = "mine";
  const Access access = OneFile(one_context(k_server, user)).access(overrides);
  CHECK(access.credentials->current().authorization == "Bearer mine");
  CHECK(access.endpoint.auth == "token");
}

TEST_CASE("--client-certificate and --client-key replace data too") {
  const OneFile file(one_context(k_server, "client-certificate-data: " + base64_encode("OLD") +
                                               ", client-key-data: " + base64_encode("OLD")));
  AccessOverrides overrides;
  overrides.client_certificate = file.folder.write("c", "NEW");
  overrides.client_key = file.folder.write("k", "NEW KEY");
  const mesh::Credential credential = file.access(overrides).credentials->current();
  CHECK(credential.client_certificate_pem == "NEW");
  CHECK(credential.client_key_pem == "NEW KEY");
}

TEST_CASE("--cluster and --user take other entries, which must be there") {
  const OneFile file(
      "clusters: [{name: c, cluster: {server: h1}}, {name: d, cluster: {server: h2}}]\n"
      "users: [{name: u, user: {token: 1st}}, {name: v, user: {token: 2nd}}]\n"
      "contexts: [{name: a, context: {cluster: c, user: u}}]\n");
  AccessOverrides overrides;
  overrides.cluster = "d";
  overrides.user = "v";
  const Access access = file.access(overrides);
  CHECK(access.endpoint.server == "https://h2");
  CHECK(access.credentials->current().authorization == "Bearer 2nd");
  overrides.user = "none";
  CHECK(problem_of([&] { file.access(overrides); }).message ==
        "context \"a\" names the user \"none\", which no kubeconfig defines");
  overrides.cluster = "none";
  CHECK(problem_of([&] { file.access(overrides); }).message ==
        "context \"a\" names the cluster \"none\", which no kubeconfig defines");
}
