#include "mesh/lookup.hpp"

namespace mesh::lookup {

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
  while (!open.empty()) {
    const std::vector<ReadResult> pages = host.read(open);
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
          .limit = 500,
          .next = {}};
}

Read object_of(const std::string& cluster, const ObjectRef& ref) {
  return {.cluster = cluster, .object = ref, .labels = {}, .limit = 500, .next = {}};
}

}  // namespace mesh::lookup
