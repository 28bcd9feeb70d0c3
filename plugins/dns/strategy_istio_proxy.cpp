#include "facts.hpp"
#include "look_up.hpp"
#include "strategies.hpp"

// The sidecars answer by themselves; the cluster's DNS stays as it is. What it takes is mesh
// config, which belongs to Istio's installation.

namespace mesh::dns {

namespace {

constexpr int k_proxy_score = 90;
constexpr const char* k_setting =
    "meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE=\"true\"";

/// The value of a key in mesh config, which is YAML: `ISTIO_META_DNS_CAPTURE: "true"`.
std::string value_of(const std::string& config, const std::string& key) {
  for (std::size_t begin = 0; begin < config.size();) {
    const std::size_t end = std::min(config.find('\n', begin), config.size());
    std::string line = config.substr(begin, end - begin);
    begin = end + 1;
    line.erase(0, line.find_first_not_of(" \t\"'{"));
    if (!line.starts_with(key)) continue;
    std::string value = line.substr(key.size());
    value.erase(0, std::min(value.find_first_not_of(" :\"'"), value.size()));
    return value.substr(0, value.find_first_of(" \"'#,}\r"));
  }
  return {};
}

bool captures(const DnsRequest& request) {
  return value_of(text_at(object_in(request, "mesh"), "/data/mesh"), "ISTIO_META_DNS_CAPTURE") ==
         "true";
}

class IstioProxy : public DnsStrategy {
 public:
  Extension describe() const override {
    return strategy_named("istio-proxy", "sidecars answer themselves; the cluster's DNS stays",
                          false);
  }

  DnsFit fit(const DnsRequest& request, const Host&) override {
    if (captures(request))
      return {.score = k_proxy_score, .why = "its sidecars answer DNS themselves", .hint = {}};
    return {.score = 1, .why = "its sidecars are not told to answer DNS", .hint = {}};
  }

  DnsLook look(const DnsRequest& request, const Host&) override {
    if (!captures(request)) return {};
    return {.present = true, .targets = {}, .where = object_name(object_in(request, "mesh"))};
  }

  Plan plan(const DnsRequest& request, const Host&) override {
    require_no_settings(request);
    Plan plan;
    if (captures(request)) return plan;
    plan.notes.push_back(
        {Severity::warning, request.cluster,
         std::string("sidecars answer DNS only if Istio is installed with ") + k_setting +
             " and the workloads are restarted then; nothing else is needed, and nothing is "
             "written here"});
    return plan;
  }

  /// It is a setting of Istio's installation, and may be there for other reasons.
  Plan remove(const DnsRequest&, const Host&) override { return {}; }
};

}  // namespace

ExtensionPtr make_istio_proxy() {
  return std::make_unique<IstioProxy>();
}

}  // namespace mesh::dns
