#pragma once

#include <string>

#include "cli/invocation.hpp"
#include "cli/style.hpp"
#include "mesh/documents.hpp"

namespace mesh {

/// What a column's pointer leads to; null if that is nothing, or the pointer is none.
Json value_at(const Json& item, const std::string& pointer);
/// A value as a cell: escaped, lists parted by commas, "<none>" for nothing.
std::string cell_text(const Json& value);
/// The report's items under its columns, the wide ones only for -o wide.
std::string report_table(const Report& report, OutputFormat format, const Style& style);

}  // namespace mesh
