#include "memory_support.hpp"

#include "mesh/lookup.hpp"

using mesh::Json;
using mesh::Read;
using mesh::test::MemoryClusters;

namespace {

void fill(MemoryClusters& clusters, const std::string& cluster, int count, std::size_t bytes) {
  for (int number = 0; number < count; ++number) {
    clusters.put(cluster, {{"apiVersion", "v1"},
                           {"kind", "ConfigMap"},
                           {"metadata", {{"namespace", "shop"}, {"name", std::to_string(number)}}},
                           {"data", {{"k", std::string(bytes, 'x')}}}});
  }
}

struct Seen {
  std::map<std::size_t, std::size_t> objects;  ///< by read
  std::size_t largest = 0;                     ///< page
};

Seen read_all(MemoryClusters& clusters, const std::vector<Read>& reads) {
  Seen seen;
  const auto problems =
      mesh::lookup::each_page(clusters.host(), reads, [&](std::size_t at, const Json& items) {
        seen.objects[at] += items.size();
        seen.largest = std::max(seen.largest, items.size());
      });
  for (const auto& problem : problems) CHECK_FALSE(problem);
  return seen;
}

}  // namespace

TEST_CASE("pages that together are more than a document are read in smaller ones") {
  MemoryClusters clusters;
  fill(clusters, "a", 260, 280'000);
  const Seen seen = read_all(clusters, {mesh::lookup::list_of("a", "v1", "ConfigMap")});
  CHECK(seen.objects.at(0) == 260);
  CHECK(seen.largest == 125);
}

TEST_CASE("the more lists, the smaller their pages") {
  MemoryClusters clusters;
  std::vector<Read> reads;
  for (const char* cluster : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}) {
    fill(clusters, cluster, 300, 10);
    reads.push_back(mesh::lookup::list_of(cluster, "v1", "ConfigMap"));
  }
  const Seen seen = read_all(clusters, reads);
  CHECK(seen.largest == 200);
  for (std::size_t at = 0; at < reads.size(); ++at) CHECK(seen.objects.at(at) == 300);
}
