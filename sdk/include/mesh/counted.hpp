#pragma once

#include <cstddef>
#include <string>

namespace mesh {

/// "1 pod", "2 pods"; `many` where the plural is not the singular with an s.
inline std::string counted(std::size_t count, const std::string& one,
                           const std::string& many = {}) {
  return std::to_string(count) + " " + (count == 1 ? one : many.empty() ? one + "s" : many);
}

}  // namespace mesh
