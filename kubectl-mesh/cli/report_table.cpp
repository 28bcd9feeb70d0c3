#include "cli/report_table.hpp"

#include "base/text.hpp"
#include "cli/table.hpp"

namespace mesh {

Json value_at(const Json& item, const std::string& pointer) {
  try {
    const Json::json_pointer place(pointer);
    return item.contains(place) ? item.at(place) : Json();
  } catch (const Json::exception&) {
    return {};  // a plugin wrote the pointer; one bad column is no reason to show nothing
  }
}

std::string cell_text(const Json& value) {
  if (value.is_null()) return "<none>";
  if (value.is_string()) return escape_terminal(value.get_ref<const std::string&>());
  if (!value.is_array()) return escape_terminal(to_text(value));
  std::vector<std::string> parts;
  for (const Json& entry : value) parts.push_back(cell_text(entry));
  return parts.empty() ? "<none>" : join(parts, ",");
}

std::string report_table(const Report& report, OutputFormat format, const Style& style) {
  std::vector<std::string> headers;
  std::vector<std::vector<std::string>> rows(report.items.size());
  for (const Column& column : report.columns) {
    if (column.wide && format != OutputFormat::wide) continue;
    headers.push_back(escape_terminal(column.title));
    for (std::size_t at = 0; at < rows.size(); ++at) {
      rows[at].push_back(cell_text(value_at(report.items[at], column.pointer)));
    }
  }
  const std::string text = to_table(headers, rows);
  return style.headers ? text : text.substr(text.find('\n') + 1);
}

}  // namespace mesh
