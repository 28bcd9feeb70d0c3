#include "release_record.hpp"
#include <catch2/catch.hpp>

// The Secrets hold {"name": "istiod", "version": 3} and how it was applied, as Helm 4 and 3 write
// it.

namespace mesh::helm {

namespace {

Json secret_with(const char* release) {
  return {{"kind", "Secret"}, {"data", {{"release", release}}}};
}

constexpr const char* k_by_server =
    "SDRzSUFBQUFBQUFDQTZ0V3lrdk1UVld5VWxES0xDN0p6RTlSMGxGUUtrc3RLczdNendNS0dnTjVpUVVGT1pYeHVha2xHVU"
    "Jab0xyaTRrU2xXZ0RjbStMNE53QUFBQT09";
constexpr const char* k_by_helm_4_itself =
    "SDRzSUFBQUFBQUFDQTZ0V3lrdk1UVld5VWxES0xDN0p6RTlSMGxGUUtrc3RLczdNendNS0dnTjVpUVVGT1pYeHVha2xHVU"
    "Jab0xyazRrU2xXZ0JlREFLWU53QUFBQT09";
constexpr const char* k_by_helm_3 =
    "SDRzSUFBQUFBQUFDQTZ0V3lrdk1UVld5VWxES0xDN0p6RTlSMGxGUUtrc3RLczdNendNS0d0Y0NBSTM3clNFZ0FBQUE=";

}  // namespace

TEST_CASE("helm: whether the server merged a revision stands in Helm's record of it") {
  CHECK(was_applied_by_server(secret_with(k_by_server)));
  CHECK_FALSE(was_applied_by_server(secret_with(k_by_helm_4_itself)));
  CHECK_FALSE(was_applied_by_server(secret_with(k_by_helm_3)));
}

TEST_CASE("helm: a Secret that is no record of a release was not merged by the server") {
  const std::string whole = k_by_server;
  for (const std::string& text :
       {std::string(), std::string("!"), std::string("bm90IGd6aXA="), whole.substr(0, 80)}) {
    INFO(text);
    CHECK_FALSE(was_applied_by_server(secret_with(text.c_str())));
  }
  CHECK_FALSE(was_applied_by_server(nullptr));
}

TEST_CASE("helm: the record of a revision has the name that Helm gives it") {
  CHECK(record_of("istio-system", "istiod", 12).name == "sh.helm.release.v1.istiod.v12");
}

}  // namespace mesh::helm
