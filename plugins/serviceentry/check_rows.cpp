#include <algorithm>
#include <set>

#include "checks.hpp"

#include "mesh/counted.hpp"

namespace mesh::serviceentry {

namespace {

using State = ClusterGateway::State;

std::string sync_of(const Subject& s) {
  return "kubectl mesh serviceentry sync --contexts " + s.facts.cluster;
}

std::vector<const Export*> exports_of(const Subject& s) {
  std::vector<const Export*> list;
  for (const Export& service : s.request.exports) {
    if (service.cluster == s.facts.cluster) list.push_back(&service);
  }
  return list;
}

/// Whether others come in through its gateway: to its exports, or, where all discover all, from
/// another network.
bool is_entered(const Subject& s) {
  if (!s.discovery) return !exports_of(s).empty();
  const std::vector<Member>& members = s.request.mesh.members;
  const std::string& network = s.request.mesh.member(s.facts.cluster).network;
  return std::any_of(members.begin(), members.end(),
                     [&](const Member& member) { return member.network != network; });
}

const ClusterGateway* gateway(const Subject& s) {
  return gateway_for(s.request, s.facts.cluster);
}

bool gateway_works(const Subject& s) {
  const ClusterGateway* found = gateway(s);
  return found != nullptr && found->state == State::ready;
}

Verdict gateway_ready(const Subject& s) {
  if (!is_entered(s)) return skip("it exports nothing");
  const ClusterGateway* found = gateway(s);
  if (found == nullptr || found->state == State::absent)
    return fail("it " + (found == nullptr ? std::string("has no gateway") : found->why),
                "kubectl mesh helm install --contexts " + s.facts.cluster);
  if (found->state == State::pending)
    return fail("it " + found->why,
                "a load balancer must give it one; or name the address in mesh.yaml: "
                "serviceentry: {addresses: ...}");
  const auto ready = std::count_if(s.facts.gateway_pods.begin(), s.facts.gateway_pods.end(),
                                   [](const SeenPod& pod) { return pod.ready; });
  if (ready == 0)
    return fail(
        "no pod of " + found->name_space + "/" + found->service + " is ready",
        "kubectl --context " + s.facts.cluster + " -n " + found->name_space + " describe pods");
  const GatewayAddress& first = found->addresses.front();
  return pass(first.address + ":" + std::to_string(first.port) + ", " +
              counted(static_cast<std::size_t>(ready), "pod"));
}

bool covers(const std::string& pattern, const std::string& host) {
  if (pattern == "*" || pattern == host) return true;
  return pattern.starts_with("*.") && host.ends_with(pattern.substr(1));
}

std::vector<const Passthrough*> open_gateways(const Subject& s) {
  std::vector<const Passthrough*> list;
  for (const Passthrough& one : s.facts.passthroughs) {
    const auto& pods = s.facts.gateway_pods;
    if (std::any_of(pods.begin(), pods.end(),
                    [&](const SeenPod& pod) { return matches(pod.labels, one.selector); }))
      list.push_back(&one);
  }
  return list;
}

Verdict gateway_open(const Subject& s) {
  if (!is_entered(s)) return skip("it exports nothing");
  if (s.facts.gateway_pods.empty()) return skip("no gateway runs");
  const auto open = open_gateways(s);
  const std::string fix = "kubectl mesh helm install makes Gateway cross-network-gateway";
  if (open.empty()) return fail("no Gateway with AUTO_PASSTHROUGH selects the gateway's pods", fix);
  for (const Export* service : exports_of(s)) {
    const std::string host =
        service->service + "." + service->name_space + ".svc." +
        s.request.settings.value("cluster-domain", std::string("cluster.local"));
    const bool covered = std::any_of(open.begin(), open.end(), [&](const Passthrough* one) {
      return std::any_of(one->hosts.begin(), one->hosts.end(),
                         [&](const std::string& pattern) { return covers(pattern, host); });
    });
    if (!covered)
      return fail("no host of the passthrough Gateways covers " + host, "add it there, or *.local");
  }
  std::map<std::string, std::string> owners;
  for (const Passthrough* one : open) {
    for (const std::string& host : one->hosts) {
      const std::string name = one->name_space + "/" + one->name;
      const auto [first, fresh] = owners.try_emplace(host, name);
      if (!fresh && first->second != name)
        return warn("Gateways " + first->second + " and " + name + " both open " + host +
                        "; istiod takes only one",
                    "delete one of them");
    }
  }
  return pass(open.front()->name_space + "/" + open.front()->name + " opens " +
              open.front()->hosts.front());
}

Verdict services_served(const Subject& s) {
  const auto exports = exports_of(s);
  if (exports.empty()) return skip("it exports nothing");
  for (const Export* service : exports) {
    const auto seen = s.facts.exporter.services.find(service->name_space + "/" + service->service);
    if (seen == s.facts.exporter.services.end() || seen->second.selector.empty()) continue;
    std::size_t ready = 0;
    std::size_t behind = 0;
    std::string bare;
    for (const SeenPod& pod : s.facts.exporter.pods) {
      if (pod.name_space != service->name_space || !matches(pod.labels, seen->second.selector))
        continue;
      ++behind;
      if (!pod.injected) bare = pod.name;
      if (pod.ready && pod.injected) ++ready;
    }
    const std::string name = service->name_space + "/" + service->service;
    if (ready > 0) continue;
    if (behind == 0) return fail("no pod runs behind " + name, "start its workload");
    if (!bare.empty())
      return fail("pod " + bare + " behind " + name + " has no sidecar",
                  "kubectl mesh inject enable --namespaces " + service->name_space +
                      " --restart --contexts " + s.facts.cluster);
    return fail(
        "no pod behind " + name + " is ready",
        "kubectl --context " + s.facts.cluster + " -n " + service->name_space + " get pods");
  }
  return pass(counted(exports.size(), "service has", "services have") +
              " ready pods with a sidecar");
}

bool holds_aliases(const Subject& s) {
  return !s.discovery && !s.facts.alias.problem;
}

Verdict aliases_in_step(const Subject& s) {
  if (!holds_aliases(s)) return skip("there are no aliases in mode discovery");
  try {
    const AliasSettings settings = alias_settings(s.request.settings);
    std::set<std::string> wanted;
    for (const Wanted& one : wanted_in(s.request, settings, s.facts.alias)) {
      wanted.insert(one.service->host);
      if (!one.entry_fits)
        return fail("ServiceEntry " + one.service->host + " is missing or not as it should be",
                    sync_of(s));
      if (!one.rule_fits)
        return fail("DestinationRule " + one.service->host + " is missing or not as it should be",
                    sync_of(s));
    }
    for (const Export& service : s.request.exports) {
      if (service.cluster != s.facts.cluster) wanted.insert(service.host);
    }
    for (const SeenEntry& entry : s.facts.alias.entries) {
      if (entry.ours && !entry.from.empty() && !wanted.contains(entry.name) &&
          s.request.unseen.empty())
        return warn(entry.name + " leads to " + entry.from + ", which does not export it any more",
                    sync_of(s));
    }
    return wanted.empty() ? skip("nothing is exported to it")
                          : pass(counted(wanted.size(), "alias", "aliases") + " in step");
  } catch (const Failure& failure) {
    return fail(failure.problem().message, failure.problem().hint);
  }
}

Verdict addresses_free(const Subject& s) {
  if (!holds_aliases(s)) return skip("there are no aliases in mode discovery");
  std::map<std::string, std::string> owners;
  std::size_t count = 0;
  for (const SeenEntry& entry : s.facts.alias.entries) {
    for (const std::string& address : entry.addresses) {
      const auto [first, fresh] = owners.try_emplace(address, entry.name_space + "/" + entry.name);
      if (!fresh && first->second != entry.name_space + "/" + entry.name)
        return fail(address + " is the address of " + first->second + " and of " +
                        entry.name_space + "/" + entry.name,
                    sync_of(s));
      if (!entry.ours) continue;
      ++count;
      const std::optional<Address> number = parse_address(address);
      for (const Range& range : s.facts.alias.ranges) {
        if (number && range.holds(*number))
          return fail(address + " of " + entry.name + " lies in " + range.what,
                      "take another pool: serviceentry: {pool: 240.7.0.0/16}, then " + sync_of(s));
      }
    }
  }
  if (count == 0) return skip("no alias here");
  return pass(counted(count, "address", "addresses") + ", each of one alias");
}

Verdict rules_alone(const Subject& s) {
  if (!holds_aliases(s)) return skip("there are no aliases in mode discovery");
  std::set<std::string> hosts;
  for (const SeenEntry& entry : s.facts.alias.entries) {
    if (entry.ours) hosts.insert(entry.hosts.begin(), entry.hosts.end());
  }
  if (hosts.empty()) return skip("no alias here");
  for (const SeenRule& rule : s.facts.alias.rules) {
    if (rule.ours) continue;
    for (const std::string& host : hosts) {
      if (!covers(rule.host, host)) continue;
      const std::string text = "DestinationRule " + rule.name_space + "/" + rule.name + " (" +
                               rule.host + ") is for " + host + " too";
      if (rule.other_tls)
        return fail(text + " and sets another TLS mode than ISTIO_MUTUAL",
                    "take its host out of it, or delete it");
      return warn(text, "see that ours is the one that counts: istioctl proxy-config");
    }
  }
  return pass("no other DestinationRule is for an alias");
}

const std::string& name_of(const Subject& s, const std::string& context) {
  return s.request.mesh.member(context).name;
}

/// Each other cluster with what is held for it here.
template <typename Judge>
Verdict each_remote(const Subject& s, const std::string& good, Judge judge) {
  if (!s.discovery) return skip("the mesh is of mode alias");
  if (s.facts.discovery.problem) return skip(s.facts.discovery.problem->message);
  std::size_t count = 0;
  for (const CheckFacts& other : s.all) {
    if (other.cluster == s.facts.cluster) continue;
    ++count;
    if (std::optional<Verdict> verdict = judge(other, name_of(s, other.cluster))) return *verdict;
  }
  return count == 0 ? skip("there is no other cluster") : pass(counted(count, "cluster") + good);
}

const RemoteSecret* held_for(const Subject& s, const std::string& name) {
  for (const RemoteSecret& remote : s.facts.discovery.remotes) {
    if (remote.clusters.contains(name)) return &remote;
  }
  return nullptr;
}

Verdict remote_secrets(const Subject& s) {
  return each_remote(
      s, ": a sound remote secret each",
      [&](const CheckFacts&, const std::string& name) -> std::optional<Verdict> {
        const RemoteSecret* remote = held_for(s, name);
        if (remote == nullptr) return fail("there is no remote secret for " + name, sync_of(s));
        const std::string& text = remote->clusters.at(name);
        const std::string fault = kubeconfig_fault(text);
        if (!fault.empty()) return fail("Secret " + remote->name + " " + fault, sync_of(s));
        if (!remote->annotation.empty() && remote->annotation != name)
          return fail("Secret " + remote->name + " is annotated for " + remote->annotation +
                          ", but holds " + name,
                      sync_of(s));
        const std::string server = read_kubeconfig(name, text).server;
        if (is_loopback(server))
          return warn("Secret " + remote->name + " leads to " + server,
                      "--api-server " + name + "=https://HOST:PORT, where pods can reach it");
        return std::nullopt;
      });
}

Verdict remote_tokens(const Subject& s) {
  return each_remote(
      s, ": the token of now",
      [&](const CheckFacts& other, const std::string& name) -> std::optional<Verdict> {
        const RemoteSecret* remote = held_for(s, name);
        if (remote == nullptr || !kubeconfig_fault(remote->clusters.at(name)).empty())
          return std::nullopt;                                   // told by the row before
        if (other.discovery.token.empty()) return std::nullopt;  // somebody else's account
        const RemoteAccess there = read_kubeconfig(name, remote->clusters.at(name));
        if (there.token == other.discovery.token) return std::nullopt;
        return fail("the token for " + name + " is not the one of its account any more",
                    sync_of(s));
      });
}

/// Whether another cluster holds a token that is not the one of now: told by the row before, there.
bool is_outdated(const Subject& s) {
  const std::string& name = name_of(s, s.facts.cluster);
  const std::string& token = s.facts.discovery.token;
  return !token.empty() && std::any_of(s.all.begin(), s.all.end(), [&](const CheckFacts& other) {
    const std::string held = token_held(other.discovery, name);
    return other.cluster != s.facts.cluster && !held.empty() && held != token;
  });
}

Verdict reader_rights(const Subject& s) {
  if (!s.discovery) return skip("the mesh is of mode alias");
  if (!s.facts.refused) return skip("no other cluster holds a token for it");
  if (is_outdated(s)) return skip("another cluster holds an old token");
  for (const Problem& problem : *s.facts.refused) {
    if (problem.code != "unauthorized" && problem.code != "forbidden") return skip(problem.message);
    return fail(problem.message, sync_of(s));
  }
  std::string kinds;
  for (const std::string& kind : s.facts.watched) kinds += (kinds.empty() ? "" : ", ") + kind;
  return pass("it may list " + kinds);
}

/// The first istiod that was heard and is not content; what none of them said is skipped.
template <typename Judge>
Verdict each_istiod(const Subject& s, const std::vector<Heard>& heard, const std::string& good,
                    Judge judge) {
  if (!s.discovery) return skip("the mesh is of mode alias");
  if (heard.empty()) return skip("istiod was not asked");
  for (const Heard& one : heard) {
    if (!one.why.empty()) return skip(one.why);
    const Verdict verdict = each_remote(
        s, good,
        [&](const CheckFacts& other, const std::string& name) { return judge(one, other, name); });
    if (verdict.severity != Severity::pass) return verdict;
  }
  return each_remote(
      s, good, [](const CheckFacts&, const std::string&) { return std::optional<Verdict>(); });
}

Verdict registries_synced(const Subject& s) {
  return each_istiod(s, s.facts.registries, " synced",
                     [&](const Heard& heard, const CheckFacts&,
                         const std::string& name) -> std::optional<Verdict> {
                       if (held_for(s, name) == nullptr) return std::nullopt;
                       const std::string status = sync_status(heard.document, name);
                       if (status == "synced") return std::nullopt;
                       if (status.empty())
                         return fail(heard.pod + " knows nothing of " + name,
                                     "see istiod's log for \"" + name + "\"");
                       return fail(
                           heard.pod + " says of " + name + ": " + status,
                           "can its pods reach the server in the remote secret? see istiod's log");
                     });
}

Verdict gateways_known(const Subject& s) {
  return each_istiod(s, s.facts.networks, ": their gateways are known",
                     [&](const Heard& heard, const CheckFacts& other,
                         const std::string& name) -> std::optional<Verdict> {
                       if (held_for(s, name) == nullptr)
                         return std::nullopt;  // told by the row before
                       const ClusterGateway* wanted = gateway_for(s.request, other.cluster);
                       if (wanted == nullptr || wanted->state != State::ready) return std::nullopt;
                       const Member& member = s.request.mesh.member(other.cluster);
                       if (member.network == s.request.mesh.member(s.facts.cluster).network)
                         return std::nullopt;
                       std::string there;
                       for (const Json& entry : lookup::list(heard.document, "")) {
                         if (lookup::text(entry, "/Network") != member.network) continue;
                         there = lookup::text(entry, "/Addr");
                         for (const GatewayAddress& one : wanted->addresses) {
                           // istiod looks host names up itself.
                           if (one.address == there || !parse_address(one.address))
                             return std::nullopt;
                         }
                       }
                       if (there.empty())
                         return fail(heard.pod + " knows no gateway of network " + member.network +
                                         " (" + name + "): it would hand out addresses of pods",
                                     "is its registry synced, and the label of its gateway right?");
                       return fail(heard.pod + " knows " + there + " for network " +
                                       member.network + ", its gateway is " +
                                       wanted->addresses.front().address,
                                   "see istiod's log");
                     });
}

Verdict gateway_answers(const Subject& s) {
  if (!s.facts.looked) return skip("not looked at (--objects-only)");
  const auto exports = exports_of(s);
  if (exports.empty()) return skip("it exports nothing");
  if (!gateway_works(s)) return skip("its gateway is not ready");
  // One fault, one failure: these explain a reset.
  if (gateway_ready(s).severity == Severity::failure ||
      gateway_open(s).severity == Severity::failure ||
      services_served(s).severity == Severity::failure ||
      mutual_tls(s).severity == Severity::failure)
    return skip("what lies before it fails");
  for (const Sight& sight : s.facts.sights) {
    if (!sight.unreachable.empty())
      return skip("this machine does not reach " + sight.address + ": " + sight.unreachable);
    if (sight.certificates == 0)
      return fail(sight.address + " ended the handshake for " + sight.host + " port " +
                      std::to_string(sight.port) +
                      " without a certificate: the gateway does not export it, or something before "
                      "the gateway ends TLS",
                  "look at the log of the gateway for filter_chain_not_found; if nothing is there, "
                  "the load balancer must pass TCP through");
    if (!sight.untrusted.empty())
      return fail(sight.address + " shows a certificate for " + sight.host + " port " +
                      std::to_string(sight.port) + " that the callers do not trust; " +
                      sight.untrusted,
                  "kubectl mesh certs trust; if the roots are one, something before the gateway "
                  "ends TLS");
  }
  if (s.facts.sights.empty()) return skip("no export was looked at");
  return pass(counted(s.facts.sights.size(), "service shows", "services show") +
              " a certificate of the mesh's root through the gateway");
}

// In the order in which one explains the next.
constexpr auto k_check_rows = std::to_array<CheckRow<Subject>>({
    {"serviceentry/gateway-ready", "the gateway has an address and ready pods", gateway_ready},
    {"serviceentry/gateway-open", "the gateway lets the exported services through", gateway_open},
    {"serviceentry/services-served", "ready pods with a sidecar serve what is exported",
     services_served},
    {"serviceentry/mutual-tls", "exported services accept mutual TLS", mutual_tls},
    {"serviceentry/callers-allowed", "policies let callers of other clusters in", callers_allowed},
    {"serviceentry/exports-open", "no NetworkPolicy shuts the exports off from the gateway",
     exports_open},
    {"serviceentry/in-step", "aliases lead where the exports are", aliases_in_step},
    {"serviceentry/addresses-free", "virtual addresses are of one alias each", addresses_free},
    {"serviceentry/rules-alone", "nobody else rules over an alias", rules_alone},
    {"serviceentry/visible", "sidecars see the aliases", seen_by_sidecars},
    {"serviceentry/remote-secrets", "istiod is told how to reach every other cluster",
     remote_secrets},
    {"serviceentry/remote-tokens", "its tokens are those of now", remote_tokens},
    {"serviceentry/reader-rights", "the token that the others hold may read what istiod watches",
     reader_rights},
    {"serviceentry/names-known", "exported Services have a name in this cluster", names_known},
    {"serviceentry/same-services", "Services of one name are one Service", same_services},
    {"serviceentry/registries-synced", "istiod has the services of every other cluster",
     registries_synced},
    {"serviceentry/gateways-known", "istiod knows the gateways of the other networks",
     gateways_known},
    {"serviceentry/gateway-answers",
     "exported services show a certificate of the mesh through the gateway", gateway_answers},
});

}  // namespace

std::span<const CheckRow<Subject>> check_rows() {
  return k_check_rows;
}

}  // namespace mesh::serviceentry
