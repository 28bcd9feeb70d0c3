#include <algorithm>

#include "base/text.hpp"
#include "cli/output.hpp"

namespace mesh {

namespace {

std::string row_text(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t at = 0; at < row.size(); ++at) {
    line += row[at];
    if (at + 1 < row.size()) line += std::string(widths[at] - display_width(row[at]) + 3, ' ');
  }
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

}  // namespace

std::string to_table(const std::vector<std::string>& headers,
                     const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& header : headers) widths.push_back(display_width(header));
  for (const auto& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      widths[at] = std::max(widths[at], display_width(row[at]));
    }
  }
  std::string text = row_text(headers, widths);
  for (const auto& row : rows) text += row_text(row, widths);
  return text;
}

}  // namespace mesh
