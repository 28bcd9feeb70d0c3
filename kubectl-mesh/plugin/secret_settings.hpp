#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "mesh/documents.hpp"

// Settings with "format": "secret". The operator writes where the value is, `env:NAME` or
// `file:PATH`, and never the value: mesh.yaml is shared, and command lines are seen by others.

namespace mesh {

inline constexpr std::string_view k_secret_format = "secret";
inline constexpr const char* k_secret_remedy =
    "write env:NAME for an environment variable, or file:PATH for a file of mode 0600";

/// "env:NAME" or "file:PATH".
bool is_secret_reference(const Json& value);

/// Why the host could not resolve or mask the secrets of a schema; empty: it can.
std::string secret_misuse(const Json& schema);

/// Throws Failure("invalid-input") naming a secret that is neither a reference nor a value that the
/// host resolved before. The message never has the value.
void require_secret_references(const Json& schema, const Json& settings, const std::string& who);

/// Makes each `file:PATH` absolute, from `folder` on.
void place_secret_files(const Json& schema, Json& settings, const std::filesystem::path& folder);

/// Puts values in the place of references, and keeps them (base/secret_values.hpp). Throws
/// Failure("invalid-input") naming the setting and its reference.
void resolve_secrets(const Json& schema, Json& settings, const std::string& who);

/// The same in a request with its section of mesh.yaml, which another extension of the plugin may
/// describe: a check of a concern gets what the concern gets.
void resolve_shared_secrets(const Manifest& manifest, const Extension& extension, Json& request);

/// The references that the operator wrote. A plugin passes them on to a strategy that the operator
/// chose. One of its own would have the host read what the operator did not name, and one for
/// another extension would give that extension the value.
class SecretReferences {
 public:
  void add(const Json& value);
  /// Throws Failure("refused") naming the setting. `for_it`: the operator chose the extension.
  void require(const Extension& extension, const Json& request, bool for_it) const;

 private:
  std::set<std::string> m_references;
};

}  // namespace mesh
