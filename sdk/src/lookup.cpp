#include "mesh/lookup.hpp"

#include <algorithm>

namespace mesh::lookup {

namespace {

constexpr std::int64_t k_page = 250;  // of long lists; with larger ones it is memory that grows
// An answer holds a page of each list. What it takes in memory should not grow with the clusters,
// and it is a document: MESH_DOCUMENT_MAX at most, however large the objects are.
constexpr std::int64_t k_objects_at_once = 2000;
constexpr std::int64_t k_page_least = 100;

void share_pages(std::vector<Read>& reads) {
  const auto share = k_objects_at_once / std::max<std::int64_t>(1, std::ssize(reads));
  for (Read& read : reads) read.limit = std::min(read.limit, std::max(share, k_page_least));
}

/// false: they cannot be smaller.
bool halve_pages(std::vector<Read>& reads) {
  bool smaller = false;
  for (Read& read : reads) {
    smaller = smaller || read.limit > 1;
    read.limit = std::max<std::int64_t>(1, read.limit / 2);
  }
  return smaller;
}

std::vector<ReadResult> read_pages(const Host& host, std::vector<Read>& reads) {
  for (;;) {
    try {
      return host.read(reads);
    } catch (const Failure& failure) {
      if (failure.problem().code != "too-large" || !halve_pages(reads)) throw;
    }
  }
}

}  // namespace

const Json& value(const Json& document, const std::string& pointer) {
  static const Json k_nothing;
  const Json::json_pointer place(pointer);
  return document.contains(place) ? document.at(place) : k_nothing;
}

std::string text(const Json& document, const std::string& pointer) {
  const Json& found = value(document, pointer);
  return found.is_string() ? found.get<std::string>() : std::string();
}

const Json& list(const Json& document, const std::string& pointer) {
  static const Json k_empty = Json::array();
  const Json& found = value(document, pointer);
  return found.is_array() ? found : k_empty;
}

std::int64_t number(const Json& document, const std::string& pointer, std::int64_t fallback) {
  const Json& found = value(document, pointer);
  return found.is_number_integer() ? found.get<std::int64_t>() : fallback;
}

std::string step(const std::string& key) {
  return (Json::json_pointer() / key).to_string().substr(1);
}

std::vector<std::optional<Problem>> each_page(
    const Host& host, const std::vector<Read>& reads,
    const std::function<void(std::size_t, const Json&)>& take) {
  std::vector<std::optional<Problem>> problems(reads.size());
  std::vector<Read> open = reads;
  std::vector<std::size_t> whose(reads.size());
  for (std::size_t at = 0; at < whose.size(); ++at) whose[at] = at;
  share_pages(open);
  while (!open.empty()) {
    const std::vector<ReadResult> pages = read_pages(host, open);
    std::vector<Read> further;
    std::vector<std::size_t> owners;
    for (std::size_t at = 0; at < pages.size(); ++at) {
      if (pages[at].problem) {
        problems[whose[at]] = pages[at].problem;
        continue;
      }
      take(whose[at], list(pages[at].object, "/items"));
      if (pages[at].next.empty()) continue;
      further.push_back(std::move(open[at]));
      further.back().next = pages[at].next;
      owners.push_back(whose[at]);
    }
    open = std::move(further);
    whose = std::move(owners);
  }
  return problems;
}

Read list_of(const std::string& cluster, const std::string& api_version, const std::string& kind,
             const std::string& name_space, const std::string& labels) {
  return {.cluster = cluster,
          .object = {api_version, kind, name_space, ""},
          .labels = labels,
          .limit = k_page,
          .next = {}};
}

Read object_of(const std::string& cluster, const ObjectRef& ref) {
  return {.cluster = cluster, .object = ref, .labels = {}, .limit = 500, .next = {}};
}

}  // namespace mesh::lookup
