#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

// Compiled once, in the SDK's library, and not again in every file that has a document.
extern template class nlohmann::basic_json<>;

namespace mesh {

using Json = nlohmann::json;

/// How deep a document may nest. Deeper ones would overflow the stack when they are copied or
/// freed.
inline constexpr int k_json_depth_max = 64;

/// Parses one JSON value with everything a stranger's text needs: bounded depth, valid UTF-8, no
/// trailing bytes. Throws Failure("invalid-document") that says what `what` is and where it breaks.
Json parse_json(std::string_view text, std::string_view what, int depth_max = k_json_depth_max);

/// The same of a text that may be something else: null if it is no such value.
Json json_or_null(std::string_view text);

/// One line of JSON; never throws on bytes that are not UTF-8, they become U+FFFD.
std::string to_text(const Json& document);

}  // namespace mesh
