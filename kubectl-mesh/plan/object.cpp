#include "plan/object.hpp"

#include "base/digest.hpp"
#include "plan/diff.hpp"

namespace mesh {

namespace {

constexpr const char* k_last_applied = "kubectl.kubernetes.io/last-applied-configuration";

void erase_last_applied(Json& object) {
  const bool annotated = object.contains("metadata") && object["metadata"].is_object() &&
                         object["metadata"].contains("annotations") &&
                         object["metadata"]["annotations"].is_object();
  if (annotated) object["metadata"]["annotations"].erase(k_last_applied);
}

const Json* place_of(const Json& object, const std::string& pointer) {
  try {
    const Json::json_pointer place(pointer);
    return object.contains(place) ? &object.at(place) : nullptr;
  } catch (const Json::out_of_range&) {
    return nullptr;  // an index beyond all lists
  } catch (const Json::parse_error&) {
    throw Failure("plugin-fault", "\"" + pointer + "\" is not a JSON pointer");
  }
}

}  // namespace

Json without_volatile(const Json& object) {
  Json content = object;
  if (!content.is_object()) return content;
  content.erase("status");
  if (content.contains("metadata") && content["metadata"].is_object()) {
    for (const char* field : {"managedFields", "resourceVersion", "generation", "uid",
                              "creationTimestamp", "selfLink"}) {
      content["metadata"].erase(field);
    }
  }
  return content;
}

bool is_secret(const Json& object) {
  return text_at(object, "/kind") == "Secret" && text_at(object, "/apiVersion") == "v1";
}

Json find_at(const Json& object, const std::string& pointer) {
  const Json* value = place_of(object, pointer);
  return value == nullptr ? Json() : *value;
}

std::string text_at(const Json& object, const std::string& pointer) {
  const Json* value = place_of(object, pointer);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::vector<std::string> steps_of(const std::string& pointer) {
  std::vector<std::string> steps;
  for (Json::json_pointer rest(pointer); !rest.empty(); rest.pop_back())
    steps.insert(steps.begin(), rest.back());
  return steps;
}

std::string pointer_step(std::string key) {
  for (std::size_t at = 0; (at = key.find_first_of("~/", at)) != std::string::npos; at += 2) {
    key.replace(at, 1, key[at] == '~' ? "~0" : "~1");
  }
  return key;
}

std::string metadata_text(const Json& object, const char* field) {
  return text_at(object, std::string("/metadata/") + field);
}

bool is_ending(const Json& object) {
  return !metadata_text(object, "deletionTimestamp").empty();
}

Json redacted(const Json& object) {
  if (object.is_array()) {
    Json list = Json::array();
    for (const Json& entry : object) list.push_back(redacted(entry));
    return list;
  }
  if (!object.is_object()) return object;
  Json safe = object;
  if (safe.contains("metadata") && safe["metadata"].is_object()) {
    safe["metadata"].erase("managedFields");
  }
  erase_last_applied(safe);
  if (!is_secret(object)) return safe;
  for (const char* part : {"data", "stringData"}) {
    if (!safe.contains(part)) continue;
    Json& values = safe[part];
    if (!values.is_object()) values = Json{{"", values}};  // no Secret, but whose fault is that
    for (Json& value : values) value = fingerprint(to_text(value));
  }
  return safe;
}

}  // namespace mesh
