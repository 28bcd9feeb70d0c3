#include "plan/merge_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "plan/quantity.hpp"

namespace mesh {

namespace {

// Lists of maps that Kubernetes merges by keys, for objects whose managedFields do not tell.
struct ListRow {
  std::string_view list;
  std::string_view key;   ///< each item has it
  std::string_view more;  ///< the second key, if there is one
};
constexpr std::array<ListRow, 13> k_lists{
    {{"containers", "name", ""},
     {"initContainers", "name", ""},
     {"env", "name", ""},
     {"ports", "containerPort", "protocol"},
     {"ports", "port", "protocol"},
     {"volumes", "name", ""},
     {"volumeMounts", "mountPath", ""},
     {"ownerReferences", "uid", ""},
     {"imagePullSecrets", "name", ""},
     {"hostAliases", "ip", ""},
     {"topologySpreadConstraints", "topologyKey", "whenUnsatisfiable"},
     {"webhooks", "name", ""},
     {"secrets", "name", ""}}};

// What the server fills in where it may: also in lists that are replaced whole.
struct DefaultRow {
  std::string_view field;
  const char* value;
};
constexpr std::array<DefaultRow, 5> k_defaults{
    {{"protocol", "TCP"}, {"apiVersion", "v1"}, {"scope", "*"}, {"type", ""}, {"name", ""}}};

bool is_default(const std::string& field, const Json& value) {
  if (value.is_null()) return true;
  return std::any_of(k_defaults.begin(), k_defaults.end(), [&](const DefaultRow& row) {
    return row.field == field && value == row.value;
  });
}

Json key_value(const Json& item, const std::string& key) {
  const auto found = item.find(key);
  if (found != item.end()) return *found;
  return key == "protocol" ? Json("TCP") : Json();
}

std::vector<Json> key_values(const Json& item, const Keys& keys) {
  std::vector<Json> values;
  for (const std::string& key : keys) values.push_back(key_value(item, key));
  return values;
}

}  // namespace

bool may_vanish(const std::string& name, const Json& value) {
  constexpr std::array<std::string_view, 6> k_names{"labels",     "annotations", "data",
                                                    "binaryData", "finalizers",  "ownerReferences"};
  // The empty value of an environment variable or a toleration is no value.
  if (name == "value" && value == "") return true;
  return value.is_structured() && value.empty() &&
         std::find(k_names.begin(), k_names.end(), name) != k_names.end();
}

bool same_quantity(const Json& desired, const Json& live, const std::string& pointer) {
  const bool resource = pointer.find("/limits/") != std::string::npos ||
                        pointer.find("/requests/") != std::string::npos ||
                        pointer.ends_with("/sizeLimit") || pointer.ends_with("/storage");
  if (!resource || !live.is_string() || !(desired.is_string() || desired.is_number())) return false;
  const std::string text = desired.is_string() ? desired.get<std::string>() : desired.dump();
  const auto wanted = quantity(text);
  const auto found = quantity(live.get<std::string>());
  return wanted && found && std::abs(*wanted - *found) <= std::abs(*wanted) * 1e-12L;
}

bool same(const Json& desired, const Json& live) {
  if (desired.is_object() && live.is_object()) {
    return std::all_of(desired.items().begin(), desired.items().end(),
                       [&](const auto& field) {
                         const auto found = live.find(field.key());
                         return same(field.value(), found == live.end() ? Json() : *found);
                       }) &&
           std::all_of(live.items().begin(), live.items().end(), [&](const auto& field) {
             return desired.contains(field.key()) || is_default(field.key(), field.value());
           });
  }
  if (desired.is_array() && live.is_array()) {
    return std::equal(desired.begin(), desired.end(), live.begin(), live.end(), same);
  }
  return desired == live;
}

Keys keys_of(const Json& fields, const std::string& name, const Json& desired) {
  for (const auto& [key, below] : fields.items()) {
    if (!key.starts_with("k:")) continue;
    const Json example = json_or_null(key.substr(2));
    Keys keys;
    if (example.is_object()) {
      for (const auto& [part, value] : example.items()) keys.push_back(part);
    }
    return keys;
  }
  for (const ListRow& row : k_lists) {
    const auto has_key = [&](const Json& item) {
      return item.is_object() && item.contains(std::string(row.key));
    };
    if (row.list != name || !std::all_of(desired.begin(), desired.end(), has_key)) continue;
    Keys keys{std::string(row.key)};
    if (!row.more.empty()) keys.emplace_back(row.more);
    return keys;
  }
  return {};
}

Json::const_iterator item_like(const Json& list, const Json& wanted, const Keys& keys) {
  return std::find_if(list.begin(), list.end(), [&](const Json& item) {
    return item.is_object() && wanted.is_object() &&
           key_values(item, keys) == key_values(wanted, keys);
  });
}

std::optional<std::size_t> ItemIndex::find(const Json& wanted, const Keys& keys) const {
  if (!wanted.is_object()) return std::nullopt;
  const auto [known, is_new] = m_by_keys.try_emplace(keys);
  if (is_new) {
    for (std::size_t place = 0; place < size(); ++place) {
      if (m_list[place].is_object()) known->second.emplace(key_values(m_list[place], keys), place);
    }
  }
  const auto found = known->second.find(key_values(wanted, keys));
  return found == known->second.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> ItemIndex::find(const Json& value) const {
  if (m_by_value.empty()) {
    for (std::size_t place = 0; place < size(); ++place) m_by_value.emplace(m_list[place], place);
  }
  const auto found = m_by_value.find(value);
  return found == m_by_value.end() ? std::nullopt : std::optional(found->second);
}

bool is_set(const Json& fields) {
  for (const auto& [key, below] : fields.items()) {
    if (key.starts_with("v:")) return true;
  }
  return false;
}

}  // namespace mesh
