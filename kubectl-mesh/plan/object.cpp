#include "plan/object.hpp"

#include "base/digest.hpp"
#include "plan/diff.hpp"

namespace mesh {

Json without_volatile(const Json& object) {
  Json content = object;
  content.erase("status");
  if (content.contains("metadata")) {
    for (const char* field : {"managedFields", "resourceVersion", "generation", "uid",
                              "creationTimestamp", "selfLink"}) {
      content["metadata"].erase(field);
    }
  }
  return content;
}

std::string content_hash(const Json& object) {
  Json content = without_volatile(object);
  if (is_secret(object)) content.erase("data");
  return sha256_hex(to_text(content));
}

bool is_secret(const Json& object) {
  return object.is_object() && object.value("kind", "") == "Secret" &&
         object.value("apiVersion", "") == "v1";
}

std::string metadata_text(const Json& object, const char* field) {
  const Json value = object.value(Json::json_pointer(std::string("/metadata/") + field), Json());
  return value.is_string() ? value.get<std::string>() : "";
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
    if (safe["metadata"].contains("annotations")) {
      safe["metadata"]["annotations"].erase("kubectl.kubernetes.io/last-applied-configuration");
    }
  }
  if (!is_secret(object)) return safe;
  for (const char* part : {"data", "stringData"}) {
    if (!safe.contains(part) || !safe[part].is_object()) continue;
    for (Json& value : safe[part]) value = fingerprint(to_text(value));
  }
  return safe;
}

}  // namespace mesh
