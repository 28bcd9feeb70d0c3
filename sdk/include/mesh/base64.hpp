#pragma once

#include <string>
#include <string_view>

namespace mesh {

/// RFC 4648, with padding, in one line: what `data` of a Secret holds.
std::string base64_encode(std::string_view bytes);
/// Whitespace is skipped. Throws Failure("invalid-input").
std::string base64_decode(std::string_view text);

}  // namespace mesh
