#include "cluster_support.hpp"
#include <catch2/catch.hpp>

using mesh::in_cluster_access;
using mesh::test::Environment;
using mesh::test::NoEnvironment;

namespace {

/// What a pod sees.
struct Pod {
  mesh::test::TemporaryFolder folder;
  NoEnvironment none;
  Environment host{"KUBERNETES_SERVICE_HOST", "10.96.0.1"};
  Environment port{"KUBERNETES_SERVICE_PORT", "443"};

  Pod() {
    folder.write("token", "pod-token\n");
    folder.write("ca.crt", "CA");
    folder.write("namespace", "tools\n");
  }
  mesh::Endpoint endpoint(const mesh::AccessOverrides& overrides = {}) const {
    return in_cluster_access(overrides, folder.path()).value().endpoint;
  }
};

}  // namespace

TEST_CASE("inside a pod the service account is who one is") {
  const Pod pod;
  const mesh::Access access = in_cluster_access({}, pod.folder.path()).value();
  CHECK(access.endpoint.server == "https://10.96.0.1:443");
  CHECK(access.endpoint.ca_pem == "CA");
  CHECK(access.endpoint.name_space == "tools");
  CHECK(access.endpoint.auth == "token file");
  CHECK(access.credentials->current().authorization == "Bearer pod-token");
}

TEST_CASE("inside a pod the namespace is POD_NAMESPACE, the account's, or default") {
  const Pod pod;
  {
    const Environment name("POD_NAMESPACE", "other");
    CHECK(pod.endpoint().name_space == "other");
  }
  const Environment name("POD_NAMESPACE", "");
  CHECK(pod.endpoint().name_space == "tools");
  std::filesystem::remove(pod.folder.path() / "namespace");
  CHECK(pod.endpoint().name_space == "default");
}

TEST_CASE("inside a pod flags mean what they mean elsewhere") {
  const Pod pod;
  mesh::AccessOverrides overrides;
  overrides.as = "jane";
  overrides.name_space = "shop";
  CHECK(pod.endpoint(overrides).headers.front().second == "jane");
  CHECK(pod.endpoint(overrides).name_space == "shop");
}

TEST_CASE("an IPv6 service address stands in brackets") {
  const Pod pod;
  const Environment host("KUBERNETES_SERVICE_HOST", "fd00::1");
  CHECK(pod.endpoint().server == "https://[fd00::1]:443");
  CHECK(pod.endpoint().verify_name == "fd00::1");
}

TEST_CASE("without the variables or the token one is not in a pod") {
  const Pod pod;
  {
    const Environment host("KUBERNETES_SERVICE_HOST",
                           GENERATE(static_cast<const char*>(nullptr), ""));
    CHECK_FALSE(in_cluster_access({}, pod.folder.path()));
  }
  std::filesystem::remove(pod.folder.path() / "token");
  CHECK_FALSE(in_cluster_access({}, pod.folder.path()));
}
