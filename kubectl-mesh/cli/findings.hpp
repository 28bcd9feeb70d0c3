#pragma once

#include <string>

#include "cli/invocation.hpp"
#include "cli/style.hpp"
#include "mesh/documents.hpp"

namespace mesh {

/// The kind of report that mesh::report_of makes out of findings.
inline constexpr const char* k_finding_list = "FindingList";

/// Whom a finding is about: a cluster, or the plugin that was judged. Empty: the mesh.
std::string subject_of(const Json& finding);

/// Checks for people: a row each, how to mend what is wrong, and how many there are of what.
std::string findings_text(const Report& report, OutputFormat format, const Style& style);

}  // namespace mesh
