#include "look_up.hpp"

namespace mesh::dns {

const Json& at(const Json& object, const std::string& pointer) {
  static const Json k_nothing;
  const Json::json_pointer place(pointer);
  return object.contains(place) ? object.at(place) : k_nothing;
}

std::string text_at(const Json& object, const std::string& pointer) {
  const Json& value = at(object, pointer);
  return value.is_string() ? value.get<std::string>() : "";
}

const Json& list_at(const Json& object, const std::string& pointer) {
  static const Json k_empty = Json::array();
  const Json& value = at(object, pointer);
  return value.is_array() ? value : k_empty;
}

bool contains(const Json& live, const Json& wanted) {
  if (wanted.is_object()) {
    if (!live.is_object()) return false;
    for (const auto& [key, value] : wanted.items()) {
      const auto there = live.find(key);
      if (there == live.end() || !contains(*there, value)) return false;
    }
    return true;
  }
  if (wanted.is_array()) {
    if (!live.is_array() || live.size() != wanted.size()) return false;
    for (std::size_t index = 0; index < wanted.size(); ++index) {
      if (!contains(live[index], wanted[index])) return false;
    }
    return true;
  }
  return live == wanted;
}

std::string pointer_step(std::string key) {
  for (std::size_t place = 0; (place = key.find_first_of("~/", place)) != std::string::npos;
       place += 2) {
    key.replace(place, 1, key[place] == '~' ? "~0" : "~1");
  }
  return key;
}

}  // namespace mesh::dns
