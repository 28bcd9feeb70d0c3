#include "mesh/network_policies.hpp"

#include <algorithm>

#include "mesh/lookup.hpp"

namespace mesh {

namespace {

bool is_about_ingress(const Json& policy) {
  const Json& types = lookup::list(policy, "/spec/policyTypes");
  return types.empty() || std::find(types.begin(), types.end(), "Ingress") != types.end();
}

bool allows_port(const Json& rule, const PolicyTarget& target) {
  const Json& ports = lookup::list(rule, "/ports");
  return ports.empty() || std::any_of(ports.begin(), ports.end(), [&](const Json& entry) {
           const std::string protocol = lookup::text(entry, "/protocol");
           if (!protocol.empty() && protocol != "TCP") return false;
           const Json& told = lookup::value(entry, "/port");
           if (told.is_null() || target.port == 0) return true;
           if (told.is_string()) {
             const auto named = target.named.find(told.get<std::string>());
             return named != target.named.end() && named->second == target.port;
           }
           const std::int64_t first = lookup::number(entry, "/port");
           return first <= target.port && target.port <= lookup::number(entry, "/endPort", first);
         });
}

/// Selectors mean pods of this cluster; addresses may be anybody's.
bool is_meant(const Json& peer, const std::string& place, const PolicySender& sender) {
  if (peer.contains("ipBlock")) return true;
  if (sender.who == PolicySender::Who::outside) return false;
  const bool is_there = peer.contains("namespaceSelector")
                            ? selects(peer["namespaceSelector"], sender.namespace_labels)
                            : sender.name_space == place;
  return is_there && selects(lookup::value(peer, "/podSelector"), sender.labels);
}

bool allows_sender(const Json& rule, const std::string& place, const PolicySender& sender) {
  const Json& from = lookup::list(rule, "/from");
  if (from.empty() || sender.who == PolicySender::Who::any) return true;
  return std::any_of(from.begin(), from.end(),
                     [&](const Json& peer) { return is_meant(peer, place, sender); });
}

}  // namespace

PolicyTarget policy_target(const Json& deployment, int port) {
  PolicyTarget target{
      .labels = labels_of(lookup::value(deployment, "/spec/template/metadata/labels")),
      .port = port};
  for (const Json& container : lookup::list(deployment, "/spec/template/spec/containers")) {
    for (const Json& entry : lookup::list(container, "/ports"))
      target.named[lookup::text(entry, "/name")] =
          static_cast<int>(lookup::number(entry, "/containerPort"));
  }
  return target;
}

std::string shut_by(const std::vector<Json>& policies, const PolicyTarget& target,
                    const PolicySender& sender) {
  std::string first;
  for (const Json& policy : policies) {
    if (!is_about_ingress(policy) ||
        !selects(lookup::value(policy, "/spec/podSelector"), target.labels))
      continue;
    const std::string place = lookup::text(policy, "/metadata/namespace");
    for (const Json& rule : lookup::list(policy, "/spec/ingress")) {
      if (allows_port(rule, target) && allows_sender(rule, place, sender)) return "";
    }
    if (first.empty()) first = lookup::text(policy, "/metadata/name");
  }
  return first;
}

}  // namespace mesh
