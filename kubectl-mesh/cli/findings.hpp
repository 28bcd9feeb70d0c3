#pragma once

#include <string>

#include "cli/invocation.hpp"
#include "cli/style.hpp"
#include "mesh/documents.hpp"

namespace mesh {

/// The kind of report that mesh::report_of makes out of findings.
inline constexpr const char* k_finding_list = "FindingList";

/// Checks for people: a row each, how to mend what is wrong, and how many there are of what.
std::string findings_text(const Report& report, OutputFormat format, const Style& style);

}  // namespace mesh
