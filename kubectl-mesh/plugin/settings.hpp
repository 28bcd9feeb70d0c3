#pragma once

#include <filesystem>

#include "mesh/documents.hpp"

namespace mesh {

/// The request with its `settings` as the extension's schema has them: a text from --set becomes
/// the number or truth value that is wanted, and what does not fit is refused here, before any
/// plugin runs. References to secrets become their values (plugin/secret_settings.hpp). Throws
/// Failure("invalid-input") naming the setting. An extension without a schema, or a request without
/// settings, is left as it is.
Json with_settings(const Extension& extension, const Json& request);

/// Settings as the operator wrote them, each file that the schema names ("format": "path", however
/// deep) and each `file:` of a secret made absolute: from `folder` on, or from the home folder for
/// "~/". An URL stays.
Json with_absolute_paths(const Json& schema, Json settings, const std::filesystem::path& folder);

/// The files that the operator names in the request's settings: those with "format": "path".
std::vector<std::string> files_named(const Extension& extension, const Json& request);

}  // namespace mesh
