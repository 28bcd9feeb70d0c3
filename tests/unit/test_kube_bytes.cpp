#include <array>

#include "mutations.hpp"

#include "kube/gunzip.hpp"
#include "kube/mask.hpp"
#include "kube/resource.hpp"
#include "kube/retry.hpp"
#include "kube/server_clock.hpp"
#include "kube/status.hpp"

using mesh::test::survives;

namespace {

const std::string k_secret =
    R"({"kind":"Secret","data":{"token":"c2VjcmV0"},"stringData":{"a":"b"}})";

std::string packed() {
  // `printf hello | gzip -n`
  static constexpr std::array<unsigned char, 25> k_bytes{
      0x1f, 0x8b, 0x08, 0, 0,    0,    0,    0,    0,    0x03, 0xcb, 0x48, 0xcd,
      0xc9, 0xc9, 0x07, 0, 0x86, 0xa6, 0x10, 0x36, 0x05, 0,    0,    0};
  return {k_bytes.begin(), k_bytes.end()};
}

}  // namespace

TEST_CASE("bytes: a status of an API server, or of whoever answers in its place", "[mutations]") {
  survives(
      {R"({"kind":"Status","message":"no","reason":"Conflict","details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"argocd\"","field":".data.a"}]}})",
       "<html><body>502 Bad Gateway</body></html>", ""},
      [](const std::string& bytes) {
        mesh::throw_status({.status = 409, .body = bytes, .headers = {}}, "a", "apply it", "it");
      });
}

TEST_CASE("bytes: a body in gzip", "[mutations]") {
  survives({packed(), packed() + packed()}, [](const std::string& bytes) {
    mesh::Gunzip gunzip;
    std::array<std::uint8_t, 256> room{};
    std::span<const std::uint8_t> left{reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                       bytes.size()};
    try {
      for (int steps = 0; steps < 10'000; ++steps) {
        const mesh::Gunzip::Step step = gunzip.step(left, room);
        if (step.taken > left.size() || step.made > room.size()) FAIL("beyond the end");
        left = left.subspan(step.taken);
        if (step.ended || (step.made == 0 && (left.empty() || step.taken == 0))) return;
      }
    } catch (const std::runtime_error&) {
      // No gzip.
    }
  });
}

TEST_CASE("bytes: a body that is logged has no value of a Secret", "[mutations]") {
  survives({k_secret, k_secret + "\n", "token: c2VjcmV0", "Bearer abc.def.ghi"},
           [](const std::string& bytes) { mesh::masked_text(bytes); });
  CHECK(mesh::masked_text(k_secret).find("c2VjcmV0") == std::string::npos);
}

TEST_CASE("bytes: headers and names", "[mutations]") {
  survives({"120", "Tue, 01 Dec 2026 00:42:57 GMT", "apps/v1", "Deployment", "a.b-c"},
           [](const std::string& bytes) {
             mesh::parse_retry_after(bytes);
             mesh::ServerClock clock;
             clock.note(bytes, {}, {});
             mesh::resource_of(bytes);
             mesh::resource_path({bytes, "Kind", "n", "m"});
             mesh::resource_path({"v1", bytes, bytes, bytes});
           });
}
