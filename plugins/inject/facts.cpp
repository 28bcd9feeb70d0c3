#include "facts.hpp"

#include <algorithm>

#include "mesh/base64.hpp"
#include "mesh/lookup.hpp"

namespace mesh::inject {

namespace {

constexpr std::size_t k_few_namespaces = 3;

const Json* proxy_of(const Json& pod) {
  // A native sidecar is an init container.
  for (const char* list : {"/spec/containers", "/spec/initContainers"}) {
    for (const Json& container : lookup::list(pod, list)) {
      if (lookup::text(container, "/name") == k_proxy) return &container;
    }
  }
  return nullptr;
}

std::string variable(const Json& container, const std::string& name) {
  for (const Json& entry : lookup::list(container, "/env")) {
    if (lookup::text(entry, "/name") == name) return lookup::text(entry, "/value");
  }
  return {};
}

/// istiod's ConfigMaps: the root that it spreads, the values that it injects with, and the mesh's
/// configuration, of which only the text is taken here.
void take_config(ClusterFacts& facts, const Json& object) {
  const std::string name = lookup::text(object, "/metadata/name");
  if (name == "istio-ca-root-cert") facts.root = lookup::text(object, "/data/root-cert.pem");
  std::string revision = lookup::text(object, "/metadata/labels/" + lookup::step(k_revision));
  if (revision.empty()) revision = "default";
  const std::string mesh = lookup::text(object, "/data/mesh");
  if (mesh.find("discoverySelectors") != std::string::npos) facts.discovery[revision] = mesh;
  if (!name.starts_with("istio-sidecar-injector")) return;
  const Json values = json_or_null(lookup::text(object, "/data/values"));
  facts.injectors[revision] = {.cluster = lookup::text(values, "/global/multiCluster/clusterName"),
                               .network = lookup::text(values, "/global/network"),
                               .mesh = lookup::text(values, "/global/meshID")};
}

/// As a Service takes it; a pod that says nothing of its conditions yet counts by its phase.
bool is_ready(const Json& pod) {
  if (is_gone(pod)) return false;
  for (const Json& condition : lookup::list(pod, "/status/conditions")) {
    if (lookup::text(condition, "/type") == "Ready")
      return lookup::text(condition, "/status") == "True";
  }
  return lookup::text(pod, "/status/phase") == "Running";
}

class Reader {
 public:
  Reader(const Host& host, const Look& look) : m_host(host), m_look(look) {
    for (const std::string& cluster : look.clusters) {
      ClusterFacts facts;
      facts.cluster = cluster;
      m_all.push_back(std::move(facts));
    }
  }

  std::vector<ClusterFacts> read() {
    read_cluster_wide();
    read_selectors();
    read_services();
    read_namespaced();
    return std::move(m_all);
  }

 private:
  struct Wanted {
    ClusterFacts* facts;
    void (*take)(ClusterFacts&, const Json&, const std::string& kind);
  };

  void want(ClusterFacts& facts, Read read,
            void (*take)(ClusterFacts&, const Json&, const std::string&)) {
    m_reads.push_back(std::move(read));
    m_wanted.push_back({&facts, take});
  }

  void fetch() {
    const auto problems =
        lookup::each_page(m_host, m_reads, [&](std::size_t at, const Json& items) {
          for (const Json& item : items)
            m_wanted[at].take(*m_wanted[at].facts, item, m_reads[at].object.kind);
        });
    for (std::size_t at = 0; at < problems.size(); ++at) {
      std::optional<Problem>& problem = m_wanted[at].facts->problem;
      if (problems[at] && !problem) problem = problems[at];
    }
    m_reads.clear();
    m_wanted.clear();
  }

  void read_cluster_wide() {
    for (ClusterFacts& facts : m_all) {
      want(facts, lookup::list_of(facts.cluster, "v1", "Namespace"),
           [](ClusterFacts& into, const Json& object, const std::string&) {
             SeenNamespace seen = seen_namespace(object);
             into.namespaces[seen.name] = std::move(seen);
           });
      want(facts,
           lookup::list_of(facts.cluster, "admissionregistration.k8s.io/v1",
                           "MutatingWebhookConfiguration", "", "app=sidecar-injector"),
           [](ClusterFacts& into, const Json& object, const std::string&) {
             for (Webhook& hook : seen_webhooks(object)) into.webhooks.push_back(std::move(hook));
           });
      want(facts, lookup::list_of(facts.cluster, "v1", "Pod", m_look.istio_namespace, "app=istiod"),
           [](ClusterFacts& into, const Json& pod, const std::string&) {
             const std::string image = lookup::text(pod, "/spec/containers/0/image");
             if (!image_version(image).empty()) into.versions.insert(image_version(image));
             into.istiod.push_back(pod);
           });
      want(facts, lookup::list_of(facts.cluster, "v1", "ConfigMap", m_look.istio_namespace),
           [](ClusterFacts& into, const Json& object, const std::string&) {
             take_config(into, object);
           });
    }
    fetch();
  }

  /// The mesh's configuration is YAML, which the host reads.
  void read_selectors() {
    for (ClusterFacts& facts : m_all) {
      for (auto& [revision, entry] : facts.discovery) entry = selectors_in(facts, entry);
    }
  }

  Json selectors_in(const ClusterFacts& facts, const std::string& text) const try {
    const std::vector<Json> documents = m_host.parse_yaml(text, "mesh of " + facts.cluster);
    return documents.empty() ? Json() : lookup::list(documents.front(), "/discoverySelectors");
  } catch (const Failure&) {
    return {};  // nor can istiod read it: it keeps the one before
  }

  /// What the webhooks call: a revision that was removed may have left its webhook.
  void read_services() {
    std::vector<Read> reads;
    std::vector<std::pair<ClusterFacts*, std::string>> whose;
    for (ClusterFacts& facts : m_all) {
      std::set<std::string> services;
      for (const Webhook& hook : facts.webhooks) {
        if (hook.service.empty() || !services.insert(hook.service).second) continue;
        const std::size_t slash = hook.service.find('/');
        reads.push_back({.cluster = facts.cluster,
                         .object = {"v1", "Service", hook.service.substr(0, slash),
                                    hook.service.substr(slash + 1)},
                         .labels = {},
                         .next = {}});
        whose.emplace_back(&facts, hook.service);
      }
    }
    const std::vector<ReadResult> services = m_host.read(reads);
    for (std::size_t at = 0; at < reads.size(); ++at) {
      const bool served = is_served(*whose[at].first, reads[at], services[at]);
      for (Webhook& hook : whose[at].first->webhooks) {
        if (hook.service == whose[at].second) hook.served = served;
      }
    }
  }

  /// Who may not read it, and what is served from outside of the cluster, is not judged.
  bool is_served(const ClusterFacts& facts, const Read& read, const ReadResult& service) const {
    if (service.problem) return true;
    if (!service.found) return false;
    const Labels selector = labels_of(lookup::value(service.object, "/spec/selector"));
    if (selector.empty()) return true;
    const auto app = selector.find("app");
    const bool is_listed = read.object.name_space == m_look.istio_namespace &&
                           app != selector.end() && app->second == "istiod";
    if (is_listed) {
      return std::any_of(facts.istiod.begin(), facts.istiod.end(), [&](const Json& pod) {
        return is_ready(pod) && selects({{"matchLabels", selector}},
                                        labels_of(lookup::value(pod, "/metadata/labels")));
      });
    }
    bool found = false;
    const auto problems = lookup::each_page(
        m_host,
        {lookup::list_of(facts.cluster, "v1", "Pod", read.object.name_space, text_of(selector))},
        [&](std::size_t, const Json& pods) {
          found = found || std::any_of(pods.begin(), pods.end(), is_ready);
        });
    return found || problems.front().has_value();
  }

  /// A few namespaces are listed one by one, many by one list over the cluster.
  void read_namespaced() {
    for (ClusterFacts& facts : m_all) {
      if (facts.problem) continue;
      std::vector<std::string> names;
      for (const auto& [name, seen] : facts.namespaces) {
        const bool named = std::find(m_look.namespaces.begin(), m_look.namespaces.end(), name) !=
                           m_look.namespaces.end();
        if (m_look.namespaces.empty() ? m_look.which(seen) : named) names.push_back(name);
      }
      if (names.size() > k_few_namespaces) {
        m_only[facts.cluster] = {names.begin(), names.end()};
        names = {""};
      }
      for (const std::string& name : names) want_namespaced(facts, name);
    }
    fetch();
    for (ClusterFacts& facts : m_all) drop_others(facts);
  }

  void want_namespaced(ClusterFacts& facts, const std::string& name) {
    want(facts, lookup::list_of(facts.cluster, "v1", "Pod", name),
         [](ClusterFacts& into, const Json& pod, const std::string&) {
           if (!is_gone(pod)) into.pods.push_back(seen_pod(pod));
         });
    if (!m_look.workloads) return;
    for (const char* kind : {"Deployment", "StatefulSet", "DaemonSet"}) {
      want(facts, lookup::list_of(facts.cluster, "apps/v1", kind, name),
           [](ClusterFacts& into, const Json& object, const std::string& of) {
             into.workloads.push_back(workload_of(of, object));
           });
    }
    want(facts, lookup::list_of(facts.cluster, "policy/v1", "PodDisruptionBudget", name),
         [](ClusterFacts& into, const Json& object, const std::string&) {
           into.budgets.push_back(budget_of(object));
         });
  }

  void drop_others(ClusterFacts& facts) {
    const auto only = m_only.find(facts.cluster);
    if (only == m_only.end()) return;
    const auto other = [&](const auto& one) { return !only->second.contains(one.name_space); };
    std::erase_if(facts.pods, other);
    std::erase_if(facts.workloads, other);
    std::erase_if(facts.budgets, other);
  }

  const Host& m_host;
  const Look& m_look;
  std::vector<ClusterFacts> m_all;
  std::vector<Read> m_reads;
  std::vector<Wanted> m_wanted;
  std::map<std::string, std::set<std::string>> m_only;
};

}  // namespace

SeenNamespace seen_namespace(const Json& object) {
  SeenNamespace seen;
  seen.name = lookup::text(object, "/metadata/name");
  seen.uid = lookup::text(object, "/metadata/uid");
  seen.labels = labels_of(lookup::value(object, "/metadata/labels"));
  seen.has_labels = lookup::value(object, "/metadata/labels").is_object();
  seen.has_annotations = lookup::value(object, "/metadata/annotations").is_object();
  const Json& before = lookup::value(object, "/metadata/annotations/" + lookup::step(k_before));
  seen.ours = before.is_string();
  if (seen.ours) seen.before = before.get<std::string>();
  seen.ending = lookup::text(object, "/status/phase") == "Terminating";
  seen.owner = owner_of_object(object);
  return seen;
}

SeenPod seen_pod(const Json& pod) {
  SeenPod seen;
  seen.name_space = lookup::text(pod, "/metadata/namespace");
  seen.name = lookup::text(pod, "/metadata/name");
  seen.labels = labels_of(lookup::value(pod, "/metadata/labels"));
  seen.host_network = lookup::value(pod, "/spec/hostNetwork") == true;
  seen.refuses =
      lookup::text(pod, "/metadata/annotations/" + lookup::step(k_pod_inject)) == "false";
  const PodOwner owner = owner_of(pod);
  seen.workload_kind = owner.kind;
  seen.workload = owner.name;
  const Json* proxy = proxy_of(pod);
  if (proxy == nullptr) return seen;
  seen.injected = true;
  seen.revision = lookup::text(pod, "/metadata/annotations/" + lookup::step(k_revision));
  seen.version = image_version(lookup::text(*proxy, "/image"));
  seen.settings = ProxySettings{.cluster = variable(*proxy, "ISTIO_META_CLUSTER_ID"),
                                .network = variable(*proxy, "ISTIO_META_NETWORK"),
                                .mesh = variable(*proxy, "ISTIO_META_MESH_ID")};
  return seen;
}

std::vector<Webhook> seen_webhooks(const Json& configuration) {
  std::vector<Webhook> hooks;
  const std::string labels = "/metadata/labels/";
  for (const Json& entry : lookup::list(configuration, "/webhooks")) {
    Webhook hook;
    hook.configuration = lookup::text(configuration, "/metadata/name");
    hook.revision = lookup::text(configuration, labels + lookup::step(k_revision));
    hook.tag = lookup::text(configuration, labels + lookup::step("istio.io/tag"));
    hook.namespaces = lookup::value(entry, "/namespaceSelector");
    hook.objects = lookup::value(entry, "/objectSelector");
    hook.index = hooks.size();
    hook.fails_closed = lookup::text(entry, "/failurePolicy") != "Ignore";
    const std::string service = lookup::text(entry, "/clientConfig/service/name");
    if (!service.empty())
      hook.service = lookup::text(entry, "/clientConfig/service/namespace") + "/" + service;
    try {
      hook.ca = base64_decode(lookup::text(entry, "/clientConfig/caBundle"));
    } catch (const Failure&) {  // as good as none
    }
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

bool concerned(const SeenNamespace& one) {
  const Saying::Kind kind = saying_of(one.labels).kind;
  return one.ours || kind == Saying::Kind::enabled || kind == Saying::Kind::revision;
}

std::vector<ClusterFacts> read_facts(const Host& host, const Look& look) {
  return Reader(host, look).read();
}

}  // namespace mesh::inject
