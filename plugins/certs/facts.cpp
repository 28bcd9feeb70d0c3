#include "facts.hpp"

#include <algorithm>
#include <array>

#include "namespace.hpp"

#include "mesh/lookup.hpp"

namespace mesh::certs {

namespace {

constexpr const char* k_managed_by = "/metadata/labels/app.kubernetes.io~1managed-by";

struct FileRow {
  std::string_view FileNames::*name;
  std::string SigningSet::*part;
};
constexpr std::array<FileRow, 3> k_files{{{&FileNames::ca_cert, &SigningSet::ca_cert},
                                          {&FileNames::cert_chain, &SigningSet::cert_chain},
                                          {&FileNames::root_cert, &SigningSet::root_cert}}};
constexpr std::string_view k_crl_file = "ca-crl.pem";

/// Whatever shape the document has: an answer that lacks something says nothing.
const Json& at(const Json& object, const std::string& pointer) {
  static const Json k_nothing;
  const Json::json_pointer place(pointer);
  return object.contains(place) ? object.at(place) : k_nothing;
}

std::string text_at(const Json& object, const std::string& pointer) {
  const Json& value = at(object, pointer);
  return value.is_string() ? value.get<std::string>() : "";
}

Json list_at(const Json& object, const std::string& pointer) {
  const Json& value = at(object, pointer);
  return value.is_array() ? value : Json::array();
}

/// When an object was last written, as far as it says.
std::string changed_at(const Json& object) {
  std::string time = text_at(object, "/metadata/creationTimestamp");
  for (const Json& entry : list_at(object, "/metadata/managedFields"))
    time = std::max(time, text_at(entry, "/time"));
  return time;
}

void take_secret(ClusterFacts& facts, const ReadResult& result) {
  if (!result.found) return;
  facts.found = true;
  facts.ours = text_at(result.object, k_managed_by) == "kubectl-mesh";
  facts.uid = text_at(result.object, "/metadata/uid");
  facts.created = text_at(result.object, "/metadata/creationTimestamp");
  facts.changed = changed_at(result.object);

  const auto content = [&](std::string_view key) {
    return from_base64(text_at(result.object, "/data/" + std::string(key)));
  };
  const auto file = [&](std::string_view key) {
    std::string text = content(key);
    const bool told = std::find(facts.missing.begin(), facts.missing.end(), key) !=
                      facts.missing.end();  // tls.crt is the chain, too
    if (text.empty() && !told) facts.missing.emplace_back(key);
    return text;
  };
  facts.files = names_read(at(result.object, "/data"));
  for (const FileRow& row : k_files) facts.set.*row.part = file(facts.files.*row.name);
  facts.set.ca_key = SecretText(file(facts.files.ca_key));
  const std::string unread =
      facts.files == k_tls_names ? content(k_istio_names.ca_cert) : std::string();
  facts.shadowed = !unread.empty() && unread != facts.set.ca_cert;
  if (facts.files == k_istio_names) facts.crl = content(k_crl_file);
}

/// What Go's strconv.ParseBool takes for false.
bool is_false(const std::string& text) {
  constexpr std::array<const char*, 6> k_words{"0", "f", "F", "false", "FALSE", "False"};
  return std::find(k_words.begin(), k_words.end(), text) != k_words.end();
}

/// Of istiod's environment; pilot/pkg/bootstrap/server.go, maybeCreateCA.
std::string signer_of(const std::map<std::string, std::string>& environment) {
  const auto value = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  if (value("EXTERNAL_CA") == "ISTIOD_RA_KUBERNETES_API") {
    const std::string signer = value("K8S_SIGNER");
    return "Kubernetes' certificates API" + (signer.empty() ? "" : " (" + signer + ")");
  }
  if (!is_false(value("ENABLE_CA_SERVER"))) return "";
  const std::string address = value("CA_ADDR");
  return address.empty() ? "another CA (istiod has ENABLE_CA_SERVER=false)" : address;
}

IstiodPod istiod_of(const Json& pod) {
  std::map<std::string, std::string> environment;
  for (const Json& container : list_at(pod, "/spec/containers")) {
    for (const Json& variable : list_at(container, "/env"))
      environment[text_at(variable, "/name")] = text_at(variable, "/value");
  }
  return {.started = text_at(pod, "/status/startTime"),
          .multi_root = environment["ISTIO_MULTIROOT_MESH"] == "true",
          .signer = signer_of(environment),
          .owner = owner_of(pod)};
}

void take_pods(ClusterFacts& facts, const ReadResult& result) {
  for (const Json& pod : list_at(result.object, "/items")) {
    // What was evicted or is on its way out signs nothing any more.
    if (!is_gone(pod)) facts.istiod.push_back(istiod_of(pod));
  }
}

void take_config_maps(ClusterFacts& facts, const ReadResult& result) {
  for (const Json& map : list_at(result.object, "/items")) {
    if (text_at(map, "/metadata/name") != "istio-ca-root-cert") continue;
    const std::string name_space = text_at(map, "/metadata/namespace");
    facts.root_config_maps[name_space] = text_at(map, "/data/root-cert.pem");
    facts.roots_changed[name_space] = changed_at(map);
  }
}

Read read_of(const std::string& cluster, const char* kind, const std::string& name_space,
             const std::string& name, const char* labels = "") {
  return {.cluster = cluster,
          .object = {"v1", kind, name_space, name},
          .labels = labels,
          .limit = 500,
          .next = {}};
}

struct ReadRow {
  ReadResult ClusterAnswers::*answer;
  Depth depth;  ///< the least at which it is read
  Read (*read)(const std::string& cluster, const std::string& name_space);
};
constexpr std::array<ReadRow, 5> k_reads{
    {{&ClusterAnswers::secret, Depth::set,
      [](const std::string& cluster, const std::string& name_space) {
        return read_of(cluster, "Secret", name_space, "cacerts");
      }},
     {&ClusterAnswers::pods, Depth::set,
      [](const std::string& cluster, const std::string& name_space) {
        return read_of(cluster, "Pod", name_space, "", "app=istiod");
      }},
     {&ClusterAnswers::istio_namespace, Depth::set,
      [](const std::string& cluster, const std::string& name_space) {
        return read_of(cluster, "Namespace", "", name_space);
      }},
     {&ClusterAnswers::self_signed, Depth::spread,
      [](const std::string& cluster, const std::string& name_space) {
        return read_of(cluster, "Secret", name_space, "istio-ca-secret");
      }},
     {&ClusterAnswers::config_maps, Depth::spread,
      [](const std::string& cluster, const std::string&) {
        return read_of(cluster, "ConfigMap", "", "", "istio.io/config=true");
      }}}};

/// The pages after the first, of all clusters at once: big clusters have many namespaces.
void read_further(const Host& host, std::vector<ClusterAnswers>& all) {
  for (;;) {
    std::vector<Read> reads;
    std::vector<ClusterAnswers*> whose;
    for (ClusterAnswers& answers : all) {
      if (answers.config_maps.problem || answers.config_maps.next.empty()) continue;
      reads.push_back(k_reads.back().read(answers.cluster, answers.name_space));
      reads.back().next = answers.config_maps.next;
      whose.push_back(&answers);
    }
    if (reads.empty()) return;
    const std::vector<ReadResult> pages = host.read(reads);
    for (std::size_t at = 0; at < pages.size(); ++at) {
      ReadResult& so_far = whose[at]->config_maps;
      so_far.problem = pages[at].problem;
      so_far.next = pages[at].next;
      for (const Json& item : list_at(pages[at].object, "/items"))
        so_far.object["items"].push_back(item);
    }
  }
}

/// Many proxies hold the same roots: each text is read once.
class CertificateCache {
 public:
  const std::vector<Certificate>& of(const std::string& pem) {
    static const std::vector<Certificate> k_none;
    if (pem.find_first_not_of(" \r\n\t") == std::string::npos) return k_none;
    const auto known = m_read.find(pem);
    if (known != m_read.end()) return known->second;
    return m_read.emplace(pem, read_certificates(pem, "what the proxy holds")).first->second;
  }

 private:
  std::map<std::string, std::vector<Certificate>> m_read;
};

SeenProxy seen_proxy(const ProxyState& state, CertificateCache& certificates) {
  SeenProxy seen{.proxy = state.proxy,
                 .unread = state.unread,
                 .chain = {},
                 .roots = {},
                 .passes_through = state.passes_through};
  if (!state.holds || state.passes_through) return seen;
  try {
    seen.chain = certificates.of(state.holds->chain);
    seen.roots = certificates.of(state.holds->roots);
  } catch (const Failure& failure) {
    seen.unread = failure.problem().message;
  }
  return seen;
}

void take_proxies(const Host& host, const Look& look, std::vector<ClusterFacts>& all) {
  ProxyLook wanted{.clusters = {}, .sample = look.sample, .ask = look.ask};
  std::vector<ClusterFacts*> whose;
  for (ClusterFacts& facts : all) {
    if (facts.problem) continue;
    wanted.clusters.push_back(facts.cluster);
    whose.push_back(&facts);
  }
  const std::vector<ClusterProxies> read = read_proxies(host, wanted);
  CertificateCache certificates;
  for (std::size_t at = 0; at < read.size(); ++at) {
    const bool forbidden = read[at].problem && read[at].problem->code == "forbidden";
    (forbidden ? whose[at]->unlisted : whose[at]->problem) = read[at].problem;
    for (const ProxyState& state : read[at].proxies)
      whose[at]->proxies.push_back(seen_proxy(state, certificates));
  }
}

void take_workloads(const Host& host, std::vector<ClusterFacts>& all) {
  constexpr std::array<const char*, 3> k_kinds{"Deployment", "StatefulSet", "DaemonSet"};
  std::vector<Read> reads;
  std::vector<ClusterFacts*> whose;
  for (ClusterFacts& facts : all) {
    if (facts.problem || (facts.proxies.empty() && facts.istiod.empty())) continue;
    for (const char* kind : k_kinds)
      reads.push_back(lookup::list_of(facts.cluster, "apps/v1", kind));
    reads.push_back(lookup::list_of(facts.cluster, "policy/v1", "PodDisruptionBudget"));
    whose.insert(whose.end(), k_kinds.size() + 1, &facts);
  }
  const auto problems = lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    const std::string& kind = reads[at].object.kind;
    for (const Json& item : items) {
      if (kind == "PodDisruptionBudget") {
        whose[at]->budgets.push_back(budget_of(item));
      } else {
        whose[at]->workloads.push_back(workload_of(kind, item));
      }
    }
  });
  for (std::size_t at = 0; at < problems.size(); ++at) {
    if (problems[at] && !whose[at]->problem) whose[at]->problem = problems[at];
  }
}

}  // namespace

ClusterFacts facts_of(const ClusterAnswers& answers) {
  ClusterFacts facts;
  facts.cluster = answers.cluster;
  facts.name_space = answers.name_space;
  for (const ReadRow& row : k_reads) {
    if ((answers.*row.answer).problem && !facts.problem)
      facts.problem = (answers.*row.answer).problem;
  }
  if (facts.problem) return facts;
  take_secret(facts, answers.secret);
  take_pods(facts, answers.pods);
  facts.namespace_found = answers.istio_namespace.found;
  facts.namespace_ours = text_at(answers.istio_namespace.object, k_managed_by) == "kubectl-mesh";
  facts.namespace_ending =
      text_at(answers.istio_namespace.object, "/status/phase") == "Terminating";
  facts.self_signed_secret = answers.self_signed.found;
  take_config_maps(facts, answers.config_maps);
  return facts;
}

std::vector<ClusterFacts> read_facts(const Host& host, const Look& look) {
  std::vector<Read> reads;
  std::vector<ReadResult ClusterAnswers::*> places;
  for (const ReadRow& row : k_reads) {
    if (row.depth <= look.depth) places.push_back(row.answer);
  }
  for (const std::string& cluster : look.clusters) {
    for (const ReadRow& row : k_reads) {
      if (row.depth <= look.depth) reads.push_back(row.read(cluster, look.name_space));
    }
  }
  std::vector<ReadResult> results = host.read(reads);
  std::vector<ClusterAnswers> all(look.clusters.size());
  for (std::size_t index = 0; index < look.clusters.size(); ++index) {
    all[index].cluster = look.clusters[index];
    all[index].name_space = look.name_space;
    for (std::size_t at = 0; at < places.size(); ++at)
      all[index].*places[at] = std::move(results[index * places.size() + at]);
  }
  read_further(host, all);
  std::vector<ClusterFacts> facts;
  for (const ClusterAnswers& answers : all) facts.push_back(facts_of(answers));
  if (look.depth >= Depth::proxies) take_proxies(host, look, facts);
  if (look.depth >= Depth::workloads) take_workloads(host, facts);
  return facts;
}

Time now_of(const Host& host) {
  return std::chrono::floor<std::chrono::seconds>(host.now());
}

ObjectRef secret_ref(const std::string& name_space) {
  return {"v1", "Secret", name_space, "cacerts"};
}

std::string other_signer(const ClusterFacts& facts) {
  const auto found = std::find_if(facts.istiod.begin(), facts.istiod.end(),
                                  [](const IstiodPod& pod) { return !pod.signer.empty(); });
  return found == facts.istiod.end() ? "" : found->signer;
}

std::string secret_name(const ClusterFacts& facts) {
  return to_string(secret_ref(facts.name_space));
}

Json secret_object(const std::string& name_space, const SigningSet& set) {
  Json data = Json::object();
  for (const FileRow& row : k_files) data[k_istio_names.*row.name] = base64(set.*row.part);
  data[k_istio_names.ca_key] = base64(set.ca_key.reveal());
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "Opaque"},
          {"metadata",
           {{"name", "cacerts"},
            {"namespace", name_space},
            {"labels", {{"app.kubernetes.io/managed-by", "kubectl-mesh"}}}}},
          {"data", data}};
}

Json namespace_object(const std::string& name_space) {
  Json object = parse_json(k_namespace_manifest, "the namespace manifest");
  object["metadata"]["name"] = name_space;
  return object;
}

}  // namespace mesh::certs
