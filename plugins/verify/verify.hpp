#pragma once

#include "mesh/extension.hpp"

// The concern verify: it has no check of its own, but runs those that plugins contribute (check/1).

namespace mesh::verify {

/// Whether `only` (ids, or what ids begin with: "certs", "certs/same-root") lets a finding through.
bool wanted(const std::vector<std::string>& only, const std::string& id);

/// What all checks found, as one report; `fail_on` is "failure" or "warning".
Report joined(std::vector<Report> parts, const std::vector<std::string>& only,
              const std::string& fail_on);

ExtensionPtr make_command();

}  // namespace mesh::verify
