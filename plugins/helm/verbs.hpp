#pragma once

#include "facts.hpp"

#include "mesh/overview.hpp"

// The concern helm: rows of verbs, and what each answers with.

namespace mesh::helm {

Plan install(const CommandRequest& request, const Host& host);
Plan upgrade(const CommandRequest& request, const Host& host);
Plan uninstall(const CommandRequest& request, const Host& host);
Report status(const CommandRequest& request, const Host& host);
Report diff(const CommandRequest& request, const Host& host);

/// Of releases and clusters, what installing needs to be planned: pure but for the driver.
Plan plan_install(const std::vector<ClusterFacts>& all, const Wanted& wanted,
                  const CommandRequest& request, const Host& host);

/// istio/... rows.
std::vector<Finding> findings_of(const std::vector<ClusterFacts>& all, const MeshView& mesh);

/// "--repo URL --version V" and the chart's name, as helm takes them.
std::vector<std::string> chart_arguments(const ChartRef& chart);

/// CRDs of a chart's folder `crds` are of no release; Istio's are templates since 1.24.
enum class Definitions { all, of_templates };
/// The rendered objects of a release, by `helm template`. Throws Failure with helm's words.
std::vector<Json> rendered(const DriverRequest& request, const Host& host,
                           Definitions definitions = Definitions::all);

ExtensionPtr make_command();
ExtensionPtr make_check();
ExtensionPtr make_overview();
ExtensionPtr make_helm_driver();
ExtensionPtr make_render_driver();

}  // namespace mesh::helm
