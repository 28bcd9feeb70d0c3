#pragma once

#include <string>

#include "mesh/documents.hpp"

namespace mesh {

/// What an operator would call the object's content: without status and what the server counts or
/// stamps.
Json without_volatile(const Json& object);
/// SHA-256 of that content; of a Secret without its values, which a hash could betray.
std::string content_hash(const Json& object);
bool is_secret(const Json& object);
/// metadata.FIELD, "" if absent.
std::string metadata_text(const Json& object, const char* field);

}  // namespace mesh
