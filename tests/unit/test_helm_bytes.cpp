#include "mutations.hpp"
#include "release_record.hpp"

#include "mesh/base64.hpp"

using mesh::test::survives;

TEST_CASE("bytes: Helm's record of a release", "[mutations]") {
  const std::string record = "H4sIAAAAAAAAA6tWykvMTVWyUlDKLC7JzE9R0lFQKkstKs7MzwMKGtcCAI37rSEgAAAA";
  const std::string packed = mesh::base64_decode(record);
  survives(
      {record, packed, R"({"name":"istiod","info":{"status":"deployed"}})"},
      [](const std::string& bytes) {
        for (const std::string& once : {bytes, mesh::base64_encode(bytes)}) {
          mesh::helm::was_applied_by_server({{"data", {{"release", mesh::base64_encode(once)}}}});
        }
      });
}
