#pragma once

#include <string>

#include "mesh/documents.hpp"

namespace mesh {

/// Checks as JUnit XML, as CI systems read it: a suite per cluster, a case per check; a warning
/// passes and says so, a cluster that could not be asked is a case with an error.
/// Format: https://github.com/testmoapp/junitxml
std::string junit_text(const Report& report);

}  // namespace mesh
