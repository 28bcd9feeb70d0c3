#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "plan/diff.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

// Lists of maps that Kubernetes merges by a key, by the name of the list. Others are replaced
// whole.
struct ListKey {
  std::string_view list;
  std::string_view key;
};
constexpr std::array<ListKey, 12> k_list_keys{{{"containers", "name"},
                                               {"initContainers", "name"},
                                               {"env", "name"},
                                               {"volumes", "name"},
                                               {"volumeMounts", "mountPath"},
                                               {"conditions", "type"},
                                               {"ownerReferences", "uid"},
                                               {"imagePullSecrets", "name"},
                                               {"hostAliases", "ip"},
                                               {"topologySpreadConstraints", "topologyKey"},
                                               {"webhooks", "name"},
                                               {"secrets", "name"}}};

std::string_view merge_key(std::string_view list) {
  for (const ListKey& row : k_list_keys) {
    if (row.list == list) return row.key;
  }
  return {};
}

std::string escaped(std::string key) {
  for (std::size_t at = 0; (at = key.find_first_of("~/", at)) != std::string::npos; at += 2) {
    key.replace(at, 1, key[at] == '~' ? "~0" : "~1");
  }
  return key;
}

class Comparison {
 public:
  void values(const Json& desired, const Json& live, const std::string& pointer,
              const std::string& name) {
    if (desired.is_object() && live.is_object()) {
      maps(desired, live, pointer);
    } else if (desired.is_array() && live.is_array() && !merge_key(name).empty()) {
      keyed_lists(desired, live, pointer, std::string(merge_key(name)));
    } else if (desired != live) {
      m_changes.push_back({pointer, live, desired});
    }
  }

  /// Fields that we applied once and no longer want: server-side apply takes them away.
  void dropped(const Json& owned, const Json& desired, const Json& live,
               const std::string& pointer) {
    if (!owned.is_object() || !live.is_object()) return;
    for (const auto& [field, below] : owned.items()) {
      if (!field.starts_with("f:")) continue;
      const std::string key = field.substr(2);
      if (!live.contains(key)) continue;
      const std::string at = pointer + "/" + escaped(key);
      if (!desired.is_object() || !desired.contains(key)) {
        m_changes.push_back({at, live[key], nullptr});
      } else {
        dropped(below, desired[key], live[key], at);
      }
    }
  }

  std::vector<FieldChange> take() { return std::move(m_changes); }

 private:
  void maps(const Json& desired, const Json& live, const std::string& pointer) {
    for (const auto& [key, value] : desired.items()) {
      const auto found = live.find(key);
      values(value, found == live.end() ? Json() : *found, pointer + "/" + escaped(key), key);
    }
  }

  void keyed_lists(const Json& desired, const Json& live, const std::string& pointer,
                   const std::string& key) {
    for (std::size_t index = 0; index < desired.size(); ++index) {
      const Json wanted = desired[index].value(key, Json());
      const auto found = std::find_if(live.begin(), live.end(), [&](const Json& entry) {
        return entry.is_object() && entry.value(key, Json()) == wanted;
      });
      values(desired[index], found == live.end() ? Json() : *found,
             pointer + "/" + std::to_string(index), "");
    }
  }

  std::vector<FieldChange> m_changes;
};

/// The server stores stringData as data.
Json as_stored(Json object) {
  if (!is_secret(object) || !object.contains("stringData")) return object;
  for (const auto& [key, value] : object["stringData"].items()) {
    object["data"][key] = base64_encode(value.get<std::string>());
  }
  object.erase("stringData");
  return object;
}

Json fields_of_ours(const Json& live) {
  for (const Json& entry :
       live.value(Json::json_pointer("/metadata/managedFields"), Json::array())) {
    if (entry.value("manager", "") == "kubectl-mesh" && entry.value("operation", "") == "Apply") {
      return entry.value("fieldsV1", Json::object());
    }
  }
  return Json::object();
}

}  // namespace

std::vector<FieldChange> compare(const Json& desired, const Json& live) {
  const Json wanted = as_stored(desired);
  Comparison comparison;
  comparison.values(wanted, live, "", "");
  comparison.dropped(fields_of_ours(live), wanted, live, "");
  std::vector<FieldChange> changes = comparison.take();
  if (!is_secret(desired)) return changes;
  for (FieldChange& change : changes) {
    if (!change.pointer.starts_with("/data")) continue;
    for (Json* value : {&change.before, &change.after}) {
      if (!value->is_null()) *value = fingerprint(to_text(*value));
    }
  }
  return changes;
}

}  // namespace mesh
