#pragma once

#include "requests.hpp"

namespace mesh::inject {

Plan enable(const CommandRequest&, const Host&);
Plan disable(const CommandRequest&, const Host&);
Plan restart(const CommandRequest&, const Host&);
Report status(const CommandRequest&, const Host&);

// The same as functions of what was seen.
Plan plan_enable(const Asked& asked, const std::vector<ClusterFacts>& all);
Plan plan_disable(const Asked& asked, const std::vector<ClusterFacts>& all);
Plan plan_restart(const Asked& asked, const std::vector<ClusterFacts>& all);
Report status_of(const Asked& asked, const std::vector<ClusterFacts>& all);

ExtensionPtr make_command();
ExtensionPtr make_check();
ExtensionPtr make_overview();

}  // namespace mesh::inject
