#include "plugin/third_party_text.hpp"

#include <algorithm>
#include <array>

#include "kube/mask.hpp"
#include "mesh/lookup.hpp"
#include "plugin/catalogue.hpp"
#include "plugin/secret_places.hpp"

namespace mesh {

namespace {

/// Points whose replies the operator reads.
constexpr std::array<std::string_view, 3> k_shown{"command/", "check/", "overview/"};
/// Fields of a plan that are words; its actions are what is done.
constexpr std::array<const char*, 4> k_words{"title", "notes", "refusals", "unfinished"};

void mask_texts(Json& value) {
  if (value.is_string()) value = masked_text(value.get<std::string>());
  if (!value.is_structured()) return;
  for (Json& entry : value) mask_texts(entry);
}

/// Whether the operator reads the reply.
bool is_shown(std::string_view address, const Json& reply) {
  return lookup::text(reply, "/kind") == "Plan" ||
         std::any_of(k_shown.begin(), k_shown.end(),
                     [&](std::string_view point) { return address.starts_with(point); });
}

/// A script relies on the codes that are documented; a plugin that is newer than this host may know
/// more of them.
void repair_code(Problem& problem, const std::string& plugin) {
  if (is_problem_code(problem.code)) return;
  problem.message += " (plugin " + plugin + " gave it the unknown code \"" + problem.code + "\")";
  problem.code = problem_code::failed;
}

/// The lists of problems that a plan, a report or an overview may have.
void repair_codes(Json& reply, const std::string& plugin) {
  for (const char* field : {"refusals", "problems"}) {
    if (!reply.is_object() || !reply.contains(field) || !reply[field].is_array()) continue;
    for (Json& entry : reply[field]) {
      const Json& code = lookup::value(entry, "/code");
      if (!code.is_string() || is_problem_code(code.get_ref<const std::string&>())) continue;
      Problem problem = problem_from_json(entry);
      repair_code(problem, plugin);
      entry["code"] = problem.code;
      entry["message"] = problem.message;
    }
  }
}

}  // namespace

std::string said_by(const PluginEntry& plugin, const std::string& text) {
  return plugin.origin == Origin::bundled ? without_secret_values(text) : masked_text(text);
}

Problem said_by(const PluginEntry& plugin, Problem problem) {
  if (plugin.origin != Origin::bundled) repair_code(problem, plugin.manifest.name);
  problem.message = said_by(plugin, problem.message);
  problem.hint = said_by(plugin, problem.hint);
  return problem;
}

void mask_said(const PluginEntry& plugin, std::string_view address, Json& reply) {
  if (is_shown(address, reply)) mask_secret_values(reply);
  if (plugin.origin == Origin::bundled) return;
  repair_codes(reply, plugin.manifest.name);
  mask_secrets(address, reply);
}

void mask_secrets(std::string_view address, Json& reply) {
  if (lookup::text(reply, "/kind") == "Plan") {
    for (const char* field : k_words) {
      if (reply.contains(field)) mask_texts(reply[field]);
    }
    return;
  }
  if (is_shown(address, reply)) mask_texts(reply);
}

}  // namespace mesh
