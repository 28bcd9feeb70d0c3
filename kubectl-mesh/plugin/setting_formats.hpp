#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mesh/documents.hpp"

namespace mesh {

/// Visits each value that has the format in the schema, however deep, with its name:
/// "servers.first". A format stands in `properties`, `items` or `additionalProperties`.
template <typename Value>
void each_of_format(const Json& schema, Value& value, std::string_view format,
                    const std::function<void(const std::string& name, Value& value)>& use,
                    const std::string& name = {}) {
  if (!schema.is_object()) return;
  if (schema.value("format", Json()) == format) return use(name, value);
  if (value.is_array()) {
    for (auto& entry : value)
      each_of_format<Value>(schema.value("items", Json()), entry, format, use, name);
  }
  if (!value.is_object()) return;
  const Json properties = schema.value("properties", Json::object());
  const Json others = schema.value("additionalProperties", Json());
  for (auto& entry : value.items()) {
    const std::string inner = name.empty() ? entry.key() : name + "." + entry.key();
    each_of_format<Value>(properties.value(entry.key(), others), entry.value(), format, use, inner);
  }
}

}  // namespace mesh
