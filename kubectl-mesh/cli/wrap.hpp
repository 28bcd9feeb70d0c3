#pragma once

#include <string>
#include <string_view>

namespace mesh {

/// Paragraphs (parted by empty lines; single newlines are kept) broken at spaces so that no line
/// passes column 80, each line behind `indent` spaces. Ends with a newline.
std::string wrapped(std::string_view text, std::size_t indent);

}  // namespace mesh
