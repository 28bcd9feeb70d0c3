#include "cli/table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_gap = 3;

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    line += cells[at] + std::string(widths[at] - display_width(cells[at]) + k_gap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string to_table(const std::vector<std::string>& headers,
                     const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::string& header : headers) widths.push_back(display_width(header));
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      widths[at] = std::max(widths[at], display_width(row[at]));
    }
  }
  std::string text = line_of(headers, widths);
  for (const std::vector<std::string>& row : rows) text += line_of(row, widths);
  return text;
}

}  // namespace mesh
