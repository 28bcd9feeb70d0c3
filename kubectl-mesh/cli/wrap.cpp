#include "cli/wrap.hpp"

#include "base/text.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_columns = 80;

std::string wrapped_line(std::string_view text, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string lines;
  std::string line;
  for (const std::string& word : split(text, ' ')) {
    if (word.empty()) continue;
    const bool full = indent + display_width(line) + 1 + display_width(word) > k_columns;
    if (!line.empty() && full) {
      lines += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return lines + (line.empty() ? "" : margin + line) + "\n";
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  for (const std::string& line : split(text, '\n')) lines += wrapped_line(line, indent);
  return lines;
}

}  // namespace mesh
