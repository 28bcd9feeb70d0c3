#include <algorithm>
#include <set>

#include "checks.hpp"

namespace mesh::serviceentry {

namespace {

std::set<std::string> ports_of(const SeenService& service) {
  std::set<std::string> ports;
  for (const SeenPort& port : service.ports) {
    ports.insert((port.name.empty() ? "" : port.name + " ") + std::to_string(port.number) + "/" +
                 (port.transport.empty() ? "TCP" : port.transport));
  }
  return ports;
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

std::string kind_of(const SeenService& service) {
  if (service.type == "ExternalName") return "ExternalName";
  return service.headless ? "headless" : "with a cluster address";
}

/// "" or how two Services of one name differ in what istiod merges.
std::string difference(const SeenService& here, const SeenService& there) {
  if (here.stub || there.stub) return "";  // told by the row before
  if (kind_of(here) != kind_of(there)) return kind_of(here) + " here, " + kind_of(there) + " there";
  if (ports_of(here) == ports_of(there)) return "";
  return "ports here " + joined(ports_of(here)) + ", there " + joined(ports_of(there));
}

/// Each pair is judged once, in the later of the two clusters.
Verdict alike(const Subject& s) {
  for (const CheckFacts& other : s.all) {
    if (other.cluster == s.facts.cluster) break;
    for (const auto& [key, there] : other.services) {
      const auto here = s.facts.services.find(key);
      if (here == s.facts.services.end()) continue;
      const std::string what = difference(here->second, there);
      if (!what.empty())
        return {Severity::failure,
                "Service " + key + " is not that of " + other.cluster + ": " + what,
                "make them alike, or rename one: calls go to the pods of both"};
    }
  }
  return {Severity::pass, std::to_string(s.facts.services.size()) + " compared", ""};
}

bool has_namespace(const CheckFacts& facts, const std::string& name_space) {
  return std::any_of(facts.services.begin(), facts.services.end(),
                     [&](const auto& entry) { return entry.second.name_space == name_space; });
}

bool is_shared(const std::string& name_space, const std::string& istio_namespace) {
  return !name_space.starts_with("kube-") && name_space != istio_namespace;
}

bool is_export(const Subject& s, const std::string& key) {
  return std::any_of(s.request.exports.begin(), s.request.exports.end(), [&](const Export& one) {
    return one.cluster != s.facts.cluster && one.name_space + "/" + one.service == key;
  });
}

const SeenService* service_in(const Subject& s, const std::string& cluster,
                              const std::string& key) {
  for (const CheckFacts& facts : s.all) {
    const auto found = facts.services.find(key);
    if (facts.cluster == cluster && found != facts.services.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

/// The cluster's DNS answers for Services of its own only.
Verdict names_known(const Subject& s) {
  if (!s.discovery) return {Severity::skipped, "the mesh is of mode alias", ""};
  const std::string fix = "kubectl mesh serviceentry sync --contexts " + s.facts.cluster;
  std::size_t count = 0;
  std::size_t stubs = 0;
  for (const Export& one : s.request.exports) {
    if (one.cluster == s.facts.cluster) continue;
    const std::string key = one.name_space + "/" + one.service;
    const SeenService* original = service_in(s, one.cluster, key);
    if (original == nullptr) continue;  // of a namespace of Kubernetes or Istio
    const SeenService* here = service_in(s, s.facts.cluster, key);
    ++count;
    if (here == nullptr)
      return {Severity::failure,
              "there is no Service " + key + " as in " + one.cluster +
                  ": its name does not resolve here",
              fix};
    if (!here->stub) continue;
    ++stubs;
    const std::string what = stub_difference(*here, *original);
    if (!what.empty())
      return {Severity::failure,
              "the stub " + key + " is not as the Service in " + one.cluster + ": it has " + what,
              fix};
  }
  if (count == 0) return {Severity::skipped, "nothing is exported to it", ""};
  return {Severity::pass,
          std::to_string(count) + " known, " + std::to_string(stubs) + " of them by a stub", ""};
}

void read_sameness(const Host& host, const Asked& asked, std::vector<CheckFacts>& all) {
  std::vector<Read> reads;
  for (const CheckFacts& facts : all)
    reads.push_back(lookup::list_of(facts.cluster, "v1", "Service"));
  lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& item : items) {
      SeenService seen = seen_service(item);
      if (is_shared(seen.name_space, asked.istio_namespace))
        all[at].services[seen.key()] = std::move(seen);
    }
  });
}

Verdict same_services(const Subject& s) {
  if (!s.discovery) return {Severity::skipped, "the mesh is of mode alias", ""};
  const Verdict verdict = alike(s);
  if (verdict.severity != Severity::pass) return verdict;
  for (const CheckFacts& other : s.all) {
    for (const auto& [key, there] : other.services) {
      if (s.facts.services.contains(key) || !has_namespace(s.facts, there.name_space) ||
          there.stub || is_export(s, key))
        continue;
      return {
          Severity::warning,
          "there is no Service " + key + " as in " + other.cluster + ": its name is not found here",
          "if pods here are to call it: kubectl mesh serviceentry export --service " + key +
              " --from " + other.cluster};
    }
  }
  return verdict;
}

}  // namespace mesh::serviceentry
