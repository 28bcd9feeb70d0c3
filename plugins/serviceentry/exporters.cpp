#include "exporters.hpp"

#include <algorithm>

#include "stubs.hpp"

#include "mesh/passthrough.hpp"

namespace mesh::serviceentry {

namespace {

std::string annotation(const Json& object, const char* key) {
  return lookup::text(object, "/metadata/annotations/" + lookup::step(key));
}

bool written_by_us(const Json& object, const char* annotation) {
  const std::string field =
      "/fieldsV1/f:metadata/f:annotations/" + lookup::step(std::string("f:") + annotation);
  for (const Json& entry : lookup::list(object, "/metadata/managedFields")) {
    if (lookup::text(entry, "/manager") == k_us && !lookup::value(entry, field).is_null())
      return true;
  }
  return false;
}

/// The port of the pods: the Service's own if nothing is said, 0 if it is said by a name.
int target_of(const Json& port) {
  const Json& target = lookup::value(port, "/targetPort");
  if (target.is_string()) return 0;
  return static_cast<int>(lookup::number(port, target.is_number() ? "/targetPort" : "/port"));
}

std::vector<SeenPort> ports_of(const Json& service) {
  std::vector<SeenPort> ports;
  for (const Json& port : lookup::list(service, "/spec/ports")) {
    ports.push_back({.number = static_cast<int>(lookup::number(port, "/port")),
                     .target = target_of(port),
                     .name = lookup::text(port, "/name"),
                     .app_protocol = lookup::text(port, "/appProtocol"),
                     .transport = lookup::text(port, "/protocol")});
  }
  return ports;
}

/// Load balancers first: externalIPs are what is left where there are none.
std::vector<std::string> addresses_of(const Json& service) {
  std::vector<std::string> addresses;
  for (const Json& entry : lookup::list(service, "/status/loadBalancer/ingress")) {
    const std::string ip = lookup::text(entry, "/ip");
    const std::string name = lookup::text(entry, "/hostname");
    if (!ip.empty() || !name.empty()) addresses.push_back(ip.empty() ? name : ip);
  }
  if (!addresses.empty()) return addresses;
  for (const Json& ip : lookup::list(service, "/spec/externalIPs")) {
    if (ip.is_string()) addresses.push_back(ip.get<std::string>());
  }
  return addresses;
}

bool ready(const Json& pod) {
  for (const Json& condition : lookup::list(pod, "/status/conditions")) {
    if (lookup::text(condition, "/type") == "Ready")
      return lookup::text(condition, "/status") == "True";
  }
  return false;
}

bool injected(const Json& pod) {
  for (const char* list : {"/spec/containers", "/spec/initContainers"}) {
    for (const Json& container : lookup::list(pod, list)) {
      if (lookup::text(container, "/name") == "istio-proxy") return true;
    }
  }
  return false;
}

std::map<std::string, int> port_names_of(const Json& pod) {
  std::map<std::string, int> names;
  for (const Json& container : lookup::list(pod, "/spec/containers")) {
    for (const Json& port : lookup::list(container, "/ports"))
      names[lookup::text(port, "/name")] = static_cast<int>(lookup::number(port, "/containerPort"));
  }
  return names;
}

/// The round of reads after the first, which says what is worth reading.
class Reader {
 public:
  Reader(const Host& host, std::vector<ExporterFacts>& all, const Wishes& wishes)
      : m_host(host), m_all(all), m_wishes(wishes) {
    for (const NamedExport& one : wishes.named) m_named[one.cluster].insert(one.key());
  }

  void read_services(const std::vector<std::string>& clusters) {
    std::vector<Read> reads;
    for (const ExporterFacts& facts : m_all)
      reads.push_back(lookup::list_of(facts.cluster, "v1", "Service"));
    const auto problems = lookup::each_page(m_host, reads, [&](std::size_t at, const Json& items) {
      for (const Json& service : items) take_service(m_all[at], service);
    });
    for (std::size_t at = 0; at < m_all.size(); ++at) judge(m_all[at], problems[at], clusters);
  }

  void read_selected() {
    if (m_wishes.selector.empty()) return;
    each("v1", "Service", "", m_wishes.selector, [](ExporterFacts& facts, const Json& service) {
      SeenService seen = seen_service(service);
      seen.selected = true;
      facts.services[seen.key()] = std::move(seen);
    });
  }

  void read_nodes() {
    if (!m_wishes.node_ports) return;
    each("v1", "Node", "", "", [](ExporterFacts& facts, const Json& node) {
      std::string best;
      for (const Json& entry : lookup::list(node, "/status/addresses")) {
        const std::string type = lookup::text(entry, "/type");
        if (type == "ExternalIP" || (type == "InternalIP" && best.empty()))
          best = lookup::text(entry, "/address");
      }
      if (!best.empty()) facts.node_addresses.push_back(best);
    });
  }

  /// One list per namespace that exports something; with one export in it, only its pods.
  void read_pods() {
    if (!m_wishes.pods) return;
    std::vector<Read> reads;
    std::vector<ExporterFacts*> whose;
    for (ExporterFacts& facts : m_all) {
      std::map<std::string, std::vector<const SeenService*>> by_namespace;
      for (const auto& [key, service] : facts.services) {
        if (!service.selector.empty()) by_namespace[service.name_space].push_back(&service);
      }
      for (const auto& [name_space, services] : by_namespace) {
        const std::string labels = services.size() == 1 ? selector_of(*services.front()) : "";
        reads.push_back(lookup::list_of(facts.cluster, "v1", "Pod", name_space, labels));
        whose.push_back(&facts);
      }
    }
    const auto problems = lookup::each_page(m_host, reads, [&](std::size_t at, const Json& items) {
      for (const Json& pod : items) take_pod(*whose[at], pod);
    });
    for (std::size_t at = 0; at < problems.size(); ++at) {
      if (problems[at] && !whose[at]->problem) whose[at]->problem = problems[at];
    }
  }

  void read_namespaces() {
    std::vector<Read> reads;
    std::vector<ExporterFacts*> whose;
    for (ExporterFacts& facts : m_all) {
      std::set<std::string> names;
      for (const NamedExport& one : m_wishes.named) {
        if (one.cluster == facts.cluster && !facts.problem && !facts.unseen)
          names.insert(one.name_space);
      }
      for (const std::string& name : names) {
        reads.push_back(lookup::object_of(facts.cluster, {"v1", "Namespace", "", name}));
        whose.push_back(&facts);
      }
    }
    if (reads.empty()) return;
    const std::vector<ReadResult> results = m_host.read(reads);
    for (std::size_t at = 0; at < results.size(); ++at) {
      if (results[at].problem && !whose[at]->problem) whose[at]->problem = results[at].problem;
      if (lookup::text(results[at].object, "/status/phase") == "Terminating")
        whose[at]->namespaces_ending.insert(reads[at].object.name);
    }
  }

 private:
  template <typename Take>
  void each(const char* api_version, const char* kind, const std::string& name_space,
            const std::string& labels, Take take) {
    std::vector<Read> reads;
    std::vector<ExporterFacts*> whose;
    for (ExporterFacts& facts : m_all) {
      if (facts.problem || facts.unseen) continue;
      reads.push_back(lookup::list_of(facts.cluster, api_version, kind, name_space, labels));
      whose.push_back(&facts);
    }
    const auto problems = lookup::each_page(m_host, reads, [&](std::size_t at, const Json& items) {
      for (const Json& item : items) take(*whose[at], item);
    });
    for (std::size_t at = 0; at < problems.size(); ++at) {
      if (problems[at] && !whose[at]->problem) whose[at]->problem = problems[at];
    }
  }

  /// Of thousands of Services most are nobody's export: no more of them is looked at than that.
  void take_service(ExporterFacts& facts, const Json& service) {
    if (std::optional<SeenGateway> gateway = seen_gateway(service))
      facts.gateways.push_back(std::move(*gateway));
    const std::string key = lookup::text(service, "/metadata/namespace") + "/" +
                            lookup::text(service, "/metadata/name");
    if (m_named[facts.cluster].contains(key) || !annotation(service, k_export).empty())
      facts.services[key] = seen_service(service);
  }

  static void take_pod(ExporterFacts& facts, const Json& pod) {
    const std::string phase = lookup::text(pod, "/status/phase");
    const bool gone = phase == "Succeeded" || phase == "Failed" ||
                      !lookup::text(pod, "/metadata/deletionTimestamp").empty();
    if (gone) return;
    SeenPod seen = seen_pod(pod);
    const bool exported =
        std::any_of(facts.services.begin(), facts.services.end(), [&](const auto& entry) {
          return entry.second.name_space == seen.name_space &&
                 matches(seen.labels, entry.second.selector);
        });
    if (exported) facts.pods.push_back(std::move(seen));
  }

  /// What cannot be read because it is not of this run is no mistake.
  static void judge(ExporterFacts& facts, const std::optional<Problem>& problem,
                    const std::vector<std::string>& clusters) {
    if (!problem) return;
    const bool asked_for =
        std::find(clusters.begin(), clusters.end(), facts.cluster) != clusters.end();
    facts.unseen = problem->code == "unknown-context" && !asked_for;
    if (!facts.unseen) facts.problem = problem;
  }

  static std::string selector_of(const SeenService& service) {
    std::string text;
    for (const auto& [key, value] : service.selector)
      text += (text.empty() ? "" : ",") + key + "=" + value;
    return text;
  }

  const Host& m_host;
  std::vector<ExporterFacts>& m_all;
  const Wishes& m_wishes;
  std::map<std::string, std::set<std::string>> m_named;  ///< by cluster: "namespace/name"
};

}  // namespace

std::map<std::string, std::string> texts_in(const Json& map) {
  std::map<std::string, std::string> found;
  if (!map.is_object()) return found;
  for (const auto& [key, value] : map.items()) {
    if (value.is_string()) found[key] = value.get<std::string>();
  }
  return found;
}

SeenService seen_service(const Json& service) {
  SeenService seen;
  seen.name_space = lookup::text(service, "/metadata/namespace");
  seen.name = lookup::text(service, "/metadata/name");
  seen.uid = lookup::text(service, "/metadata/uid");
  seen.type = lookup::text(service, "/spec/type");
  seen.headless = lookup::text(service, "/spec/clusterIP") == "None";
  seen.ports = ports_of(service);
  seen.selector = texts_in(lookup::value(service, "/spec/selector"));
  seen.wants = annotation(service, k_export);
  seen.alias = annotation(service, k_alias);
  seen.only = annotation(service, k_ports);
  seen.export_to = annotation(service, k_export_to);
  seen.has_annotations = lookup::value(service, "/metadata/annotations").is_object();
  seen.annotated_by_us = written_by_us(service, k_export);
  seen.ending = !lookup::text(service, "/metadata/deletionTimestamp").empty();
  seen.stub = is_stub(service);
  if (seen.stub) seen.from = lookup::text(service, "/metadata/labels/" + lookup::step(k_from));
  return seen;
}

std::optional<SeenGateway> seen_gateway(const Json& service) {
  const std::string labels = "/metadata/labels/";
  SeenGateway seen;
  seen.network = lookup::text(service, labels + lookup::step(k_network));
  if (seen.network.empty()) return std::nullopt;
  seen.name_space = lookup::text(service, "/metadata/namespace");
  seen.name = lookup::text(service, "/metadata/name");
  seen.type = lookup::text(service, "/spec/type");
  seen.selector = texts_in(lookup::value(service, "/spec/selector"));
  seen.addresses = addresses_of(service);
  seen.of_api = is_of_api_gateway(service);
  const std::string other =
      lookup::text(service, labels + lookup::step("networking.istio.io/gatewayPort"));
  const std::string wanted = other.empty() ? std::to_string(k_gateway_port) : other;
  for (const Json& port : lookup::list(service, "/spec/ports")) {
    if (std::to_string(lookup::number(port, "/port")) != wanted) continue;
    seen.port = static_cast<int>(lookup::number(port, "/port"));
    seen.node_port = static_cast<int>(lookup::number(port, "/nodePort"));
  }
  return seen;
}

SeenPod seen_pod(const Json& pod) {
  std::string account = lookup::text(pod, "/spec/serviceAccountName");
  return {.labels = texts_in(lookup::value(pod, "/metadata/labels")),
          .name_space = lookup::text(pod, "/metadata/namespace"),
          .name = lookup::text(pod, "/metadata/name"),
          .service_account = account.empty() ? "default" : std::move(account),
          .ready = ready(pod),
          .injected = injected(pod),
          .ports = port_names_of(pod)};
}

bool matches(const std::map<std::string, std::string>& labels,
             const std::map<std::string, std::string>& selector) {
  return !selector.empty() &&
         std::all_of(selector.begin(), selector.end(), [&](const auto& wanted) {
           const auto found = labels.find(wanted.first);
           return found != labels.end() && found->second == wanted.second;
         });
}

std::vector<ExporterFacts> read_exporters(const Host& host, const MeshView& mesh,
                                          const std::vector<std::string>& clusters,
                                          const Wishes& wishes) {
  std::vector<ExporterFacts> all;
  for (const Member& member : mesh.members) {
    all.emplace_back();
    all.back().cluster = member.context;
  }
  Reader reader(host, all, wishes);
  reader.read_services(clusters);
  reader.read_selected();
  reader.read_nodes();
  reader.read_pods();
  reader.read_namespaces();
  return all;
}

}  // namespace mesh::serviceentry
