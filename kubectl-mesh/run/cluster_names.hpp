#pragma once

#include <string>
#include <vector>

namespace mesh {

/// Istio's name for a cluster that nobody named: the context's, made a DNS label. Of one that is
/// too long the last words and a part of its digest.
std::string default_cluster_name(const std::string& context);
/// The same for several, each with a name of its own.
std::vector<std::string> default_cluster_names(const std::vector<std::string>& contexts);

}  // namespace mesh
