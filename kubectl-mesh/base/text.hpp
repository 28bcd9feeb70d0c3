#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mesh {

/// Text from outside made safe for a terminal: C0, C1, ESC, CR, bidi and zero-width characters and
/// broken UTF-8 become visible escapes; newline and tab stay if `multiline`.
std::string escape_terminal(std::string_view text, bool multiline = false);
/// Columns that the text takes on a terminal.
std::size_t display_width(std::string_view utf8);
/// The candidate nearest to a mistyped word, or "" if none is near (edit distance of at most 2, or
/// 3 for long words).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace mesh
