#pragma once

#include <string>

#include "secret_text.hpp"

#include "mesh/extension.hpp"

namespace mesh::certs {

/// A file that the operator named: at most 1 MiB. Throws Failure("invalid-input") that says whether
/// it is missing, a folder, unreadable or too large.
SecretText read_small_file(const std::string& path);

/// What opens and protects the authority's keys, from its settings passphrase-file, passphrase-env
/// or ask-passphrase; empty if none is given. `fresh`: a new one, which is asked for twice.
SecretText passphrase_of(const Json& settings, const Host& host, bool fresh = false);
/// Their rows in a strategy's JSON Schema.
void add_passphrase_settings(Json& schema);

}  // namespace mesh::certs
