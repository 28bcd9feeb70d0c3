#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ranges.hpp"

#include "mesh/exposure.hpp"

// The strategy `alias`: a ServiceEntry and a DestinationRule per export in every other cluster.

namespace mesh::serviceentry {

struct AliasSettings {
  Range pool;
  std::string cluster_domain = "cluster.local";
};
/// Throws Failure("invalid-input").
AliasSettings alias_settings(const Json& settings);
/// JSON Schema of them, for the manifest: properties only.
Json alias_settings_schema();

struct SeenEntry {
  std::string name_space, name, uid, from;
  bool ours = false;
  std::vector<std::string> hosts, addresses;
  Json spec;  ///< of ours only
};

struct SeenRule {
  std::string name_space, name, uid, from, host;
  bool ours = false;
  Json spec;  ///< of ours only
  bool other_tls =
      false;  ///< somebody else's that sets TLS in another mode than Istio's mutual one
};

/// What one cluster holds that matters to aliases.
struct AliasFacts {
  std::string cluster;
  std::optional<Problem> problem;
  bool namespace_found = false, namespace_ending = false;
  bool kind_missing = false;  ///< networking.istio.io/v1 is not served
  std::vector<SeenEntry> entries;
  std::vector<SeenRule> rules;
  std::vector<Range> ranges;  ///< of pods and services, as far as they can be seen
};

SeenEntry seen_entry(const Json& entry);
SeenRule seen_rule(const Json& rule);
enum class Depth { ours, all };  ///< ours: what is labelled as ours and nothing else
std::vector<AliasFacts> read_alias_facts(const Host& host, const std::vector<std::string>& clusters,
                                         const std::string& istio_namespace, Depth depth);

/// The objects of one export in one cluster.
struct AliasObjects {
  Json entry, rule;
};
struct Alias {
  const Export& service;
  std::string from;  ///< Istio's name of the exporter
  std::vector<GatewayAddress> gateway;
  std::string address;
  std::vector<std::string> identities;
};
AliasObjects alias_objects(const Alias& alias, const std::string& name_space,
                           const std::string& cluster_domain);

/// One export as one cluster should have it, beside what it has.
struct Wanted {
  const Export* service = nullptr;
  AliasObjects objects;
  bool entry_fits = false, rule_fits = false;
  std::string address;
};
/// What a cluster should hold; exports whose gateway is not ready are left out.
std::vector<Wanted> wanted_in(const ExposureRequest& request, const AliasSettings& settings,
                              const AliasFacts& facts);
/// Whether the live spec has all that the wanted one says, and no more.
bool same_spec(const Json& wanted, const Json& live);

Plan plan_aliases(const ExposureRequest& request, const std::vector<AliasFacts>& all);
Plan plan_alias_removal(const ExposureRequest& request, const std::vector<AliasFacts>& all);
Report alias_list(const ExposureRequest& request, const std::vector<AliasFacts>& all);

const ClusterGateway* gateway_for(const ExposureRequest& request, const std::string& cluster);

}  // namespace mesh::serviceentry
