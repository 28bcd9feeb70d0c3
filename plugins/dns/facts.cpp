#include "facts.hpp"

#include <array>

#include "corefile.hpp"
#include "look_up.hpp"
#include "platform.hpp"
#include "zone.hpp"

#include "mesh/lookup.hpp"

namespace mesh::dns {

namespace {

constexpr const char* k_system = "kube-system";
constexpr const char* k_istio = "";  // stands for Istio's namespace in a row
constexpr const char* k_ours = "app.kubernetes.io/managed-by=kubectl-mesh";
constexpr const char* k_server = "kubectl-mesh-dns";
constexpr const char* k_system_maps = "config-maps";
constexpr const char* k_istio_maps = "istio-maps";

struct ReadRow {
  const char* name;
  Depth depth;  ///< the least at which it is read
  const char* api_version;
  const char* kind;
  const char* name_space;  ///< null: none, or all
  const char* object;      ///< null: a list
  const char* labels;
  int limit;
  bool may_lack = false;  ///< who has no right to read it does without
};
constexpr int k_page = 500;
constexpr int k_nodes = 20;  // one would do; others ask for so many, and a run asks once
constexpr std::array<ReadRow, 14> k_reads{{
    {"workloads", Depth::objects, "apps/v1", "Deployment", k_system, nullptr,
     "k8s-app in (kube-dns,coredns)", k_page},
    {"node-local", Depth::objects, "apps/v1", "DaemonSet", k_system, nullptr,
     "k8s-app in (node-local-dns,nodelocaldns)", k_page},
    {k_system_maps, Depth::objects, "v1", "ConfigMap", k_system, nullptr, "", k_page},
    {"node", Depth::objects, "v1", "Node", nullptr, nullptr, "", k_nodes, true},
    {"openshift", Depth::objects, "operator.openshift.io/v1", "DNS", nullptr, "default", "", 0,
     true},
    {"kubernetes", Depth::objects, "v1", "Service", "default", "kubernetes", "", 0},
    {"names", Depth::objects, "networking.istio.io/v1", "ServiceEntry", nullptr, nullptr, k_ours,
     k_page},
    {"namespace", Depth::objects, "v1", "Namespace", nullptr, k_istio, "", 0},
    {k_istio_maps, Depth::objects, "v1", "ConfigMap", k_istio, nullptr, "", k_page},
    {"server-service", Depth::objects, "v1", "Service", k_istio, k_server, "", 0},
    {"istio-workloads", Depth::objects, "apps/v1", "Deployment", k_istio, nullptr, "", k_page},
    {"pods", Depth::pods, "v1", "Pod", k_system, nullptr, "k8s-app in (kube-dns,coredns)", k_page},
    {"openshift-pods", Depth::pods, "v1", "Pod", "openshift-dns", nullptr,
     "dns.operator.openshift.io/daemonset-dns=default", k_page, true},
    {"server-pods", Depth::pods, "v1", "Pod", k_istio, nullptr,
     "app.kubernetes.io/name=kubectl-mesh-dns", k_page},
}};

bool in_istio(const char* text) {
  return text != nullptr && text[0] == '\0';
}

Read read_of(const ReadRow& row, const std::string& cluster, const std::string& name_space) {
  const auto filled = [&](const char* text) {
    return text == nullptr ? std::string() : in_istio(text) ? name_space : std::string(text);
  };
  return {.cluster = cluster,
          .object = {.api_version = row.api_version,
                     .kind = row.kind,
                     .name_space = filled(row.name_space),
                     .name = filled(row.object)},
          .labels = row.labels,
          .limit = row.limit == 0 ? k_page : row.limit,
          .next = {}};
}

const Json& object_of(const Answers& answers, const char* name) {
  static const Json k_nothing;
  const auto answer = answers.find(name);
  return answer == answers.end() || !answer->second.found ? k_nothing : answer->second.object;
}

const Json& items_of(const Answers& answers, const char* name) {
  return list_at(object_of(answers, name), "/items");
}

/// Items of a list lack what the list says for all of them.
Json whole(Json object, const char* api_version, const char* kind) {
  if (object.is_object()) {
    object["apiVersion"] = api_version;
    object["kind"] = kind;
  }
  return object;
}

Json item_of(const Answers& answers, const char* list, const std::string& name) {
  for (const Json& item : items_of(answers, list)) {
    if (text_at(item, "/metadata/name") == name) return item;
  }
  return {};
}

Json config_map(const Answers& answers, const char* list, const std::string& name) {
  return whole(item_of(answers, list, name), "v1", "ConfigMap");
}

void put(Json& objects, const char* role, Json object) {
  if (object.is_object()) objects[role] = std::move(object);
}

/// The ConfigMap with further server blocks, if the Corefile imports it. One that is imported and
/// not there yet is told by its name alone.
Json custom_map(const Answers& answers, const Json& workload, const Corefile& corefile) {
  for (const Token& import : corefile.imports) {
    const std::string name = custom_name(workload, import.text);
    if (name.empty()) continue;
    Json map = config_map(answers, k_system_maps, name);
    if (map.is_null())
      map = {{"apiVersion", "v1"},
             {"kind", "ConfigMap"},
             {"metadata", {{"name", name}, {"namespace", k_system}}}};
    return map;
  }
  return {};
}

void take_cluster_dns(ClusterFacts& facts, const Answers& answers) {
  const Json workload = find_workload(items_of(answers, "workloads"));
  put(facts.objects, "workload", whole(workload, "apps/v1", "Deployment"));
  put(facts.objects, "stubs", config_map(answers, k_system_maps, "kube-dns"));
  const Json config = config_map(answers, k_system_maps, config_name(workload));
  const std::string text = text_at(config, "/data/Corefile");
  if (text.empty()) {
    const std::string domain = domain_argument(workload);
    if (!domain.empty()) facts.cluster_domain = domain;
    return;
  }
  put(facts.objects, "config", config);
  try {
    const Corefile corefile = parse_corefile(text);
    facts.cluster_domain = cluster_domain(corefile);
    put(facts.objects, "custom", custom_map(answers, workload, corefile));
  } catch (const Failure&) {  // the strategy that would edit it says what is wrong with it
  }
}

std::vector<DnsPod> pods_of(const Json& items) {
  std::vector<DnsPod> pods;
  for (const Json& pod : items) {
    const std::string phase = text_at(pod, "/status/phase");
    if (phase != "Running" || !text_at(pod, "/metadata/deletionTimestamp").empty()) continue;
    DnsPod seen{.name_space = text_at(pod, "/metadata/namespace"),
                .name = text_at(pod, "/metadata/name"),
                .port = dns_port(at(pod, "/spec"))};
    for (const Json& condition : list_at(pod, "/status/conditions")) {
      if (text_at(condition, "/type") == "Ready")
        seen.ready = text_at(condition, "/status") == "True";
    }
    pods.push_back(std::move(seen));
  }
  return pods;
}

/// The pages after the first of every list, of all clusters at once.
void read_further(const Host& host, const std::string& name_space,
                  const std::vector<std::string>& clusters, std::vector<Answers>& all) {
  for (;;) {
    std::vector<Read> reads;
    std::vector<ReadResult*> whose;
    for (std::size_t index = 0; index < clusters.size(); ++index) {
      for (const ReadRow& row : k_reads) {
        const auto answer = all[index].find(row.name);
        const bool whole_list = row.object == nullptr && row.limit == k_page;
        if (!whole_list || answer == all[index].end() || answer->second.problem ||
            answer->second.next.empty())
          continue;
        reads.push_back(read_of(row, clusters[index], name_space));
        reads.back().next = answer->second.next;
        whose.push_back(&answer->second);
      }
    }
    if (reads.empty()) return;
    const std::vector<ReadResult> pages = host.read(reads);
    for (std::size_t index = 0; index < pages.size(); ++index) {
      whose[index]->problem = pages[index].problem;
      whose[index]->next = pages[index].next;
      for (const Json& item : list_at(pages[index].object, "/items"))
        whose[index]->object["items"].push_back(item);
    }
  }
}

}  // namespace

std::string ServerFacts::address() const {
  const std::string address = text_at(service, "/spec/clusterIP");
  return address == "None" ? "" : address;
}

ClusterFacts facts_of(const std::string& cluster, const std::string& name_space,
                      const Answers& answers) {
  ClusterFacts facts;
  facts.cluster = cluster;
  facts.name_space = name_space;
  for (const ReadRow& row : k_reads) {
    const auto answer = answers.find(row.name);
    if (answer == answers.end() || !answer->second.problem || facts.problem) continue;
    if (!row.may_lack || answer->second.problem->code != "forbidden")
      facts.problem = answer->second.problem;
  }
  if (facts.problem) return facts;
  const Json& nodes = items_of(answers, "node");
  const Json node = nodes.empty() ? Json() : nodes.front();
  facts.platform = platform_of(node, object_of(answers, "openshift").is_object());
  facts.autopilot = is_autopilot(node);
  facts.node_local = !items_of(answers, "node-local").empty();
  facts.kubernetes = text_at(object_of(answers, "kubernetes"), "/spec/clusterIP");
  facts.namespace_found = object_of(answers, "namespace").is_object();
  facts.namespace_ending =
      text_at(object_of(answers, "namespace"), "/status/phase") == "Terminating";
  put(facts.objects, "mesh", config_map(answers, k_istio_maps, "istio"));
  take_cluster_dns(facts, answers);
  facts.server = {
      .config = config_map(answers, k_istio_maps, k_server),
      .service = object_of(answers, "server-service"),
      .deployment = whole(item_of(answers, "istio-workloads", k_server), "apps/v1", "Deployment")};
  facts.service_entries = items_of(answers, "names");
  facts.pods =
      pods_of(items_of(answers, facts.platform == "openshift" ? "openshift-pods" : "pods"));
  facts.server_pods = pods_of(items_of(answers, "server-pods"));
  return facts;
}

std::vector<ClusterFacts> read_facts(const Host& host, const std::vector<std::string>& clusters,
                                     const std::string& name_space, Depth depth) {
  std::vector<Read> reads;
  std::vector<std::string> names;
  for (const std::string& cluster : clusters) {
    for (const ReadRow& row : k_reads) {
      if (row.depth > depth) continue;
      reads.push_back(read_of(row, cluster, name_space));
      names.emplace_back(row.name);
    }
  }
  std::vector<ReadResult> results = host.read(reads);
  std::vector<Answers> all(clusters.size());
  const std::size_t each = clusters.empty() ? 1 : reads.size() / clusters.size();
  for (std::size_t index = 0; index < results.size(); ++index)
    all[index / each][names[index]] = std::move(results[index]);
  read_further(host, name_space, clusters, all);
  std::vector<ClusterFacts> facts;
  for (std::size_t index = 0; index < clusters.size(); ++index)
    facts.push_back(facts_of(clusters[index], name_space, all[index]));
  return facts;
}

void read_resolvers(const Host& host, const std::vector<DnsLook>& looks,
                    std::vector<ClusterFacts>& all) {
  std::vector<Read> reads;
  std::vector<std::pair<std::size_t, int>> whose;  ///< cluster and port
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (all[at].problem) continue;
    for (const DnsResolver& one : looks[at].resolvers) {
      reads.push_back(lookup::list_of(all[at].cluster, "v1", "Pod"));
      reads.back().object.name_space = one.name_space;
      reads.back().labels = one.labels;
      whose.emplace_back(at, static_cast<int>(one.port));
    }
  }
  const auto problems = lookup::each_page(host, reads, [&](std::size_t read, const Json& items) {
    for (DnsPod& pod : pods_of(items)) {
      pod.port = whose[read].second;
      all[whose[read].first].resolvers.push_back(std::move(pod));
    }
  });
  for (std::size_t read = 0; read < reads.size(); ++read) {
    if (problems[read]) all[whose[read].first].problem = problems[read];
  }
}

DnsRequest request_for(const ClusterFacts& facts, const std::string& suffix, const Json& settings) {
  return {.cluster = facts.cluster,
          .suffix = suffix,
          .cluster_domain = facts.cluster_domain,
          .name_space = facts.name_space,
          .platform = facts.autopilot ? "gke-autopilot" : facts.platform,
          .node_local = facts.node_local,
          .objects = facts.objects,
          .server = facts.server.address(),
          .names = names_of(facts.service_entries, suffix),
          .settings = settings};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string object_name(const Json& object) {
  return object.is_object() ? to_string(ref_of(object)) : std::string();
}

}  // namespace mesh::dns
