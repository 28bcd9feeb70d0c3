#include "plugin/third_party_text.hpp"

#include <algorithm>
#include <array>

#include "kube/mask.hpp"
#include "mesh/lookup.hpp"
#include "plugin/catalogue.hpp"

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

}  // namespace

std::string said_by(const PluginEntry& plugin, const std::string& text) {
  return plugin.origin == Origin::bundled ? text : masked_text(text);
}

Problem said_by(const PluginEntry& plugin, Problem problem) {
  problem.message = said_by(plugin, problem.message);
  problem.hint = said_by(plugin, problem.hint);
  return problem;
}

void mask_said(const PluginEntry& plugin, std::string_view address, Json& reply) {
  if (plugin.origin == Origin::bundled) return;
  if (lookup::text(reply, "/kind") == "Plan") {
    for (const char* field : k_words) {
      if (reply.contains(field)) mask_texts(reply[field]);
    }
    return;
  }
  const bool shown = std::any_of(k_shown.begin(), k_shown.end(), [&](std::string_view point) {
    return address.starts_with(point);
  });
  if (shown) mask_texts(reply);
}

}  // namespace mesh
