#include "plan/managed_fields.hpp"

#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "plan/merge_rules.hpp"

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
    wanted[keys.back()] = Json::parse(part.substr(equals + 1), nullptr, false);
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

}  // namespace

FieldOwners field_owners(const Json& live) {
  FieldOwners owners;
  for (const Json& entry : lookup::list(live, "/metadata/managedFields")) {
    const Json& fields = lookup::value(entry, "/fieldsV1");
    const bool ours = lookup::text(entry, "/manager") == "kubectl-mesh" &&
                      lookup::text(entry, "/operation") == "Apply" &&
                      lookup::text(entry, "/subresource").empty();
    merge(ours ? owners.ours : owners.others, fields);
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

Json value_at_field(const Json& object, const std::string& field) {
  const Json* value = &object;
  std::string rest = field;
  while (!rest.empty() && value != nullptr) value = step_below(*value, rest);
  return value == nullptr ? Json() : *value;
}

}  // namespace mesh
