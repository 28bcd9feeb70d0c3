// A check: rows of `kubectl mesh verify`. It only reads, through the host.

#include "mesh/extension.hpp"

namespace {

using mesh::CheckRequest;
using mesh::CheckResult;
using mesh::Extension;
using mesh::Finding;
using mesh::Host;
using mesh::Json;
using mesh::Severity;

// etcd takes no object of more than 1 MiB; three quarters of it are worth a warning.
constexpr std::size_t k_near_limit = 768 * 1024;

class ConfigMapSizes : public mesh::Check {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "check/1";
    extension.name = "@NAME@";
    extension.summary = "ConfigMaps that come near the limit of 1 MiB";
    extension.needs.reads = {"v1/ConfigMap"};
    return extension;
  }

  CheckResult run(const CheckRequest& request, const Host& host) override {
    CheckResult result;
    for (const std::string& cluster : request.clusters) look_at(cluster, host, result);
    return result;
  }

 private:
  static void look_at(const std::string& cluster, const Host& host, CheckResult& result) {
    Finding finding{.id = "@NAME@/config-maps-fit",
                    .cluster = cluster,
                    .title = "no ConfigMap comes near 1 MiB",
                    .evidence = {},
                    .fix = {}};
    mesh::Read page{
        .cluster = cluster,
        .object = {.api_version = "v1", .kind = "ConfigMap", .name_space = {}, .name = {}},
        .labels = {},
        .next = {}};
    do {
      const mesh::ReadResult read = host.read({page}).front();
      if (read.problem) {
        result.problems.push_back(*read.problem);
        return;
      }
      for (const Json& map : read.object.at("items")) judge(map, finding);
      page.next = read.next;
    } while (!page.next.empty());
    result.findings.push_back(finding);
  }

  static void judge(const Json& map, Finding& finding) {
    if (mesh::to_text(map).size() < k_near_limit) return;
    const Json& metadata = map.at("metadata");
    finding.severity = Severity::warning;
    finding.evidence += (finding.evidence.empty() ? "" : ", ") +
                        metadata.value("namespace", std::string()) + "/" +
                        metadata.value("name", std::string());
    finding.fix = "part them, or keep what they hold elsewhere";
  }
};

}  // namespace

MESH_PLUGIN("@NAME@", "0.1.0", "checks ConfigMaps", "Your Name <you@example.com>",
            new ConfigMapSizes)
