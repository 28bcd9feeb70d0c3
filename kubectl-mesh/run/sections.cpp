#include "run/sections.hpp"

#include "mesh/lookup.hpp"
#include "plugin/section_points.hpp"

namespace mesh {

namespace {

constexpr const char* k_point = "x-point";

Json properties_of(const Json& schema) {
  return schema.value("properties", Json::object());
}

Section made_of(const Extension& concern, const Catalogue& catalogue) {
  Section section{.schema = concern.settings, .chooser = {}, .strategies = {}};
  if (!section.schema.is_object()) return section;
  const Json properties = properties_of(section.schema);
  for (const auto& [name, property] : properties.items()) {
    const std::string point = lookup::text(property, std::string("/") + k_point);
    if (point.empty()) continue;
    section.chooser = name;
    for (const Extension* strategy : catalogue.of_point(point)) {
      section.strategies[strategy->name] = strategy->settings;
    }
  }
  return section;
}

/// One without a schema, or with one that is none, is asked for nothing, so it may take anything.
bool is_open(const Json& strategy) {
  return !strategy.is_object() || strategy.empty() || !properties_of(strategy).is_object() ||
         strategy.value("additionalProperties", Json(false)) != false;
}

}  // namespace

std::map<std::string, Section> sections_of(const Catalogue& catalogue) {
  std::map<std::string, Section> sections;
  for (const std::string_view point : k_section_points) {
    for (const Extension* extension : catalogue.of_point(point)) {
      Section made = made_of(*extension, catalogue);
      made.skippable = point == "command/1";
      const PluginEntry& plugin = *catalogue.provider(std::string(point) + ":" + extension->name);
      const auto [known, is_new] =
          sections.try_emplace(section_of(plugin.manifest, *extension), made);
      const bool described = !known->second.schema.empty();
      if (!is_new && !described) known->second.schema = made.schema;
    }
  }
  return sections;
}

Json schema_of(const Section& section, const Json& settings) {
  if (section.chooser.empty()) return section.schema;
  const Json named = settings.value(section.chooser, Json());
  const bool known = named.is_string() && section.strategies.contains(named.get<std::string>());
  Json united = section.schema;
  bool open = false;
  for (const auto& [name, strategy] : section.strategies) {
    if (known && name != named) continue;
    open = open || is_open(strategy);
    if (strategy.is_object() && properties_of(strategy).is_object())
      united["properties"].update(properties_of(strategy));
  }
  united["additionalProperties"] = open;
  return united;
}

}  // namespace mesh
