#pragma once

#include <string>

#include "mesh/host.hpp"

// Reading documents of any shape: what is not there says nothing.

namespace mesh::helm {

inline const Json& value_at(const Json& object, const std::string& pointer) {
  static const Json k_nothing;
  const Json::json_pointer place(pointer);
  return object.contains(place) ? object.at(place) : k_nothing;
}

inline std::string text_at(const Json& object, const std::string& pointer) {
  const Json& value = value_at(object, pointer);
  return value.is_string() ? value.get<std::string>() : "";
}

inline Json list_at(const Json& object, const std::string& pointer) {
  const Json& value = value_at(object, pointer);
  return value.is_array() ? value : Json::array();
}

inline Json items_of(const ReadResult& list) {
  return list_at(list.object, "/items");
}

}  // namespace mesh::helm
