#pragma once

#include "mesh/exposure.hpp"

namespace mesh::serviceentry {

ExtensionPtr make_alias();
ExtensionPtr make_discovery();

/// Whether the request is about that cluster, too.
bool asks_for(const ExposureRequest& request, const std::string& cluster);
/// All that can be read: those to work on, and for a removal also the others that lead there.
std::vector<std::string> readable_clusters(const ExposureRequest& request);
Action application(const std::string& cluster, Json object, const std::string& reason);

}  // namespace mesh::serviceentry
