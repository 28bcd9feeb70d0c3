#include "plugin/secret_places.hpp"

#include <algorithm>
#include <array>

#include "base/secret_values.hpp"
#include "mesh/lookup.hpp"

namespace mesh {

namespace {

/// What of a Secret holds values.
bool is_of_data(const std::string& pointer) {
  constexpr std::array<std::string_view, 2> k_fields{"/data", "/stringData"};
  return std::any_of(k_fields.begin(), k_fields.end(), [&](std::string_view field) {
    return pointer == field || pointer.starts_with(std::string(field) + "/");
  });
}

bool is_of_secret(const Json& of) {
  return lookup::text(of, "/kind") == "Secret" && lookup::text(of, "/apiVersion") == "v1";
}

void empty_data(Json& secret) {
  for (const char* field : {"data", "stringData"}) {
    for (Json& value : secret[field]) value = nullptr;
  }
}

/// Values that an edit expects or writes: JSON pointer -> value, and RFC 6902.
void empty_edits(Json& action) {
  for (const auto& entry : action["precondition"].items()) {
    if (is_of_data(entry.key())) entry.value() = nullptr;
  }
  for (Json& operation : action["patch"]) {
    if (is_of_data(lookup::text(operation, "/path"))) operation["value"] = nullptr;
  }
}

/// The action without the places that may hold a secret.
Json public_part(Json action) {
  if (is_of_secret(lookup::value(action, "/object"))) empty_data(action["object"]);
  if (is_of_secret(lookup::value(action, "/target"))) empty_edits(action);
  if (lookup::value(action, "/file/data").is_string()) action["file"]["data"] = "";
  return action;
}

/// The pointer of the first text or name of a member that has a value; empty: none.
std::string place_in(const Json& value, const std::string& pointer) {
  if (value.is_string())
    return shows_secret_value(value.get_ref<const std::string&>()) ? pointer : "";
  if (!value.is_structured()) return {};
  for (const auto& entry : value.items()) {
    if (value.is_object() && shows_secret_value(entry.key()))
      return pointer + "/" + k_masked.data();
    const std::string place = place_in(entry.value(), pointer + "/" + entry.key());
    if (!place.empty()) return place;
  }
  return {};
}

void mask_all_texts(Json& value) {
  if (value.is_string()) value = without_secret_values(value.get<std::string>());
  if (value.is_array()) {
    for (Json& entry : value) mask_all_texts(entry);
  }
  if (!value.is_object()) return;
  Json masked = Json::object();
  for (auto& [name, entry] : value.items()) {
    mask_all_texts(entry);
    masked[without_secret_values(name)] = std::move(entry);
  }
  value = std::move(masked);
}

}  // namespace

void mask_secret_values(Json& reply) {
  if (!keeps_secret_values()) return;
  if (lookup::text(reply, "/kind") != "Plan") return mask_all_texts(reply);
  Json actions = reply.contains("actions") ? std::move(reply["actions"]) : Json::array();
  reply.erase("actions");
  mask_all_texts(reply);
  reply["actions"] = std::move(actions);
}

void require_secret_places(const Json& plan, const Asked& asked) {
  if (!keeps_secret_values()) return;
  for (const auto& entry : lookup::list(plan, "/actions").items()) {
    const std::string place = place_in(public_part(entry.value()), "/actions/" + entry.key());
    if (place.empty()) continue;
    Problem problem =
        plugin_fault(asked, "put the value of a secret setting at " + place + " of its plan")
            .problem();
    problem.hint = "only data of a Secret and a stored file may have it; " + problem.hint;
    throw Failure(std::move(problem));
  }
}

}  // namespace mesh
