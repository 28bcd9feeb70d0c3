#include "plan/managed_fields.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "kube/client.hpp"
#include "mesh/lookup.hpp"
#include "plan/merge_rules.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

void merge(Json& into, const Json& from) {
  if (!from.is_object()) return;
  if (!into.is_object()) into = Json::object();
  for (const auto& [key, below] : from.items()) merge(into[key], below);
}

/// The item that `name="x",port=80` selects in a list of maps. Null: none.
const Json* selected_item(const Json& list, const std::string& selector) {
  Json wanted = Json::object();
  Keys keys;
  for (const std::string& part : split(selector, ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return nullptr;
    keys.push_back(part.substr(0, equals));
    wanted[keys.back()] = json_or_null(part.substr(equals + 1));
  }
  const auto item = item_like(list, wanted, keys);
  return item == list.end() ? nullptr : &*item;
}

/// Takes one step of `rest` below `value`: a key up to the next "." or "[" or the end, or a
/// selector in brackets. Keys may hold dots themselves: the longest that fits wins. Null: not
/// there.
const Json* step_below(const Json& value, std::string& rest) {
  if (value.is_array() && rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string::npos) return nullptr;
    const std::string selector = rest.substr(1, end - 1);
    rest.erase(0, end + 1);
    return selected_item(value, selector);
  }
  if (!value.is_object()) return nullptr;
  if (rest.starts_with('.')) rest.erase(0, 1);
  const Json* below = nullptr;
  std::size_t taken = 0;
  for (const auto& [key, entry] : value.items()) {
    if (!rest.starts_with(key) || key.size() < taken) continue;
    if (rest.size() > key.size() && rest[key.size()] != '.' && rest[key.size()] != '[') continue;
    taken = key.size();
    below = &entry;
  }
  rest.erase(0, taken);
  return below;
}

bool is_ours(const Json& entry) {
  return lookup::text(entry, "/manager") == k_field_manager;
}

/// Our server-side apply of the object itself, not of its status.
bool is_our_apply(const Json& entry) {
  return is_ours(entry) && lookup::text(entry, "/operation") == "Apply" &&
         lookup::text(entry, "/subresource").empty();
}

/// Of the items that the fields know, the one that stands for `item` in a list.
const Json* fields_of_item(const Json& fields, const Json& item) {
  for (const auto& [key, below] : fields.items()) {
    const Json named = key.size() > 2 ? json_or_null(key.substr(2)) : Json();
    if (key.starts_with("v:") && named == item) return &below;
    if (!key.starts_with("k:") || !named.is_object()) continue;
    Keys keys;
    for (const auto& [part, value] : named.items()) keys.push_back(part);
    const Json list = Json::array({item});
    if (item_like(list, named, keys) != list.end()) return &below;
  }
  return nullptr;
}

/// Whether a set of fields holds the place of a pointer, a part of it, or all around it.
bool holds(const Json& fields, const Json& object, const std::string& pointer) {
  const Json* at = &object;
  const Json* known = &fields;
  for (const std::string& name : steps_of(pointer)) {
    if (known->is_object() && known->empty()) return known != &fields;  // owned as a whole
    const Json* below = nullptr;
    if (at->is_array()) {
      const bool index = !name.empty() &&
                         name.find_first_not_of("0123456789") == std::string::npos &&
                         name.size() < 10 && std::stoul(name) < at->size();
      if (!index) return false;
      at = &(*at)[std::stoul(name)];
      below = fields_of_item(*known, *at);
    } else {
      const auto found = known->find("f:" + name);
      if (found != known->end()) below = &*found;
      static const Json none;
      at = at->is_object() && at->contains(name) ? &(*at)[name] : &none;
    }
    if (below == nullptr) return false;
    known = below;
  }
  return true;
}

std::optional<FieldManager> newest_manager(const Json& live, const std::string& pointer,
                                           bool ours) {
  std::optional<FieldManager> newest;
  for (const Json& entry : lookup::list(live, "/metadata/managedFields")) {
    if (is_ours(entry) != ours || !holds(lookup::value(entry, "/fieldsV1"), live, pointer))
      continue;
    FieldManager found{lookup::text(entry, "/manager"), lookup::text(entry, "/time")};
    if (!newest || newest->time <= found.time) newest = std::move(found);
  }
  return newest;
}

/// What `fields` names of a value, with the values that stand there.
Json extract(const Json& value, const Json& fields) {
  if (!fields.is_object() || fields.empty()) return value;
  if (value.is_object()) {
    Json part = Json::object();
    for (const auto& [key, below] : fields.items()) {
      const auto found = key.starts_with("f:") ? value.find(key.substr(2)) : value.end();
      if (found != value.end()) part[key.substr(2)] = extract(*found, below);
    }
    return part;
  }
  if (!value.is_array()) return value;
  Json part = Json::array();
  for (const Json& item : value) {
    if (const Json* below = fields_of_item(fields, item)) part.push_back(extract(item, *below));
  }
  return part;
}

}  // namespace

FieldOwners field_owners(const Json& live) {
  FieldOwners owners;
  for (const Json& entry : lookup::list(live, "/metadata/managedFields")) {
    const Json& fields = lookup::value(entry, "/fieldsV1");
    merge(is_our_apply(entry) ? owners.ours : owners.others, fields);
    merge(owners.all, fields);
  }
  return owners;
}

const Json& fields_below(const Json& fields, const std::string& key) {
  static const Json none = Json::object();
  if (!fields.is_object()) return none;
  const auto found = fields.find(key);
  return found == fields.end() ? none : *found;
}

std::optional<FieldManager> other_manager(const Json& live, const std::string& pointer) {
  return newest_manager(live, pointer, false);
}

std::optional<FieldManager> later_manager(const Json& live, const std::string& pointer) {
  const auto other = newest_manager(live, pointer, false);
  const auto ours = newest_manager(live, pointer, true);
  return other && ours && other->time <= ours->time ? std::nullopt : other;
}

bool is_edited_by_us(const Json& live, const std::string& pointer) {
  const Json& entries = lookup::list(live, "/metadata/managedFields");
  return std::any_of(entries.begin(), entries.end(), [&](const Json& entry) {
    return is_ours(entry) && lookup::text(entry, "/operation") == "Update" &&
           holds(lookup::value(entry, "/fieldsV1"), live, pointer);
  });
}

Json last_applied(const Json& live) {
  Json fields = Json::object();
  for (const Json& entry : lookup::list(live, "/metadata/managedFields")) {
    if (is_our_apply(entry)) merge(fields, lookup::value(entry, "/fieldsV1"));
  }
  Json applied = fields.empty() ? Json::object() : extract(live, fields);
  for (const char* field : {"/apiVersion", "/kind", "/metadata/name", "/metadata/namespace"}) {
    const Json& value = lookup::value(live, field);
    if (!value.is_null()) applied[Json::json_pointer(field)] = value;
  }
  return applied;
}

Json value_at_field(const Json& object, const std::string& field) {
  const Json* value = &object;
  std::string rest = field;
  while (!rest.empty() && value != nullptr) value = step_below(*value, rest);
  return value == nullptr ? Json() : *value;
}

}  // namespace mesh
