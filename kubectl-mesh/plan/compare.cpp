#include <algorithm>
#include <array>
#include <cmath>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "plan/diff.hpp"
#include "plan/managed_fields.hpp"
#include "plan/object.hpp"
#include "plan/quantity.hpp"

namespace mesh {

namespace {

using Keys = std::vector<std::string>;

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
constexpr std::array<DefaultRow, 5> k_defaults{{{"protocol", "TCP"},
                                                {"apiVersion", "v1"},
                                                {"scope", "*"},
                                                {"type", ""},
                                                {"name", ""}}};

bool is_default(const std::string& field, const Json& value) {
  if (value.is_null()) return true;
  return std::any_of(k_defaults.begin(), k_defaults.end(), [&](const DefaultRow& row) {
    return row.field == field && value == row.value;
  });
}

/// Maps that the server does not keep when they are empty.
bool may_vanish(const std::string& name, const Json& value) {
  constexpr std::array<std::string_view, 6> k_names{"labels",     "annotations", "data",
                                                    "binaryData", "finalizers",  "ownerReferences"};
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

/// Equal, but for what the server fills in: of what is replaced whole.
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

/// The keys by which a list is merged: as managedFields show them, or as the table has it.
Keys keys_of(const Json& fields, const std::string& name, const Json& desired) {
  for (const auto& [key, below] : fields.items()) {
    if (!key.starts_with("k:")) continue;
    const Json example = Json::parse(key.substr(2), nullptr, false);
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

Json key_value(const Json& item, const std::string& key) {
  const auto found = item.find(key);
  if (found != item.end()) return *found;
  return key == "protocol" ? Json("TCP") : Json();
}

/// The item of a list that has these keys, or its end.
Json::const_iterator item_like(const Json& list, const Json& wanted, const Keys& keys) {
  return std::find_if(list.begin(), list.end(), [&](const Json& item) {
    return item.is_object() && wanted.is_object() &&
           std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
             return key_value(item, key) == key_value(wanted, key);
           });
  });
}

std::string at_index(const std::string& pointer, const Json& list, Json::const_iterator item) {
  return pointer + "/" + std::to_string(std::distance(list.begin(), item));
}

class Comparison {
 public:
  /// `fields` is what managedFields know of this place.
  void values(const Json& desired, const Json& live, const Json& fields, const std::string& pointer,
              const std::string& name) {
    if (desired.is_object() && live.is_object()) {
      maps(desired, live, fields, pointer);
    } else if (desired.is_array() && live.is_array()) {
      lists(desired, live, fields, pointer, name);
    } else if (desired != live && !same_quantity(desired, live, pointer) &&
               !(live.is_null() && may_vanish(name, desired))) {
      m_changes.push_back({pointer, live, desired});
    }
  }

  /// What we applied once and no longer want: server-side apply takes it away, unless somebody else
  /// wants it too.
  void dropped(const Json& ours, const Json& others, const Json& desired, const Json& live,
               const std::string& pointer) {
    if (!ours.is_object()) return;
    for (const auto& [key, below] : ours.items()) {
      const std::string kind = key.substr(0, 2);
      if (kind == "f:" && live.is_object()) {
        const auto found = live.find(key.substr(2));
        if (found == live.end()) continue;
        const bool wanted = desired.is_object() && desired.contains(key.substr(2));
        const std::string at = pointer + "/" + pointer_step(key.substr(2));
        drop_or_descend(key, below, others, wanted ? desired[key.substr(2)] : Json(), *found, at);
      } else if (kind == "k:" && live.is_array()) {
        dropped_item(key, below, others, desired, live, pointer);
      } else if (kind == "v:" && live.is_array()) {
        const Json value = Json::parse(key.substr(2), nullptr, false);
        const auto found = std::find(live.begin(), live.end(), value);
        const bool wanted = desired.is_array() &&
                            std::find(desired.begin(), desired.end(), value) != desired.end();
        if (found == live.end() || wanted || others.contains(key)) continue;
        m_changes.push_back({at_index(pointer, live, found), value, nullptr});
      }
    }
  }

  std::vector<FieldChange> take() { return std::move(m_changes); }

 private:
  void maps(const Json& desired, const Json& live, const Json& fields, const std::string& pointer) {
    for (const auto& [key, value] : desired.items()) {
      const auto found = live.find(key);
      const std::string at = pointer + "/" + pointer_step(key);
      const Json below = found == live.end() ? Json() : *found;
      // A map that somebody owns as a whole is replaced as a whole.
      const bool known = fields.is_object() && fields.contains("f:" + key);
      const Json& deeper = fields_below(fields, "f:" + key);
      const bool whole = known && deeper.empty() && value.is_object() && below.is_object();
      if (!whole) {
        values(value, below, deeper, at, key);
      } else if (!same(value, below)) {
        m_changes.push_back({at, below, value});
      }
    }
  }

  void lists(const Json& desired, const Json& live, const Json& fields, const std::string& pointer,
             const std::string& name) {
    const Keys keys = keys_of(fields, name, desired);
    const bool is_set = std::any_of(fields.items().begin(), fields.items().end(),
                                    [](const auto& f) { return f.key().starts_with("v:"); });
    if (is_set) {
      const bool all = std::all_of(desired.begin(), desired.end(), [&](const Json& value) {
        return std::find(live.begin(), live.end(), value) != live.end();
      });
      if (!all) m_changes.push_back({pointer, live, desired});
    } else if (keys.empty()) {
      if (!same(desired, live)) m_changes.push_back({pointer, live, desired});
    } else {
      keyed_lists(desired, live, fields, pointer, keys);
    }
  }

  void keyed_lists(const Json& desired, const Json& live, const Json& fields,
                   const std::string& pointer, const Keys& keys) {
    for (std::size_t index = 0; index < desired.size(); ++index) {
      const auto found = item_like(live, desired[index], keys);
      const std::string at = pointer + "/" + std::to_string(index);
      if (found == live.end()) {
        m_changes.push_back({at, nullptr, desired[index]});
        continue;
      }
      values(desired[index], *found, item_fields(fields, *found, keys), at, "");
    }
  }

  static const Json& item_fields(const Json& fields, const Json& item, const Keys& keys) {
    static const Json none = Json::object();
    for (const auto& [key, below] : fields.items()) {
      if (!key.starts_with("k:")) continue;
      const Json wanted = Json::parse(key.substr(2), nullptr, false);
      const Json list = Json::array({item});
      if (item_like(list, wanted, keys) != list.end()) return below;
    }
    return none;
  }

  void dropped_item(const std::string& key, const Json& below, const Json& others,
                    const Json& desired, const Json& live, const std::string& pointer) {
    const Json wanted = Json::parse(key.substr(2), nullptr, false);
    if (!wanted.is_object()) return;
    Keys keys;
    for (const auto& [part, value] : wanted.items()) keys.push_back(part);
    const auto found = item_like(live, wanted, keys);
    if (found == live.end()) return;
    Json ours;
    if (desired.is_array()) {
      const auto kept = item_like(desired, wanted, keys);
      if (kept != desired.end()) ours = *kept;
    }
    drop_or_descend(key, below, others, ours, *found, at_index(pointer, live, found));
  }

  void drop_or_descend(const std::string& key, const Json& below, const Json& others,
                       const Json& desired, const Json& live, const std::string& pointer) {
    const bool shared = others.is_object() && others.contains(key);
    if (desired.is_null() && !shared) {
      m_changes.push_back({pointer, live, nullptr});
    } else {
      dropped(below, fields_below(others, key), desired, live, pointer);
    }
  }

  std::vector<FieldChange> m_changes;
};

/// The server stores stringData as data, and base64 in one spelling.
Json as_stored(Json object) {
  if (!is_secret(object)) return object;
  for (const char* part : {"data", "stringData"}) {
    if (object.contains(part) && object[part].is_null()) object.erase(part);
    if (!object.contains(part)) continue;
    for (const auto& [key, value] : object[part].items()) {
      if (value.is_string()) continue;
      throw Failure("invalid-document", to_string(ref_of(object)) + ": " + part + "." + key +
                                            " is not a text");
    }
  }
  if (!object.contains("stringData")) return object;
  for (const auto& [key, value] : object["stringData"].items()) {
    object["data"][key] = base64_encode(value.get<std::string>());
  }
  object.erase("stringData");
  return object;
}

/// Both directions, lists place by place: what a patch does.
void all_differences(const Json& before, const Json& after, const std::string& pointer,
                     std::vector<FieldChange>& changes) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) {
    for (const auto& [key, value] : before.items()) {
      const auto found = after.find(key);
      all_differences(value, found == after.end() ? Json() : *found,
                      pointer + "/" + pointer_step(key), changes);
    }
    for (const auto& [key, value] : after.items()) {
      if (!before.contains(key)) {
        changes.push_back({pointer + "/" + pointer_step(key), nullptr, value});
      }
    }
  } else if (before.is_array() && after.is_array() && before.size() == after.size()) {
    for (std::size_t index = 0; index < before.size(); ++index) {
      all_differences(before[index], after[index], pointer + "/" + std::to_string(index), changes);
    }
  } else {
    changes.push_back({pointer, before, after});
  }
}

/// Values of a Secret, wherever they stand, become fingerprints.
std::vector<FieldChange> without_secrets(std::vector<FieldChange> changes, bool secret) {
  if (!secret) return changes;
  for (FieldChange& change : changes) {
    const bool value = change.pointer.starts_with("/data") ||
                       change.pointer.starts_with("/stringData") ||
                       change.pointer == "/metadata/annotations" ||
                       change.pointer.ends_with("~1last-applied-configuration");
    if (!value) continue;
    for (Json* side : {&change.before, &change.after}) {
      if (!side->is_null()) *side = fingerprint(to_text(*side));
    }
  }
  return changes;
}

}  // namespace

std::vector<FieldChange> compare(const Json& desired, const Json& live) {
  const Json wanted = as_stored(desired);
  const FieldOwners owners = field_owners(live);
  Comparison comparison;
  comparison.values(wanted, live, owners.all, "", "");
  comparison.dropped(owners.ours, owners.others, wanted, live, "");
  return without_secrets(comparison.take(), is_secret(desired));
}

std::vector<FieldChange> differences(const Json& before, const Json& after) {
  std::vector<FieldChange> changes;
  all_differences(before, after, "", changes);
  return without_secrets(std::move(changes), is_secret(before) || is_secret(after));
}

}  // namespace mesh
