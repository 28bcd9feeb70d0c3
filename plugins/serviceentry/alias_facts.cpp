#include <algorithm>

#include "alias.hpp"
#include "names.hpp"

#include "mesh/lookup.hpp"

namespace mesh::serviceentry {

namespace {

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> found;
  for (const Json& entry : list) {
    if (entry.is_string()) found.push_back(entry.get<std::string>());
  }
  return found;
}

bool sets_other_tls(const Json& rule) {
  const auto other = [](const Json& policy) {
    const std::string mode = lookup::text(policy, "/tls/mode");
    return !mode.empty() && mode != "ISTIO_MUTUAL";
  };
  const Json& policy = lookup::value(rule, "/spec/trafficPolicy");
  const Json& ports = lookup::list(policy, "/portLevelSettings");
  return other(policy) || std::any_of(ports.begin(), ports.end(), other);
}

struct ListRow {
  const char* api_version;
  const char* kind;
  void (*take)(AliasFacts&, const Json&);
};

void take_service_range(AliasFacts& facts, const Json& object) {
  for (const std::string& text : texts(lookup::list(object, "/spec/cidrs"))) {
    std::optional<Range> range = parse_range(text);
    if (!range) continue;
    range->what = "the services' range " + text;
    facts.ranges.push_back(*range);
  }
}

void take_node(AliasFacts& facts, const Json& node) {
  std::vector<std::string> ranges = texts(lookup::list(node, "/spec/podCIDRs"));
  if (ranges.empty()) ranges = {lookup::text(node, "/spec/podCIDR")};
  for (const std::string& text : ranges) {
    std::optional<Range> range = parse_range(text);
    if (!range) continue;
    range->what = "the pods' range " + text + " of node " + lookup::text(node, "/metadata/name");
    facts.ranges.push_back(*range);
  }
}

constexpr std::array<ListRow, 2> k_lists{
    {{k_networking, "ServiceEntry",
      [](AliasFacts& facts, const Json& object) { facts.entries.push_back(seen_entry(object)); }},
     {k_networking, "DestinationRule",
      [](AliasFacts& facts, const Json& object) { facts.rules.push_back(seen_rule(object)); }}}};

// The first page only: a handful of nodes tells which part of the address space pods live in.
constexpr std::int64_t k_nodes = 20;
constexpr std::array<ListRow, 2> k_ranges{
    {{"networking.k8s.io/v1", "ServiceCIDR", take_service_range}, {"v1", "Node", take_node}}};

void read_lists(const Host& host, std::vector<AliasFacts>& all, Depth depth) {
  std::vector<Read> reads;
  std::vector<std::pair<AliasFacts*, const ListRow*>> whose;
  for (AliasFacts& facts : all) {
    for (const ListRow& row : k_lists) {
      reads.push_back(lookup::list_of(facts.cluster, row.api_version, row.kind, "",
                                      depth == Depth::ours ? our_label() : ""));
      whose.emplace_back(&facts, &row);
    }
  }
  const auto problems = lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& item : items) whose[at].second->take(*whose[at].first, item);
  });
  for (std::size_t at = 0; at < problems.size(); ++at) {
    std::optional<Problem>& problem = whose[at].first->problem;
    if (problems[at] && !problem) problem = problems[at];
  }
}

/// Who may not list nodes can still have aliases: what cannot be read is not known.
void read_ranges(const Host& host, std::vector<AliasFacts>& all) {
  std::vector<Read> reads;
  for (const AliasFacts& facts : all) {
    for (const ListRow& row : k_ranges) {
      reads.push_back(lookup::list_of(facts.cluster, row.api_version, row.kind));
      reads.back().limit = k_nodes;
    }
  }
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    for (const Json& item : lookup::list(results[at].object, "/items"))
      k_ranges[at % k_ranges.size()].take(all[at / k_ranges.size()], item);
  }
}

/// Where nothing of Istio's was found, are its kinds there at all?
void read_kinds(const Host& host, std::vector<AliasFacts>& all) {
  std::vector<Read> reads;
  std::vector<AliasFacts*> whose;
  for (AliasFacts& facts : all) {
    if (facts.problem || !facts.entries.empty()) continue;
    reads.push_back(
        lookup::object_of(facts.cluster, {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "",
                                          "serviceentries.networking.istio.io"}));
    whose.push_back(&facts);
  }
  if (reads.empty()) return;
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    // Who may not read definitions learns it when he writes.
    if (results[at].problem) continue;
    const Json& versions = lookup::list(results[at].object, "/spec/versions");
    whose[at]->kind_missing =
        std::none_of(versions.begin(), versions.end(), [](const Json& version) {
          return lookup::text(version, "/name") == "v1" &&
                 lookup::value(version, "/served") == true;
        });
  }
}

void read_namespaces(const Host& host, std::vector<AliasFacts>& all,
                     const std::string& istio_namespace) {
  std::vector<Read> reads;
  for (const AliasFacts& facts : all)
    reads.push_back(lookup::object_of(facts.cluster, {"v1", "Namespace", "", istio_namespace}));
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    if (results[at].problem && !all[at].problem) all[at].problem = results[at].problem;
    all[at].namespace_found = results[at].found;
    all[at].namespace_ending = lookup::text(results[at].object, "/status/phase") == "Terminating";
  }
}

}  // namespace

SeenEntry seen_entry(const Json& object) {
  SeenEntry seen;
  seen.name_space = lookup::text(object, "/metadata/namespace");
  seen.name = lookup::text(object, "/metadata/name");
  seen.uid = lookup::text(object, "/metadata/uid");
  seen.from = label_of(object, k_from);
  seen.ours = label_of(object, k_managed_by) == k_us;
  seen.hosts = texts(lookup::list(object, "/spec/hosts"));
  seen.addresses = texts(lookup::list(object, "/spec/addresses"));
  for (const Json& entry : lookup::list(object, "/status/addresses"))
    seen.addresses.push_back(lookup::text(entry, "/value"));
  if (seen.ours) seen.spec = lookup::value(object, "/spec");
  return seen;
}

SeenRule seen_rule(const Json& object) {
  SeenRule seen;
  seen.name_space = lookup::text(object, "/metadata/namespace");
  seen.name = lookup::text(object, "/metadata/name");
  seen.uid = lookup::text(object, "/metadata/uid");
  seen.from = label_of(object, k_from);
  seen.host = lookup::text(object, "/spec/host");
  seen.ours = label_of(object, k_managed_by) == k_us;
  if (seen.ours) seen.spec = lookup::value(object, "/spec");
  seen.other_tls = !seen.ours && sets_other_tls(object);
  return seen;
}

std::vector<AliasFacts> read_alias_facts(const Host& host, const std::vector<std::string>& clusters,
                                         const std::string& istio_namespace, Depth depth) {
  std::vector<AliasFacts> all;
  for (const std::string& cluster : clusters) {
    all.emplace_back();
    all.back().cluster = cluster;
  }
  read_lists(host, all, depth);
  if (depth == Depth::ours) return all;
  read_ranges(host, all);
  read_kinds(host, all);
  read_namespaces(host, all, istio_namespace);
  return all;
}

}  // namespace mesh::serviceentry
