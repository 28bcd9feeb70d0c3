#include "policies.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "checks.hpp"

#include "mesh/counted.hpp"
#include "mesh/network_policies.hpp"

namespace mesh::serviceentry {

namespace {

Scope scope_of(const Json& object, const char* selector) {
  return {.name_space = lookup::text(object, "/metadata/namespace"),
          .name = lookup::text(object, "/metadata/name"),
          .created = lookup::text(object, "/metadata/creationTimestamp"),
          .selector = texts_in(lookup::value(object, selector))};
}

std::string name_of(const char* kind, const Scope& scope) {
  return std::string(kind) + " " + scope.name_space + "/" + scope.name;
}

bool covers(const Scope& scope, const SeenPod& pod, const std::string& root) {
  const bool in_place = scope.name_space == pod.name_space || scope.name_space == root;
  return in_place && (scope.selector.empty() || matches(pod.labels, scope.selector));
}

bool exports_something(const Subject& s) {
  return std::any_of(s.request.exports.begin(), s.request.exports.end(),
                     [&](const Export& service) { return service.cluster == s.facts.cluster; });
}

/// Pods behind an exported service.
template <typename Judge>
std::optional<Verdict> each_exported_pod(const Subject& s, Judge judge) {
  for (const Export& service : s.request.exports) {
    if (service.cluster != s.facts.cluster) continue;
    const auto seen = s.facts.exporter.services.find(service.name_space + "/" + service.service);
    if (seen == s.facts.exporter.services.end()) continue;
    for (const SeenPod& pod : s.facts.exporter.pods) {
      if (pod.name_space != service.name_space || !matches(pod.labels, seen->second.selector))
        continue;
      if (std::optional<Verdict> verdict = judge(service, seen->second, pod)) return verdict;
    }
  }
  return std::nullopt;
}

// ---- PeerAuthentication

constexpr const char* k_switch_on = "set its mode to PERMISSIVE or STRICT, or delete it";

/// From the narrowest to the widest.
enum class Level { workload, name_space, root };
constexpr std::array<Level, 3> k_levels{Level::workload, Level::name_space, Level::root};

Level level_of(const Scope& scope, const std::string& root) {
  if (!scope.selector.empty()) return Level::workload;
  return scope.name_space == root ? Level::root : Level::name_space;
}

const SeenAuthentication* at_level(const Subject& s, const SeenPod& pod, Level level) {
  const std::string& root = s.request.istio_namespace;
  const SeenAuthentication* oldest = nullptr;
  for (const SeenAuthentication& one : s.facts.authentications) {
    // A selector in the root namespace counts for pods of that namespace only.
    const bool counts = one.scope.selector.empty() || one.scope.name_space == pod.name_space;
    if (!counts || !covers(one.scope, pod, root) || level_of(one.scope, root) != level) continue;
    if (oldest == nullptr || one.scope.created < oldest->scope.created) oldest = &one;
  }
  return oldest;
}

bool is_said(const std::string& mode) {
  return !mode.empty() && mode != "UNSET";
}

/// The object that decides for a port of a pod; nullptr: none, which is PERMISSIVE.
const SeenAuthentication* deciding(const Subject& s, const SeenPod& pod, const std::string& port,
                                   std::string& mode) {
  for (const Level level : k_levels) {
    const SeenAuthentication* one = at_level(s, pod, level);
    if (one == nullptr) continue;
    const auto own = one->ports.find(port);
    const bool by_port =
        level == Level::workload && own != one->ports.end() && is_said(own->second);
    mode = by_port ? own->second : one->mode;
    if (is_said(mode)) return one;
  }
  return nullptr;
}

/// 0: the Service names it, and pods may differ.
int container_port(const ExposedPort& port, const SeenService& seen) {
  const auto found = std::find_if(seen.ports.begin(), seen.ports.end(),
                                  [&](const SeenPort& one) { return one.number == port.number; });
  return found == seen.ports.end() ? port.number : found->target;
}

std::vector<std::string> container_ports(const Export& service, const SeenService& seen) {
  std::vector<std::string> ports;
  for (const ExposedPort& port : service.ports) {
    const int target = container_port(port, seen);
    ports.push_back(std::to_string(target == 0 ? port.number : target));
  }
  return ports;
}

// ---- AuthorizationPolicy

bool is_empty(const Json& rule, const char* member) {
  const Json& value = lookup::value(rule, std::string("/") + member);
  return !value.is_array() || value.empty();
}

/// A rule without conditions takes every request.
bool takes_everything(const Json& rule) {
  return is_empty(rule, "from") && is_empty(rule, "to") && is_empty(rule, "when");
}

/// Whether an operation of the rule may be about the port. `*` and suffixes do not occur in ports.
bool may_take_port(const Json& rule, const std::vector<std::string>& ports) {
  if (is_empty(rule, "to")) return true;
  const Json& operations = lookup::value(rule, "/to");
  return std::any_of(operations.begin(), operations.end(), [&](const Json& one) {
    const Json& named = lookup::value(one, "/operation/ports");
    if (!named.is_array() || named.empty()) return true;
    return std::any_of(named.begin(), named.end(), [&](const Json& port) {
      return port.is_string() && std::find(ports.begin(), ports.end(), port) != ports.end();
    });
  });
}

std::optional<std::string> refusal_by(const Subject& s, const SeenPod& pod,
                                      const std::vector<std::string>& ports) {
  const SeenAuthorization* allowing = nullptr;
  bool allowed = false;
  for (const SeenAuthorization& one : s.facts.authorizations) {
    if (!covers(one.scope, pod, s.request.istio_namespace)) continue;
    const auto takes = [&](const Json& rule) { return may_take_port(rule, ports); };
    if (one.action == "DENY" && std::any_of(one.rules.begin(), one.rules.end(), takes_everything))
      return name_of("AuthorizationPolicy", one.scope) + " denies every call";
    if (one.action != "ALLOW") continue;
    if (allowing == nullptr) allowing = &one;
    allowed = allowed || std::any_of(one.rules.begin(), one.rules.end(), takes);
  }
  if (allowing == nullptr || allowed) return std::nullopt;
  return name_of("AuthorizationPolicy", allowing->scope) + " allows no call" +
         (allowing->rules.empty() ? "" : " of port " + ports.front());
}

// ---- Sidecar

/// HOST of NAMESPACE/HOST: *, *.x or a name.
bool host_matches(const std::string& pattern, const std::string& host) {
  if (pattern == "*" || pattern == host) return true;
  return pattern.starts_with("*.") && host.ends_with(pattern.substr(1));
}

/// NAMESPACE: *, . for the Sidecar's own, ~ for none, or a name.
bool place_matches(const std::string& place, const Scope& scope, const std::string& name_space) {
  return place == "*" || place == name_space || (place == "." && scope.name_space == name_space);
}

bool shows(const SeenSidecar& sidecar, const std::string& name_space, const std::string& host) {
  return std::any_of(sidecar.hosts.begin(), sidecar.hosts.end(), [&](const std::string& text) {
    const std::size_t slash = text.find('/');
    const std::string place = slash == std::string::npos ? "." : text.substr(0, slash);
    return place_matches(place, sidecar.scope, name_space) &&
           host_matches(text.substr(slash + 1), host);
  });
}

/// Those that are here, and those that other clusters export to it.
std::set<std::string> aliases_of(const Subject& s) {
  std::set<std::string> hosts;
  for (const SeenEntry& entry : s.facts.alias.entries) {
    if (entry.ours) hosts.insert(entry.name);
  }
  for (const Export& service : s.request.exports) {
    if (service.cluster != s.facts.cluster) hosts.insert(service.host);
  }
  return hosts;
}

/// It lets something of the namespace through, only not this: nobody means that.
bool names_place(const SeenSidecar& sidecar, const std::string& name_space) {
  return std::any_of(sidecar.hosts.begin(), sidecar.hosts.end(), [&](const std::string& text) {
    return text.starts_with(name_space + "/") || text.starts_with("*/");
  });
}

}  // namespace

void take_authentication(CheckFacts& facts, const Json& object) {
  SeenAuthentication seen{.scope = scope_of(object, "/spec/selector/matchLabels"),
                          .mode = lookup::text(object, "/spec/mtls/mode"),
                          .ports = {}};
  const Json& ports = lookup::value(object, "/spec/portLevelMtls");
  if (ports.is_object()) {
    for (const auto& [port, value] : ports.items()) seen.ports[port] = lookup::text(value, "/mode");
  }
  facts.authentications.push_back(std::move(seen));
}

void take_authorization(CheckFacts& facts, const Json& object) {
  const std::string action = lookup::text(object, "/spec/action");
  // One that is attached to something else than pods is not for sidecars.
  if (!lookup::list(object, "/spec/targetRefs").empty()) return;
  facts.authorizations.push_back({.scope = scope_of(object, "/spec/selector/matchLabels"),
                                  .action = action.empty() ? "ALLOW" : action,
                                  .rules = lookup::list(object, "/spec/rules")});
}

void take_sidecar(CheckFacts& facts, const Json& object) {
  SeenSidecar seen{.scope = scope_of(object, "/spec/workloadSelector/labels"), .hosts = {}};
  for (const Json& egress : lookup::list(object, "/spec/egress")) {
    for (const Json& host : lookup::list(egress, "/hosts")) {
      if (host.is_string()) seen.hosts.push_back(host.get<std::string>());
    }
  }
  facts.sidecars.push_back(std::move(seen));
}

Verdict mutual_tls(const Subject& s) {
  if (!exports_something(s) && !s.discovery) return skip("it exports nothing");
  const std::optional<Verdict> fault =
      each_exported_pod(s,
                        [&](const Export& service, const SeenService& seen,
                            const SeenPod& pod) -> std::optional<Verdict> {
                          for (const std::string& port : container_ports(service, seen)) {
                            std::string mode;
                            const SeenAuthentication* one = deciding(s, pod, port, mode);
                            if (one == nullptr || mode != "DISABLE") continue;
                            return fail(name_of("PeerAuthentication", one->scope) +
                                            " switches mutual TLS off for port " + port + " of " +
                                            service.name_space + "/" + service.service +
                                            ": calls through the gateway are reset",
                                        k_switch_on);
                          }
                          return std::nullopt;
                        });
  if (fault) return *fault;
  // In mode discovery every Service is exported: what holds for all of them is judged.
  for (const SeenAuthentication& one : s.facts.authentications) {
    const bool of_mesh = level_of(one.scope, s.request.istio_namespace) == Level::root;
    if (s.discovery && of_mesh && one.mode == "DISABLE")
      return fail(name_of("PeerAuthentication", one.scope) +
                      " switches mutual TLS off: calls through the gateway are reset",
                  k_switch_on);
  }
  return pass("no PeerAuthentication switches mutual TLS off");
}

Verdict callers_allowed(const Subject& s) {
  if (!exports_something(s)) return skip("it exports nothing");
  const std::optional<Verdict> fault = each_exported_pod(
      s,
      [&](const Export& service, const SeenService& seen,
          const SeenPod& pod) -> std::optional<Verdict> {
        const auto why = refusal_by(s, pod, container_ports(service, seen));
        if (!why) return std::nullopt;
        return fail(*why + ": callers of " + service.name_space + "/" + service.service +
                        " get 403, or their connection is closed",
                    "add an AuthorizationPolicy in namespace " + service.name_space +
                        " with action ALLOW and a rule for the callers");
      });
  if (fault) return *fault;
  const std::size_t count = s.facts.authorizations.size();
  return pass(count == 0 ? "there are no AuthorizationPolicies"
                         : counted(count, "AuthorizationPolicy", "AuthorizationPolicies") +
                               ", of which none shuts everybody out");
}

Verdict exports_open(const Subject& s) {
  if (!exports_something(s)) return skip("it exports nothing");
  if (!s.facts.network_policies) return skip("NetworkPolicies could not be read");
  if (s.facts.gateway_pods.empty()) return skip("no gateway runs");
  // Calls from other clusters come in through the gateway's pods and nobody else.
  const SeenPod& gateway = s.facts.gateway_pods.front();
  const auto home = s.facts.namespaces.find(gateway.name_space);
  const PolicySender sender{
      .who = PolicySender::Who::pod,
      .name_space = gateway.name_space,
      .namespace_labels = home == s.facts.namespaces.end() ? Labels() : home->second,
      .labels = gateway.labels};
  const std::optional<Verdict> fault = each_exported_pod(
      s,
      [&](const Export& service, const SeenService& seen,
          const SeenPod& pod) -> std::optional<Verdict> {
        const auto policies = s.facts.network_policies->find(service.name_space);
        if (policies == s.facts.network_policies->end()) return std::nullopt;
        for (const ExposedPort& port : service.ports) {
          const PolicyTarget target{
              .labels = pod.labels, .port = container_port(port, seen), .named = pod.ports};
          const std::string shut = shut_by(policies->second, target, sender);
          if (shut.empty()) continue;
          return fail("NetworkPolicy " + service.name_space + "/" + shut +
                          " keeps the gateway's pods from port " + std::to_string(port.number) +
                          " of " + service.name_space + "/" + service.service,
                      "allow ingress to it from the pods of namespace " + gateway.name_space);
        }
        return std::nullopt;
      });
  return fault ? *fault : pass("nothing is shut off");
}

Verdict seen_by_sidecars(const Subject& s) {
  if (s.discovery || s.facts.alias.problem) return skip("there are no aliases in mode discovery");
  const std::string& place = s.request.istio_namespace;
  const std::set<std::string> aliases = aliases_of(s);
  for (const SeenSidecar& sidecar : s.facts.sidecars) {
    if (sidecar.hosts.empty()) continue;
    for (const std::string& alias : aliases) {
      if (shows(sidecar, place, alias)) continue;
      const std::string what = name_of("Sidecar", sidecar.scope) + " hides " + alias +
                               " from its pods: none of its egress hosts shows it";
      const std::string fix =
          "add " + place + "/" + alias + " or " + place + "/* to its egress hosts";
      // Who names nothing of the namespace keeps its pods to themselves, which may be meant.
      const bool meant = !names_place(sidecar, place) && sidecar.scope.name_space != place;
      return meant || !sidecar.scope.selector.empty() ? warn(what, fix) : fail(what, fix);
    }
  }
  return pass("no Sidecar hides the aliases");
}

}  // namespace mesh::serviceentry
