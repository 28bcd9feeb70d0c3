#pragma once

#include <optional>
#include <string>

namespace mesh {

/// The number that a resource quantity stands for: "500m" and "0.5" are the same to Kubernetes, and
/// so are "1Gi" and "1024Mi". nullopt if it is none.
std::optional<long double> quantity(const std::string& text);

}  // namespace mesh
