#include "stubs.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "choose.hpp"
#include "discovery.hpp"
#include "names.hpp"
#include "strategies.hpp"

#include "mesh/counted.hpp"

namespace mesh::serviceentry {

namespace {

constexpr int k_namespace_phase = 1;  // after the stubs in it
constexpr std::int64_t k_namespace_seconds = 60;

std::string with_from() {
  return our_label() + "," + k_from;
}

Json labels_of(const std::string& from) {
  return {{k_managed_by, k_us}, {k_from, from}};
}

Json stub_of(const SeenService& service, const std::string& from) {
  Json ports = Json::array();
  for (const SeenPort& port : service.ports) {
    // The name has to be the same to the letter: endpoints of the other cluster are found by it.
    Json entry{{"port", port.number},
               {"protocol", port.transport.empty() ? "TCP" : port.transport}};
    if (!port.name.empty()) entry["name"] = port.name;
    if (!port.app_protocol.empty()) entry["appProtocol"] = port.app_protocol;
    ports.push_back(std::move(entry));
  }
  return {
      {"apiVersion", "v1"},
      {"kind", "Service"},
      {"metadata",
       {{"name", service.name}, {"namespace", service.name_space}, {"labels", labels_of(from)}}},
      {"spec", {{"ports", ports}}}};
}

Json namespace_of(const std::string& name, const std::string& from) {
  return {{"apiVersion", "v1"},
          {"kind", "Namespace"},
          {"metadata", {{"name", name}, {"labels", labels_of(from)}}}};
}

Action apply(const std::string& cluster, Json object, std::string reason) {
  Action action;
  action.type = ActionType::apply;
  action.cluster = cluster;
  action.object = std::move(object);
  action.reason = std::move(reason);
  return action;
}

Action on_namespace(ActionType type, const std::string& cluster, const std::string& name,
                    std::string reason) {
  Action action;
  action.type = type;
  action.cluster = cluster;
  action.phase = k_namespace_phase;
  action.target = {"v1", "Namespace", "", name};
  action.reason = std::move(reason);
  return action;
}

void remove_stub(Plan& plan, const std::string& cluster, const SeenService& stub,
                 std::string reason) {
  Action action;
  action.type = ActionType::remove;
  action.cluster = cluster;
  action.target = {"v1", "Service", stub.name_space, stub.name};
  // A Service that somebody made of it since has a selector, and another UID if it was made anew.
  action.precondition = {{"/metadata/uid", stub.uid}};
  action.reason = std::move(reason);
  plan.actions.push_back(std::move(action));
}

/// What every namespace holds, and what Istio spreads.
bool is_usual(const Json& object) {
  constexpr std::array<const char*, 4> k_usual{"kube-root-ca.crt", "istio-ca-root-cert",
                                               "istio-ca-crl", "default"};
  const std::string name = lookup::text(object, "/metadata/name");
  return is_stub(object) || std::find(k_usual.begin(), k_usual.end(), name) != k_usual.end();
}

bool is_empty(const Host& host, const std::string& cluster, const std::string& name_space) {
  constexpr std::array<std::pair<const char*, const char*>, 6> k_kinds{{{"v1", "Pod"},
                                                                        {"v1", "Service"},
                                                                        {"v1", "ConfigMap"},
                                                                        {"v1", "Secret"},
                                                                        {"v1", "ServiceAccount"},
                                                                        {"apps/v1", "Deployment"}}};
  std::vector<Read> reads;
  for (const auto& [version, kind] : k_kinds)
    reads.push_back(lookup::list_of(cluster, version, kind, name_space));
  for (const ReadResult& list : host.read(reads)) {
    if (list.problem || !list.next.empty()) return false;
    const Json& items = lookup::list(list.object, "/items");
    if (!std::all_of(items.begin(), items.end(), is_usual)) return false;
  }
  return true;
}

/// A namespace that was made for stubs goes with the last of them, if nothing else came into it.
void remove_namespaces(Plan& plan, const DiscoveryFacts& facts, const std::set<std::string>& kept,
                       const Host& host) {
  for (const auto& [name, seen] : facts.stubs.namespaces) {
    if (!seen.ours || seen.ending || kept.contains(name) || !is_empty(host, facts.cluster, name))
      continue;
    plan.actions.push_back(on_namespace(ActionType::remove, facts.cluster, name,
                                        "made for a stub, and nothing is left in it"));
    Action wait = on_namespace(ActionType::wait, facts.cluster, name, "what is in it goes with it");
    wait.until = Until::gone;
    wait.seconds = k_namespace_seconds;
    plan.actions.push_back(std::move(wait));
  }
}

/// The exports of the other clusters, one per name.
std::map<std::string, const Export*> wanted_in(const ExposureRequest& request,
                                               const std::string& cluster) {
  std::map<std::string, const Export*> wanted;
  for (const Export& one : request.exports) {
    if (one.cluster != cluster) wanted.try_emplace(one.name_space + "/" + one.service, &one);
  }
  return wanted;
}

/// The Service that is exported, as its cluster has it; null: it was not seen.
const SeenService* original_of(const Export& one, const std::vector<DiscoveryFacts>& all) {
  for (const DiscoveryFacts& facts : all) {
    if (facts.cluster != one.cluster) continue;
    const auto found = facts.stubs.services.find(one.name_space + "/" + one.service);
    return found == facts.stubs.services.end() ? nullptr : &found->second;
  }
  return nullptr;
}

void take_namespace(StubFacts& stubs, const std::string& name, const Json& object) {
  stubs.namespaces[name] = {
      .found = object.is_object() && !object.empty(),
      .ours = label_of(object, k_managed_by) == k_us && !label_of(object, k_from).empty(),
      .ending = lookup::text(object, "/status/phase") == "Terminating"};
}

void read_lists(const Host& host, std::vector<DiscoveryFacts>& all, const std::string& services) {
  std::vector<Read> reads;
  std::vector<DiscoveryFacts*> whose;
  for (DiscoveryFacts& facts : all) {
    if (facts.problem) continue;
    reads.push_back(lookup::list_of(facts.cluster, "v1", "Service", "", services));
    reads.push_back(lookup::list_of(facts.cluster, "v1", "Namespace", "", with_from()));
    whose.insert(whose.end(), 2, &facts);
  }
  const auto problems = lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& item : items) {
      if (reads[at].object.kind == "Namespace") {
        take_namespace(whose[at]->stubs, lookup::text(item, "/metadata/name"), item);
        continue;
      }
      SeenService seen = seen_service(item);
      whose[at]->stubs.services[seen.key()] = std::move(seen);
    }
  });
  for (std::size_t at = 0; at < problems.size(); ++at) {
    if (problems[at] && !whose[at]->problem) whose[at]->problem = problems[at];
  }
}

void read_namespaces(const Host& host, const ExposureRequest& request,
                     std::vector<DiscoveryFacts>& all) {
  std::vector<Read> reads;
  std::vector<DiscoveryFacts*> whose;
  for (DiscoveryFacts& facts : all) {
    if (facts.problem || !asks_for(request, facts.cluster)) continue;
    std::set<std::string> names;
    for (const auto& [key, one] : wanted_in(request, facts.cluster)) {
      if (!facts.stubs.services.contains(key)) names.insert(one->name_space);
    }
    for (const std::string& name : names) {
      reads.push_back(lookup::object_of(facts.cluster, {"v1", "Namespace", "", name}));
      whose.push_back(&facts);
    }
  }
  if (reads.empty()) return;
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    if (results[at].problem && !whose[at]->problem) whose[at]->problem = results[at].problem;
    take_namespace(whose[at]->stubs, reads[at].object.name, results[at].object);
  }
}

/// Services of other clusters in a namespace that is here too, without a name here.
void note_nameless(Plan& plan, const ExposureRequest& request, const DiscoveryFacts& facts,
                   const std::vector<DiscoveryFacts>& all) {
  const auto wanted = wanted_in(request, facts.cluster);
  std::set<std::string> here;
  for (const auto& [key, service] : facts.stubs.services) here.insert(service.name_space);
  std::size_t count = 0;
  std::string first;
  std::string from;
  for (const DiscoveryFacts& other : all) {
    if (other.cluster == facts.cluster) continue;
    for (const auto& [key, service] : other.stubs.services) {
      const bool shared = here.contains(service.name_space) &&
                          !service.name_space.starts_with("kube-") &&
                          service.name_space != request.istio_namespace;
      if (!shared || service.stub || facts.stubs.services.contains(key) || wanted.contains(key))
        continue;
      if (count++ == 0) std::tie(first, from) = std::tie(key, other.cluster);
    }
  }
  if (count == 0) return;
  plan.notes.push_back(
      {Severity::info, facts.cluster,
       counted(count, "Service of the other clusters has", "Services of the other clusters have") +
           " no name here, " + first + " of " + from + (count == 1 ? "" : " for one") +
           "; if pods here are to call it: kubectl mesh "
           "serviceentry export --service " +
           first + " --from " + from});
}

class StubPlanner {
 public:
  StubPlanner(Plan& plan, const ExposureRequest& request, const std::vector<DiscoveryFacts>& all,
              const Host& host)
      : m_plan(plan), m_request(request), m_all(all), m_host(host) {}

  void plan_cluster(const DiscoveryFacts& facts) {
    const auto wanted = wanted_in(m_request, facts.cluster);
    std::set<std::string> namespaces;
    for (const auto& [key, one] : wanted) {
      const SeenService* original = original_of(*one, m_all);
      if (original != nullptr && add(facts, *one, *original)) namespaces.insert(one->name_space);
    }
    for (const auto& [key, service] : facts.stubs.services) {
      if (!service.stub || wanted.contains(key)) continue;
      if (is_left_alone(service)) {
        namespaces.insert(service.name_space);
        continue;
      }
      remove_stub(m_plan, facts.cluster, service, service.from + " does not export it any more");
    }
    remove_namespaces(m_plan, facts, namespaces, m_host);
    note_nameless(m_plan, m_request, facts, m_all);
  }

 private:
  /// What stands for a service of a cluster that is not of this run.
  bool is_left_alone(const SeenService& stub) const {
    return std::any_of(m_request.unseen.begin(), m_request.unseen.end(),
                       [&](const std::string& context) {
                         return m_request.mesh.member(context).name == stub.from;
                       });
  }

  /// false: the name needs no stub here.
  bool add(const DiscoveryFacts& facts, const Export& one, const SeenService& original) {
    const auto here = facts.stubs.services.find(original.key());
    if (here != facts.stubs.services.end() && !here->second.stub) return false;
    const std::string& from = m_request.mesh.member(one.cluster).name;
    const auto place = facts.stubs.namespaces.find(one.name_space);
    if (here == facts.stubs.services.end() && place != facts.stubs.namespaces.end()) {
      if (place->second.ending) {
        m_plan.refusals.push_back(
            refusal(facts.cluster, "Namespace " + one.name_space,
                    "namespace " + one.name_space + " is being deleted: " + original.key() +
                        " of " + one.cluster + " cannot get a name there",
                    "wait until it is gone, then run the same command again"));
        return true;
      }
      const bool made = !m_made.insert(facts.cluster + "/" + one.name_space).second;
      if ((!place->second.found || place->second.ours) && !made)
        m_plan.actions.push_back(apply(facts.cluster, namespace_of(one.name_space, from),
                                       "for the name of " + original.key()));
    }
    m_plan.actions.push_back(apply(facts.cluster, stub_of(original, from),
                                   "its name resolves here, its endpoints are in " + one.cluster));
    return true;
  }

  Plan& m_plan;
  const ExposureRequest& m_request;
  const std::vector<DiscoveryFacts>& m_all;
  const Host& m_host;
  std::set<std::string> m_made;
};

std::string ports_text(const SeenService& service) {
  std::set<std::string> ports;
  for (const SeenPort& port : service.ports)
    ports.insert((port.name.empty() ? "" : port.name + " ") + std::to_string(port.number) + "/" +
                 (port.transport.empty() ? "TCP" : port.transport) +
                 (port.app_protocol.empty() ? "" : " " + port.app_protocol));
  std::string text;
  for (const std::string& port : ports) text += (text.empty() ? "" : ", ") + port;
  return text;
}

}  // namespace

bool is_stub(const Json& service) {
  return label_of(service, k_managed_by) == k_us && !label_of(service, k_from).empty() &&
         lookup::text(service, "/spec/type") != "ExternalName" &&
         lookup::value(service, "/spec/selector").empty();
}

std::string stub_difference(const SeenService& stub, const SeenService& service) {
  const std::string have = ports_text(stub);
  const std::string want = ports_text(service);
  return have == want ? "" : "ports " + have + ", not " + want;
}

void read_stubs(const Host& host, const ExposureRequest& request,
                std::vector<DiscoveryFacts>& all) {
  read_lists(host, all, "");
  read_namespaces(host, request, all);
}

void read_own_stubs(const Host& host, std::vector<DiscoveryFacts>& all) {
  read_lists(host, all, with_from());
}

void plan_stubs(Plan& plan, const ExposureRequest& request, const std::vector<DiscoveryFacts>& all,
                const Host& host) {
  StubPlanner planner(plan, request, all, host);
  for (const DiscoveryFacts& facts : all) {
    if (!facts.problem && asks_for(request, facts.cluster)) planner.plan_cluster(facts);
  }
}

void plan_stub_removal(Plan& plan, const DiscoveryFacts& facts, const Host& host) {
  plan_stub_removal(plan, facts, "");
  remove_namespaces(plan, facts, {}, host);
}

void plan_stub_removal(Plan& plan, const DiscoveryFacts& facts, const std::string& from) {
  for (const auto& [key, service] : facts.stubs.services) {
    if (service.stub && (from.empty() || service.from == from))
      remove_stub(plan, facts.cluster, service, "stands for a Service of " + service.from);
  }
}

void list_stubs(Report& report, const ExposureRequest& request,
                const std::vector<DiscoveryFacts>& all) {
  for (const DiscoveryFacts& facts : all) {
    if (facts.problem || !asks_for(request, facts.cluster)) continue;
    for (const auto& [key, one] : wanted_in(request, facts.cluster)) {
      const SeenService* original = original_of(*one, all);
      const auto here = facts.stubs.services.find(key);
      const bool there = here != facts.stubs.services.end();
      if (original == nullptr || (there && !here->second.stub)) continue;
      std::string state = "missing";
      if (there) state = stub_difference(here->second, *original).empty() ? "in step" : "differs";
      report.items.push_back({{"cluster", facts.cluster},
                              {"from", one->cluster},
                              {"service", key},
                              {"server", ""},
                              {"secret", ""},
                              {"state", state}});
    }
  }
}

}  // namespace mesh::serviceentry
