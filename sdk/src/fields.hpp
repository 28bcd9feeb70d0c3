#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mesh/json.hpp"

// Fields of our documents: one that is left out means its default, one of another type throws.

namespace mesh {

inline std::string text_at(const Json& document, const char* name, std::string fallback = {}) {
  return document.value(name, std::move(fallback));
}

inline std::vector<std::string> texts_at(const Json& document, const char* name) {
  return document.value(name, std::vector<std::string>());
}

}  // namespace mesh
