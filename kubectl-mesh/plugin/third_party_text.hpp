#pragma once

#include <string>
#include <string_view>

#include "mesh/json.hpp"
#include "mesh/problem.hpp"

namespace mesh {

struct PluginEntry;

// What a third-party plugin says reaches terminals, CI logs and files. Private keys, tokens and
// what looks like them are masked in it before anything else is done with it, and codes of problems
// that are not in sdk/schemas/problem.json become "failed"; what bundled plugins say stays as it
// is.

std::string said_by(const PluginEntry& plugin, const std::string& text);
Problem said_by(const PluginEntry& plugin, Problem problem);
/// Of a reply of the extension `address`: a report wholly, of a plan what is not carried out. What
/// one plugin answers another (certificates of ca/1, say) stays.
void mask_said(const PluginEntry& plugin, std::string_view address, Json& reply);
/// Only the secrets in it, whosever plugin it is.
void mask_secrets(std::string_view address, Json& reply);

}  // namespace mesh
