#pragma once

#include "mesh/helm_driver.hpp"

// What Helm refuses to take into a release: an object of the chart that is in the cluster already,
// without Helm's marks of that very release (helm.sh/helm, pkg/action/validate.go).

namespace mesh::helm {

/// Throws Failure("refused") that names such objects of the chart, and the ways on. With `adopt`
/// only objects of another release are refused; the answer is then what helm has to be told to take
/// the others over: --take-ownership, which it has since 3.17, and from Helm 4 on
/// --force-conflicts, since the fields have owners, too. Empty: there is nothing to take over.
std::vector<std::string> adoption_arguments(const DriverRequest& request, bool adopt,
                                            const Host& host);

}  // namespace mesh::helm
