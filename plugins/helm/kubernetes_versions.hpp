#pragma once

#include <string>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh::helm {

/// How an Istio stands to a Kubernetes.
struct VersionFit {
  Severity severity = Severity::pass;  ///< skipped: it is not known
  std::string evidence;
  std::string fix;
};

/// "1.31.0" or any tag that begins so, "v1.36.4".
VersionFit version_fit(const std::string& istio, const std::string& kubernetes);

/// The newest Istio that is not refused on any of these Kubernetes, as "1.30.0"; "": there is none.
std::string version_for(const std::vector<std::string>& kubernetes);

/// The number behind the first dot: 31 of "1.31.0"; -1: there is none.
int minor_of(const std::string& version);

}  // namespace mesh::helm
