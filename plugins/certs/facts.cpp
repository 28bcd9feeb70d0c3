#include "facts.hpp"

#include <array>

#include "namespace.hpp"

namespace mesh::certs {

namespace {

constexpr const char* k_namespace = "istio-system";
constexpr const char* k_managed_by = "/metadata/labels/app.kubernetes.io~1managed-by";

struct FileRow {
  const char* key;
  std::string SigningSet::*part;
};
constexpr std::array<FileRow, 4> k_files{{{"ca-cert.pem", &SigningSet::ca_cert},
                                          {"ca-key.pem", &SigningSet::ca_key},
                                          {"cert-chain.pem", &SigningSet::cert_chain},
                                          {"root-cert.pem", &SigningSet::root_cert}}};

std::string text_at(const Json& object, const char* pointer) {
  const Json value = object.value(Json::json_pointer(pointer), Json());
  return value.is_string() ? value.get<std::string>() : "";
}

Read read_one(const std::string& cluster, const char* kind, const char* name_space,
              const char* name) {
  return {.cluster = cluster,
          .object = {"v1", kind, name_space, name},
          .labels = {},
          .limit = 500,
          .next = {}};
}

Read read_list(const std::string& cluster, const char* kind, const char* name_space,
               const char* labels) {
  return {.cluster = cluster,
          .object = {"v1", kind, name_space, ""},
          .labels = labels,
          .limit = 500,
          .next = {}};
}

void take_secret(ClusterFacts& facts, const ReadResult& result) {
  if (!result.found) return;
  facts.found = true;
  facts.ours = text_at(result.object, k_managed_by) == "kubectl-mesh";
  facts.uid = text_at(result.object, "/metadata/uid");
  facts.changed = text_at(result.object, "/metadata/creationTimestamp");
  for (const Json& entry :
       result.object.value(Json::json_pointer("/metadata/managedFields"), Json::array())) {
    facts.changed = std::max(facts.changed, entry.value("time", std::string()));
  }
  const Json data = result.object.value("data", Json::object());
  for (const FileRow& row : k_files) {
    facts.set.*row.part = from_base64(data.value(row.key, std::string()));
    if ((facts.set.*row.part).empty()) facts.missing.emplace_back(row.key);
  }
}

void take_pods(ClusterFacts& facts, const ReadResult& result) {
  for (const Json& pod : result.object.value("items", Json::array())) {
    facts.istiod_started.push_back(text_at(pod, "/status/startTime"));
  }
}

void take_config_maps(ClusterFacts& facts, const ReadResult& result) {
  for (const Json& map : result.object.value("items", Json::array())) {
    if (text_at(map, "/metadata/name") != "istio-ca-root-cert") continue;
    facts.root_config_maps[text_at(map, "/metadata/namespace")] =
        text_at(map, "/data/root-cert.pem");
  }
}

std::vector<Read> reads_for(const std::string& cluster, Depth depth) {
  std::vector<Read> reads{read_one(cluster, "Secret", k_namespace, "cacerts"),
                          read_list(cluster, "Pod", k_namespace, "app=istiod")};
  if (depth == Depth::install) {
    reads.push_back(read_one(cluster, "Namespace", "", k_namespace));
  } else {
    reads.push_back(read_one(cluster, "Secret", k_namespace, "istio-ca-secret"));
    reads.push_back(read_list(cluster, "ConfigMap", "", "istio.io/config=true"));
  }
  return reads;
}

}  // namespace

std::vector<ClusterFacts> read_facts(const Host& host, const std::vector<std::string>& clusters,
                                     Depth depth) {
  std::vector<Read> reads;
  for (const std::string& cluster : clusters) {
    for (Read& read : reads_for(cluster, depth)) reads.push_back(std::move(read));
  }
  const std::vector<ReadResult> results = host.read(reads);
  const std::size_t each = clusters.empty() ? 0 : reads.size() / clusters.size();
  std::vector<ClusterFacts> all;
  for (std::size_t index = 0; index < clusters.size(); ++index) {
    ClusterFacts facts;
    facts.cluster = clusters[index];
    const ReadResult* own = &results[index * each];
    for (std::size_t at = 0; at < each; ++at) {
      if (own[at].problem && !facts.problem) facts.problem = own[at].problem;
    }
    if (!facts.problem) {
      take_secret(facts, own[0]);
      take_pods(facts, own[1]);
      if (depth == Depth::install) {
        facts.namespace_found = own[2].found;
      } else {
        facts.self_signed_secret = own[2].found;
        take_config_maps(facts, own[3]);
      }
    }
    all.push_back(std::move(facts));
  }
  return all;
}

Assessment assess(const ClusterFacts& facts, Time now) {
  using State = Assessment::State;
  Assessment result;
  if (!facts.found) return result;
  const auto is = [&](State state, const std::string& why) {
    result.state = state;
    result.why = why;
    return result;
  };
  if (!facts.missing.empty()) {
    std::string names;
    for (const std::string& name : facts.missing) names += (names.empty() ? "" : ", ") + name;
    return is(State::incomplete, "it lacks " + names);
  }
  try {
    result.signing = read_certificates(facts.set.ca_cert, "ca-cert.pem");
    result.chain = read_certificates(facts.set.cert_chain, "cert-chain.pem");
    result.roots = read_certificates(facts.set.root_cert, "root-cert.pem");
    if (read_key(facts.set.ca_key, "", "ca-key.pem").key_hash != result.signing.front().key_hash) {
      return is(State::mismatched, "ca-key.pem does not belong to ca-cert.pem");
    }
  } catch (const Failure& failure) {
    return is(State::unreadable, failure.problem().message);
  }
  const Certificate& signer = result.signing.front();
  if (signer.not_after <= now)
    return is(State::expired, "ca-cert.pem expired on " + date_text(signer.not_after));
  std::vector<std::string> chain;
  std::vector<std::string> roots;
  for (const Certificate& one : result.chain) chain.push_back(one.pem);
  for (const Certificate& one : result.roots) roots.push_back(one.pem);
  const std::string problem = chain_problem(signer.pem, chain, roots, now);
  if (!problem.empty())
    return is(State::mismatched, "ca-cert.pem does not lead to root-cert.pem: " + problem);
  return is(State::valid, "");
}

ObjectRef secret_ref() {
  return {"v1", "Secret", k_namespace, "cacerts"};
}

Json secret_object(const SigningSet& set) {
  Json data = Json::object();
  for (const FileRow& row : k_files) data[row.key] = base64(set.*row.part);
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "Opaque"},
          {"metadata",
           {{"name", "cacerts"},
            {"namespace", k_namespace},
            {"labels", {{"app.kubernetes.io/managed-by", "kubectl-mesh"}}}}},
          {"data", data}};
}

Json namespace_object() {
  return parse_json(k_namespace_manifest, "the namespace manifest");
}

std::string lower_words(Assessment::State state) {
  constexpr std::array<const char*, 6> k_words{"absent",       "half-written", "unreadable",
                                               "inconsistent", "expired",      "valid"};
  return k_words[static_cast<std::size_t>(state)];
}

}  // namespace mesh::certs
