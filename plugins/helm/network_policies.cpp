#include "network_policies.hpp"

#include <algorithm>

#include "mesh/lookup.hpp"
#include "mesh/selector.hpp"

namespace mesh::helm {

namespace {

bool is_about_ingress(const Json& policy) {
  const Json& types = lookup::list(policy, "/spec/policyTypes");
  return types.empty() || std::find(types.begin(), types.end(), "Ingress") != types.end();
}

/// A port may be told by the name that a container gives it.
bool is_named(const Json& deployment, const std::string& name, int port) {
  for (const Json& container : lookup::list(deployment, "/spec/template/spec/containers")) {
    for (const Json& entry : lookup::list(container, "/ports")) {
      if (lookup::text(entry, "/name") == name && lookup::number(entry, "/containerPort") == port)
        return true;
    }
  }
  return false;
}

bool allows_port(const Json& rule, const Json& deployment, int port) {
  const Json& ports = lookup::list(rule, "/ports");
  return ports.empty() || std::any_of(ports.begin(), ports.end(), [&](const Json& entry) {
           const std::string protocol = lookup::text(entry, "/protocol");
           if (!protocol.empty() && protocol != "TCP") return false;
           const Json& told = lookup::value(entry, "/port");
           if (told.is_null()) return true;
           if (told.is_string()) return is_named(deployment, told.get<std::string>(), port);
           const std::int64_t first = lookup::number(entry, "/port");
           return first <= port && port <= lookup::number(entry, "/endPort", first);
         });
}

/// Selectors of pods and namespaces mean those of this cluster only.
bool allows_senders(const Json& rule, Senders senders) {
  const Json& from = lookup::list(rule, "/from");
  if (from.empty() || senders == Senders::any) return true;
  return std::any_of(from.begin(), from.end(),
                     [](const Json& peer) { return peer.contains("ipBlock"); });
}

}  // namespace

std::string shut_by(const std::vector<Json>& policies, const Json& deployment, int port,
                    Senders senders) {
  const Labels labels = labels_of(lookup::value(deployment, "/spec/template/metadata/labels"));
  std::string first;
  for (const Json& policy : policies) {
    if (!is_about_ingress(policy) || !selects(lookup::value(policy, "/spec/podSelector"), labels))
      continue;
    for (const Json& rule : lookup::list(policy, "/spec/ingress")) {
      if (allows_port(rule, deployment, port) && allows_senders(rule, senders)) return "";
    }
    if (first.empty()) first = lookup::text(policy, "/metadata/name");
  }
  return first;
}

}  // namespace mesh::helm
