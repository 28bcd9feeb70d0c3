#include "unit/fake_api.hpp"

#include <algorithm>

#include "kube/status.hpp"

namespace mesh::test {

namespace {

using Path = std::vector<std::string>;

bool is_identity(const Path& path) {
  return path.size() == 1 ? path[0] == "apiVersion" || path[0] == "kind" || path[0] == "status"
                          : path[0] == "metadata" &&
                                (path[1] == "name" || path[1] == "namespace" || path[1] == "uid" ||
                                 path[1] == "resourceVersion" || path[1] == "managedFields" ||
                                 path[1] == "generation" || path[1] == "creationTimestamp");
}

void each_leaf(const Json& value, Path& path,
               const std::function<void(const Path&, const Json&)>& take) {
  if (!path.empty() && path[0] == "status") return;
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, below] : value.items()) {
      path.push_back(key);
      if (!is_identity(path)) each_leaf(below, path, take);
      path.pop_back();
    }
  } else if (!path.empty()) {
    take(path, value);
  }
}

std::vector<std::pair<Path, Json>> leaves_of(const Json& object) {
  std::vector<std::pair<Path, Json>> leaves;
  Path path;
  if (object.is_object())
    each_leaf(object, path,
              [&](const Path& at, const Json& value) { leaves.emplace_back(at, value); });
  return leaves;
}

const Json* find(const Json& object, const Path& path, const char* prefix) {
  const Json* at = &object;
  for (const std::string& key : path) {
    if (!at->is_object() || !at->contains(prefix + key)) return nullptr;
    at = &(*at)[prefix + key];
  }
  return at;
}

void put(Json& object, const Path& path, const char* prefix, const Json& value) {
  Json* at = &object;
  for (const std::string& key : path) at = &(*at)[prefix + key];
  *at = value;
}

/// And the maps around it that are empty then.
void erase(Json& object, const Path& path, const char* prefix, std::size_t depth = 0) {
  if (!object.is_object()) return;
  const std::string key = prefix + path[depth];
  if (!object.contains(key)) return;
  if (depth + 1 < path.size()) erase(object[key], path, prefix, depth + 1);
  if (depth + 1 == path.size() || object[key].empty()) object.erase(key);
}

Json& entry_of(Json& object, const Write& write) {
  Json& entries = object["metadata"]["managedFields"];
  if (!entries.is_array()) entries = Json::array();
  for (Json& entry : entries) {
    if (entry["manager"] == write.manager && entry["operation"] == write.operation) return entry;
  }
  entries.push_back({{"manager", write.manager},
                     {"operation", write.operation},
                     {"time", write.time},
                     {"fieldsV1", Json::object()}});
  return entries.back();
}

void drop_empty_entries(Json& object) {
  if (!object["metadata"].contains("managedFields")) return;
  Json kept = Json::array();
  for (const Json& entry : object["metadata"]["managedFields"]) {
    if (!entry["fieldsV1"].empty()) kept.push_back(entry);
  }
  object["metadata"]["managedFields"] = kept;
}

}  // namespace

Json updated(const Json& live, Json wanted, const Write& write) {
  // Empty maps are not stored.
  if (wanted.contains("data") && wanted["data"].empty()) wanted.erase("data");
  if (live.is_object() && live["metadata"].contains("managedFields"))
    wanted["metadata"]["managedFields"] = live["metadata"]["managedFields"];
  std::vector<Path> changed;
  for (const auto& [path, value] : leaves_of(wanted)) {
    const Json* before = live.is_object() ? find(live, path, "") : nullptr;
    if (before == nullptr || *before != value) changed.push_back(path);
  }
  for (const auto& [path, value] : leaves_of(live)) {
    if (find(wanted, path, "") == nullptr) changed.push_back(path);
  }
  for (Json& entry : wanted["metadata"]["managedFields"]) {
    for (const Path& path : changed) erase(entry["fieldsV1"], path, "f:");
  }
  for (const Path& path : changed) {
    if (find(wanted, path, "") == nullptr) continue;
    Json& entry = entry_of(wanted, write);
    entry["time"] = write.time;
    put(entry["fieldsV1"], path, "f:", Json::object());
  }
  drop_empty_entries(wanted);
  return wanted;
}

Json applied(const Json& live, const Json& object, const Write& write) {
  Json result = live.is_null() ? Json{{"apiVersion", object["apiVersion"]},
                                      {"kind", object["kind"]},
                                      {"metadata", Json::object()}}
                               : live;
  for (const char* field : {"name", "namespace"}) {
    if (object["metadata"].contains(field)) result["metadata"][field] = object["metadata"][field];
  }
  std::vector<FieldConflict> conflicts;
  const auto leaves = leaves_of(object);
  const auto others_own = [&](const Path& path, const Json* value) {
    for (const Json& entry : result["metadata"].value("managedFields", Json::array())) {
      const bool own = entry["manager"] == write.manager;
      if (own || find(entry["fieldsV1"], path, "f:") == nullptr) continue;
      if (value == nullptr) return true;
      const Json* there = find(result, path, "");
      if (there == nullptr || *there == *value) continue;
      std::string dotted;
      for (const std::string& key : path) dotted += "." + key;
      conflicts.push_back({entry["manager"], dotted});
    }
    return false;
  };
  for (const auto& [path, value] : leaves) others_own(path, &value);
  if (!conflicts.empty()) {
    throw ConflictFailure(
        {.code = "conflict", .message = "conflict", .hint = {}, .cluster = {}, .object = {}},
        conflicts);
  }
  // What was applied before and is not wanted any more goes, unless another manager has it too.
  Json& before = entry_of(result, write)["fieldsV1"];
  for (const auto& [path, value] : leaves_of(live)) {
    const bool dropped = find(before, path, "f:") != nullptr && find(object, path, "") == nullptr;
    if (dropped && !others_own(path, nullptr)) erase(result, path, "");
  }
  Json fields = Json::object();
  for (const auto& [path, value] : leaves) {
    put(result, path, "", value);
    put(fields, path, "f:", Json::object());
  }
  Json& entry = entry_of(result, write);
  entry["fieldsV1"] = fields;
  entry["time"] = write.time;
  for (Json& other : result["metadata"]["managedFields"]) {
    if (other["manager"] != write.manager || other["operation"] == write.operation) continue;
    for (const auto& [path, value] : leaves) erase(other["fieldsV1"], path, "f:");
  }
  drop_empty_entries(result);
  return result;
}

}  // namespace mesh::test
