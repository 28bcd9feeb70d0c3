#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "mesh/base64.hpp"
#include "plan/diff.hpp"
#include "plan/managed_fields.hpp"
#include "plan/merge_rules.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

std::string at_index(const std::string& pointer, std::size_t index) {
  return pointer + "/" + std::to_string(index);
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
    const ItemIndex present(live);
    const ItemIndex kept(desired);
    for (const auto& [key, below] : ours.items()) {
      const std::string kind = key.substr(0, 2);
      if (kind == "f:" && live.is_object()) {
        const auto found = live.find(key.substr(2));
        const bool wanted = desired.is_object() && desired.contains(key.substr(2));
        // A null that is wanted is compared like any value.
        if (found == live.end() || (wanted && desired[key.substr(2)].is_null())) continue;
        const std::string at = pointer + "/" + pointer_step(key.substr(2));
        drop_or_descend(key, below, others, wanted ? desired[key.substr(2)] : Json(), *found, at);
      } else if (kind == "k:" && live.is_array()) {
        dropped_item(key, below, others, kept, present, pointer);
      } else if (kind == "v:" && live.is_array()) {
        const Json value = json_or_null(key.substr(2));
        const auto found = present.find(value);
        if (!found || kept.find(value) || others.contains(key)) continue;
        m_changes.push_back({at_index(pointer, *found), value, nullptr});
      }
    }
  }

  std::vector<FieldChange> take() { return std::move(m_changes); }

 private:
  void maps(const Json& desired, const Json& live, const Json& fields, const std::string& pointer) {
    for (const auto& [key, value] : desired.items()) {
      static const Json absent;
      const auto found = live.find(key);
      const std::string at = pointer + "/" + pointer_step(key);
      const Json& below = found == live.end() ? absent : *found;
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
    if (is_set(fields)) {
      const ItemIndex present(live);
      const bool all = std::all_of(desired.begin(), desired.end(), [&](const Json& value) {
        return present.find(value).has_value();
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
    static const Json none = Json::object();
    const ItemIndex present(live);
    std::vector<const Json*> below;
    const Json known = items_of(fields, below);
    const ItemIndex owned(known);
    for (std::size_t index = 0; index < desired.size(); ++index) {
      const auto found = present.find(desired[index], keys);
      if (!found) {
        m_changes.push_back({at_index(pointer, index), nullptr, desired[index]});
        continue;
      }
      const auto owner = owned.find(live[*found], keys);
      values(desired[index], live[*found], owner ? *below[*owner] : none, at_index(pointer, *found),
             "");
    }
  }

  /// The items of a list that managedFields name by their keys, and what is known below each.
  static Json items_of(const Json& fields, std::vector<const Json*>& below) {
    Json items = Json::array();
    for (const auto& entry : fields.items()) {
      if (!entry.key().starts_with("k:")) continue;
      items.push_back(json_or_null(entry.key().substr(2)));
      below.push_back(&entry.value());
    }
    return items;
  }

  void dropped_item(const std::string& key, const Json& below, const Json& others,
                    const ItemIndex& kept, const ItemIndex& present, const std::string& pointer) {
    const Json wanted = json_or_null(key.substr(2));
    if (!wanted.is_object()) return;
    Keys keys;
    for (const auto& [part, value] : wanted.items()) keys.push_back(part);
    const auto found = present.find(wanted, keys);
    if (!found) return;
    const auto ours = kept.find(wanted, keys);
    drop_or_descend(key, below, others, ours ? kept.list()[*ours] : Json(), present.list()[*found],
                    at_index(pointer, *found));
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

/// The server stores stringData as data.
Json as_stored(Json object) {
  if (!is_secret(object)) return object;
  for (const char* part : {"data", "stringData"}) {
    if (object.contains(part) && object[part].is_null()) object.erase(part);
    if (!object.contains(part)) continue;
    const bool texts = object[part].is_object() &&
                       std::all_of(object[part].begin(), object[part].end(),
                                   [](const Json& value) { return value.is_string(); });
    if (texts) continue;
    throw Failure("invalid-document",
                  to_string(ref_of(object)) + ": " + part + " is not a map of texts");
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
std::vector<FieldChange> fingerprinted(std::vector<FieldChange> changes, bool secret) {
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
  return fingerprinted(comparison.take(), is_secret(desired));
}

std::vector<FieldChange> differences(const Json& before, const Json& after) {
  std::vector<FieldChange> changes;
  all_differences(before, after, "", changes);
  return fingerprinted(std::move(changes), is_secret(before) || is_secret(after));
}

}  // namespace mesh
