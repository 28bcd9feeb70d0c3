#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "mesh/documents.hpp"

namespace mesh {

/// What a word on the command line means to an option, as it is sent to a plugin: text, duration
/// and path as strings, number as an integer, flag as a boolean. Throws Failure("usage") that says
/// what the option wants.
Json read_option(const Option& option, const std::string& word);

/// A whole number, all of the text; nullopt for anything else.
std::optional<std::int64_t> read_number(const std::string& text);

/// What kubectl takes for a timeout: "0", whole seconds ("5"), or Go's form ("1m30s", "500ms").
/// nullopt for anything else.
std::optional<std::chrono::milliseconds> read_timeout(const std::string& text);

/// Whether a name says that its value is nobody's business: --token, --key-passphrase, --set
/// vaultToken=...
bool is_secret_name(const std::string& name);

}  // namespace mesh
