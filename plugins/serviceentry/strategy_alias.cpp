#include <algorithm>

#include "alias.hpp"
#include "names.hpp"
#include "strategies.hpp"

namespace mesh::serviceentry {

namespace {

class AliasStrategy : public ExposureStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "exposure/1";
    extension.name = "alias";
    extension.summary = "A name of its own per exported service, by ServiceEntry";
    extension.settings = {{"type", "object"}, {"properties", alias_settings_schema()}};
    return extension;
  }

  Plan sync(const ExposureRequest& request, const Host& host) override {
    return plan_aliases(
        request, read_alias_facts(host, request.clusters, request.istio_namespace, Depth::all));
  }

  Plan remove(const ExposureRequest& request, const Host& host) override {
    return plan_alias_removal(request, read_alias_facts(host, readable_clusters(request),
                                                        request.istio_namespace, Depth::ours));
  }

  Report list(const ExposureRequest& request, const Host& host) override {
    return alias_list(
        request, read_alias_facts(host, request.clusters, request.istio_namespace, Depth::all));
  }
};

}  // namespace

AliasSettings alias_settings(const Json& settings) {
  AliasSettings wanted;
  wanted.pool = pool_range(settings.value("pool", std::string("240.0.0.0/16")));
  wanted.cluster_domain = settings.value("cluster-domain", wanted.cluster_domain);
  if (!is_host(wanted.cluster_domain) && !is_label(wanted.cluster_domain))
    throw Failure("invalid-input", "cluster-domain \"" + wanted.cluster_domain + "\" is no domain",
                  "it is cluster.local unless the clusters were made with another");
  return wanted;
}

Json alias_settings_schema() {
  return {
      {"pool",
       {{"type", "string"}, {"description", "where virtual addresses come from: 240.0.0.0/16"}}},
      {"cluster-domain",
       {{"type", "string"}, {"description", "of the exporting clusters: cluster.local"}}}};
}

ExtensionPtr make_alias() {
  return std::make_unique<AliasStrategy>();
}

}  // namespace mesh::serviceentry
