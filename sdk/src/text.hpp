#pragma once

#include <string>
#include <string_view>

#include "mesh/plugin.h"

// Between the C ABI's texts and sinks and C++ strings.

namespace mesh::detail {

inline mesh_text text_of(std::string_view text) {
  return {text.data(), text.size()};
}

inline std::string_view view_of(mesh_text text) {
  return text.len == 0 ? std::string_view() : std::string_view(text.ptr, text.len);
}

/// A sink that appends to `target`, which must outlive it; refuses more than MESH_DOCUMENT_MAX.
mesh_sink sink_of(std::string& target);

}  // namespace mesh::detail
