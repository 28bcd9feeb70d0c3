#include <algorithm>

#include "alias.hpp"
#include "choose.hpp"
#include "names.hpp"
#include "strategies.hpp"

namespace mesh::serviceentry {

namespace {

using State = ClusterGateway::State;

std::string name_of(const ExposureRequest& request, const std::string& context) {
  return request.mesh.member(context).name;
}

template <typename Seen>
using ByHost = std::map<std::string_view, const Seen*>;

template <typename Seen>
const Seen* find(const ByHost<Seen>& seen, const std::string& host) {
  const auto found = seen.find(host);
  return found == seen.end() ? nullptr : found->second;
}

template <typename Seen>
ByHost<Seen> ours_in(const std::vector<Seen>& all) {
  ByHost<Seen> ours;
  for (const Seen& seen : all) {
    if (seen.ours) ours.emplace(seen.name, &seen);
  }
  return ours;
}

/// Who has a host, or the place of its entry, that is not ours.
ByHost<SeenEntry> strangers_in(const AliasFacts& facts, const std::string& name_space) {
  ByHost<SeenEntry> strangers;
  for (const SeenEntry& entry : facts.entries) {
    if (entry.ours) continue;
    for (const std::string& host : entry.hosts) strangers.emplace(host, &entry);
    if (entry.name_space == name_space) strangers.emplace(entry.name, &entry);
  }
  return strangers;
}

std::set<Address> taken_by_others(const AliasFacts& facts) {
  std::set<Address> taken;
  for (const SeenEntry& entry : facts.entries) {
    if (entry.ours) continue;
    for (const std::string& text : entry.addresses) {
      if (const std::optional<Address> address = parse_address(text)) taken.insert(*address);
    }
  }
  return taken;
}

/// Existing addresses first and in the order of their hosts, so that nothing that works moves.
std::map<std::string, std::string> addresses_in(const ExposureRequest& request,
                                                const AliasSettings& settings,
                                                const AliasFacts& facts) {
  AddressPool pool(settings.pool, taken_by_others(facts));
  std::map<std::string, std::string> addresses;
  std::vector<const SeenEntry*> ours;
  for (const SeenEntry& entry : facts.entries) {
    if (entry.ours && !entry.addresses.empty()) ours.push_back(&entry);
  }
  std::sort(ours.begin(), ours.end(),
            [](const SeenEntry* a, const SeenEntry* b) { return a->name < b->name; });
  for (const SeenEntry* entry : ours) {
    const std::optional<Address> address = parse_address(entry->addresses.front());
    if (address && pool.keep(*address)) addresses[entry->name] = entry->addresses.front();
  }
  for (const Export& service : request.exports) {
    if (service.cluster == facts.cluster || addresses.contains(service.host)) continue;
    addresses[service.host] = address_text(pool.take(service.host));
  }
  return addresses;
}

ObjectRef ref(const char* kind, const std::string& name_space, const std::string& name) {
  return {k_networking, kind, name_space, name};
}

Action removal(const std::string& cluster, const ObjectRef& target, const std::string& uid,
               const std::string& reason, int phase = 0) {
  Action action;
  action.type = ActionType::remove;
  action.cluster = cluster;
  action.target = target;
  action.precondition = {{"/metadata/uid", uid}};
  action.reason = reason;
  action.phase = phase;
  return action;
}

class AliasPlanner {
 public:
  AliasPlanner(Plan& plan, const ExposureRequest& request, const AliasSettings& settings)
      : m_plan(plan), m_request(request), m_settings(settings) {}

  void judge_gateways() {
    std::map<std::string, std::vector<std::string>> hosts;
    for (const Export& service : m_request.exports) hosts[service.cluster].push_back(service.host);
    for (const auto& [cluster, names] : hosts) judge_gateway(cluster, names);
  }

  void plan_cluster(const AliasFacts& facts) {
    if (facts.problem) {
      m_plan.refusals.push_back(*facts.problem);
      return;
    }
    const bool any =
        std::any_of(m_request.exports.begin(), m_request.exports.end(),
                    [&](const Export& service) { return service.cluster != facts.cluster; });
    if (any && !fit(facts)) return;
    std::vector<Wanted> wanted;
    try {
      wanted = wanted_in(m_request, m_settings, facts);
    } catch (const Failure& failure) {
      m_plan.refusals.push_back(failure.problem());
      return;
    }
    const ByHost<SeenEntry> strangers = strangers_in(facts, m_request.istio_namespace);
    for (Wanted& one : wanted) plan_one(facts, find(strangers, one.service->host), one);
    prune(facts, wanted);
  }

 private:
  void judge_gateway(const std::string& cluster, const std::vector<std::string>& hosts) {
    const ClusterGateway* gateway = gateway_for(m_request, cluster);
    if (gateway == nullptr || gateway->state == State::ready) return;
    std::string names = hosts.front();
    if (hosts.size() > 1) names += " and " + std::to_string(hosts.size() - 1) + " more";
    if (m_request.ahead) {
      m_plan.notes.push_back(
          {Severity::info, cluster,
           "exports " + names + " once the gateway of " + cluster + " has an address"});
      m_plan.continues = true;
      announce_everywhere(cluster);
    } else if (gateway->state == State::absent) {
      m_plan.refusals.push_back(refusal(
          cluster, "", "it exports " + names + ", but " + gateway->why,
          "kubectl mesh helm install makes the gateway; or name its address: --set addresses..."));
    } else {
      await_gateway(*gateway, names);
    }
  }

  /// Everything else comes first; whoever runs out of time has all of it done.
  void await_gateway(const ClusterGateway& gateway, const std::string& names) {
    m_plan.notes.push_back(
        {Severity::warning, gateway.cluster, "it " + gateway.why + ": " + names + " is pending"});
    Action action;
    action.type = ActionType::wait;
    action.cluster = gateway.cluster;
    action.target = {"v1", "Service", gateway.name_space, gateway.service};
    action.until = Until::present;
    action.pointer = "/status/loadBalancer/ingress/0";
    action.seconds = m_request.wait_seconds;
    action.reason = "the gateway's address, for " + names;
    action.phase = 1;
    m_plan.actions.push_back(std::move(action));
    m_plan.continues = true;
    announce_everywhere(gateway.cluster);
  }

  /// What the other clusters get of the exports of this one.
  void announce_everywhere(const std::string& from) {
    for (const std::string& to : m_request.clusters) announce(from, to);
  }

  void announce(const std::string& from, const std::string& to) {
    for (const Export& service : m_request.exports) {
      if (service.cluster != from || from == to) continue;
      for (const char* kind : {"DestinationRule", "ServiceEntry"}) {
        m_plan.announces.push_back(
            {.type = ActionType::apply,
             .cluster = to,
             .target = ref(kind, m_request.istio_namespace, service.host),
             .reason = service.name_space + "/" + service.service + " of " + service.cluster});
      }
    }
  }

  bool fit(const AliasFacts& facts) {
    const std::string& name_space = m_request.istio_namespace;
    std::string missing;
    if (facts.namespace_ending) missing = "namespace " + name_space + " is being deleted";
    if (!facts.namespace_found) missing = "there is no namespace " + name_space;
    if (facts.kind_missing)
      missing = "Istio's kinds are not installed, or too old (no networking.istio.io/v1)";
    if (missing.empty()) return clear_ranges(facts);
    if (m_request.ahead) {
      m_plan.notes.push_back(
          {Severity::info, facts.cluster,
           "gets " + hosts_for(facts.cluster) + " when Istio is there: " + missing + " yet"});
      m_plan.continues = true;
      for (const std::string& from : exporters()) announce(from, facts.cluster);
    } else {
      m_plan.refusals.push_back(refusal(facts.cluster, "", missing,
                                        "kubectl mesh helm install --contexts " + facts.cluster));
    }
    return false;
  }

  std::set<std::string> exporters() const {
    std::set<std::string> clusters;
    for (const Export& service : m_request.exports) clusters.insert(service.cluster);
    return clusters;
  }

  std::string hosts_for(const std::string& cluster) const {
    std::string hosts;
    for (const Export& service : m_request.exports) {
      if (service.cluster != cluster) hosts += (hosts.empty() ? "" : ", ") + service.host;
    }
    return hosts;
  }

  bool clear_ranges(const AliasFacts& facts) {
    for (const Range& range : facts.ranges) {
      if (!range.overlaps(m_settings.pool)) continue;
      m_plan.refusals.push_back(
          refusal(facts.cluster, "",
                  "virtual addresses of " + m_settings.pool.what + " would overlap " + range.what,
                  "take another pool: --set pool=240.7.0.0/16"));
      return false;
    }
    return true;
  }

  void plan_one(const AliasFacts& facts, const SeenEntry* other, Wanted& one) {
    if (other != nullptr) {
      const std::string& host = one.service->host;
      const std::string place = other->name_space + "/" + other->name;
      m_plan.refusals.push_back(
          refusal(facts.cluster, "ServiceEntry " + place,
                  "ServiceEntry " + place + " has the host " + host +
                      " already and was not made by kubectl mesh",
                  "remove it if it is not needed any more, or export under another alias"));
      return;
    }
    const std::string reason = one.service->name_space + "/" + one.service->service + " of " +
                               one.service->cluster + " at " + one.address;
    // The rule first: an entry without it would send plain text to the gateway.
    m_plan.actions.push_back(application(facts.cluster, std::move(one.objects.rule), reason));
    m_plan.actions.push_back(application(facts.cluster, std::move(one.objects.entry), reason));
  }

  /// What we made and nobody exports any more. What leads to a cluster that was not seen, or whose
  /// gateway has lost its address, stays.
  void prune(const AliasFacts& facts, const std::vector<Wanted>& wanted) {
    std::set<std::string> keep;
    for (const Wanted& one : wanted) keep.insert(one.service->host);
    for (const Export& service : m_request.exports) {
      if (service.cluster != facts.cluster) keep.insert(service.host);
    }
    std::set<std::string> unseen;
    for (const std::string& context : m_request.unseen) unseen.insert(name_of(m_request, context));
    const auto goes = [&](const auto& seen) {
      const bool at_home = seen.name_space == m_request.istio_namespace;
      return seen.ours && !seen.from.empty() && !unseen.contains(seen.from) &&
             !(at_home && keep.contains(seen.name));
    };
    for (const SeenEntry& entry : facts.entries) {
      if (goes(entry))
        m_plan.actions.push_back(removal(facts.cluster,
                                         ref("ServiceEntry", entry.name_space, entry.name),
                                         entry.uid, entry.from + " does not export it any more"));
    }
    for (const SeenRule& rule : facts.rules) {
      if (goes(rule))
        m_plan.actions.push_back(removal(facts.cluster,
                                         ref("DestinationRule", rule.name_space, rule.name),
                                         rule.uid, rule.from + " does not export it any more"));
    }
  }

  Plan& m_plan;
  const ExposureRequest& m_request;
  const AliasSettings& m_settings;
};

}  // namespace

const ClusterGateway* gateway_for(const ExposureRequest& request, const std::string& cluster) {
  for (const ClusterGateway& gateway : request.gateways) {
    if (gateway.cluster == cluster) return &gateway;
  }
  return nullptr;
}

std::vector<Wanted> wanted_in(const ExposureRequest& request, const AliasSettings& settings,
                              const AliasFacts& facts) {
  const std::map<std::string, std::string> addresses = addresses_in(request, settings, facts);
  const ByHost<SeenEntry> entries = ours_in(facts.entries);
  const ByHost<SeenRule> rules = ours_in(facts.rules);
  std::vector<Wanted> list;
  for (const Export& service : request.exports) {
    const ClusterGateway* gateway = gateway_for(request, service.cluster);
    const bool ready = gateway != nullptr && gateway->state == State::ready;
    if (service.cluster == facts.cluster || !ready) continue;
    const SeenEntry* entry = find(entries, service.host);
    const SeenRule* rule = find(rules, service.host);
    // Without a running pod nobody knows the account; what was known before holds.
    std::vector<std::string> identities = service.identities;
    if (identities.empty() && entry != nullptr && entry->spec.contains("subjectAltNames"))
      identities = entry->spec["subjectAltNames"].get<std::vector<std::string>>();
    Wanted wanted;
    wanted.service = &service;
    wanted.address = addresses.at(service.host);
    wanted.objects = alias_objects({.service = service,
                                    .from = name_of(request, service.cluster),
                                    .gateway = gateway->addresses,
                                    .address = wanted.address,
                                    .identities = std::move(identities)},
                                   request.istio_namespace, settings.cluster_domain);
    wanted.entry_fits = entry != nullptr && same_spec(wanted.objects.entry["spec"], entry->spec);
    wanted.rule_fits = rule != nullptr && same_spec(wanted.objects.rule["spec"], rule->spec);
    list.push_back(std::move(wanted));
  }
  return list;
}

Plan plan_aliases(const ExposureRequest& request, const std::vector<AliasFacts>& all) {
  const AliasSettings settings = alias_settings(request.settings);
  Plan plan;
  AliasPlanner planner(plan, request, settings);
  planner.judge_gateways();
  for (const AliasFacts& facts : all) planner.plan_cluster(facts);
  return plan;
}

Plan plan_alias_removal(const ExposureRequest& request, const std::vector<AliasFacts>& all) {
  Plan plan;
  std::set<std::string> leaving;
  for (const std::string& cluster : request.clusters) leaving.insert(name_of(request, cluster));
  for (const AliasFacts& facts : all) {
    const bool asked = asks_for(request, facts.cluster);
    if (facts.problem) {
      if (asked) plan.refusals.push_back(*facts.problem);
      continue;
    }
    const auto goes = [&](const auto& seen) {
      return seen.ours && !seen.from.empty() && (asked || leaving.contains(seen.from));
    };
    for (const SeenEntry& entry : facts.entries) {
      if (goes(entry))
        plan.actions.push_back(removal(facts.cluster,
                                       ref("ServiceEntry", entry.name_space, entry.name), entry.uid,
                                       "leads to " + entry.from));
    }
    for (const SeenRule& rule : facts.rules) {
      if (goes(rule))
        plan.actions.push_back(removal(facts.cluster,
                                       ref("DestinationRule", rule.name_space, rule.name), rule.uid,
                                       "leads to " + rule.from));
    }
  }
  return plan;
}

}  // namespace mesh::serviceentry
