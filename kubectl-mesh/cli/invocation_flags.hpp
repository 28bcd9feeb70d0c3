#pragma once

#include <string>
#include <vector>

#include "cli/arguments.hpp"

namespace mesh {

inline constexpr const char* k_dry_run = "dry-run";

/// Checks the values of `flags` and writes them into `parsed.invocation`: the verb's own options
/// typed, the host's into their fields, and the line as it may be shown. Throws Failure("usage").
void fill_invocation(const std::vector<GivenFlag>& flags, Parsed& parsed);

/// Throws Failure("usage") for a word that is none.
OutputFormat read_format(const std::string& word);

}  // namespace mesh
