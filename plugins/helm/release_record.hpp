#pragma once

#include "mesh/documents.hpp"

// What Helm keeps of a revision in its Secret `sh.helm.release.v1.NAME.vREVISION`: gzipped JSON in
// base64 (helm.sh/helm, pkg/storage/driver/util.go).

namespace mesh::helm {

/// The Secret of a revision in the namespace of its release.
ObjectRef record_of(const std::string& name_space, const std::string& release,
                    std::int64_t revision);

/// Whether the API server merged what this revision applied, as Helm 4 asks it to; Helm 3 merges by
/// itself. False for a Secret that cannot be read as such a record.
bool was_applied_by_server(const Json& secret);

}  // namespace mesh::helm
