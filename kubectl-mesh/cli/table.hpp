#pragma once

#include <string>
#include <vector>

namespace mesh {

/// kubectl's table: upper-case headers, three spaces, no borders. Cells hold what may be shown.
std::string to_table(const std::vector<std::string>& headers,
                     const std::vector<std::vector<std::string>>& rows);

}  // namespace mesh
