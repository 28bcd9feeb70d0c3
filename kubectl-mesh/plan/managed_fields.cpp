#include "plan/managed_fields.hpp"

#include "plan/object.hpp"

namespace mesh {

namespace {

void merge(Json& into, const Json& from) {
  if (!from.is_object()) return;
  if (!into.is_object()) into = Json::object();
  for (const auto& [key, below] : from.items()) merge(into[key], below);
}

}  // namespace

FieldOwners field_owners(const Json& live) {
  FieldOwners owners;
  const Json entries = find_at(live, "/metadata/managedFields");
  if (!entries.is_array()) return owners;
  for (const Json& entry : entries) {
    const Json fields = find_at(entry, "/fieldsV1");
    const bool ours = text_at(entry, "/manager") == "kubectl-mesh" &&
                      text_at(entry, "/operation") == "Apply" &&
                      text_at(entry, "/subresource").empty();
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

}  // namespace mesh
