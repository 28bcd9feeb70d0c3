#include "run/sections.hpp"

namespace mesh {

namespace {

constexpr const char* k_point = "x-point";

Section section_of(const Extension& concern, const Catalogue& catalogue) {
  Section section{.schema = concern.settings, .chooser = {}, .strategies = {}};
  if (!section.schema.is_object()) return section;
  const Json properties = section.schema.value("properties", Json::object());
  for (const auto& [name, property] : properties.items()) {
    if (!property.is_object() || !property.contains(k_point)) continue;
    section.chooser = name;
    for (const Extension* strategy : catalogue.of_point(property[k_point].get<std::string>())) {
      section.strategies[strategy->name] = strategy->settings;
    }
  }
  return section;
}

/// One without a schema is asked for nothing, so it may take anything.
bool is_open(const Json& strategy) {
  return !strategy.is_object() || strategy.empty() ||
         strategy.value("additionalProperties", Json(false)) != false;
}

}  // namespace

std::map<std::string, Section> sections_of(const Catalogue& catalogue) {
  std::map<std::string, Section> sections;
  for (const Extension* concern : catalogue.of_point("command/1")) {
    sections[concern->name] = section_of(*concern, catalogue);
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
    if (strategy.is_object())
      united["properties"].update(strategy.value("properties", Json::object()));
  }
  united["additionalProperties"] = open;
  return united;
}

}  // namespace mesh
