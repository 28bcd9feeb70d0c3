#include "plugin/reserved_names.hpp"

#include <algorithm>

#include "reserved.hpp"

#include "mesh/lookup.hpp"
#include "plugin/section_points.hpp"

namespace mesh {

namespace {

/// Whether `name` is in the list of that key.
bool is_reserved(const std::string& key, const std::string& name) {
  static const Json lists = parse_json(k_reserved, "the reserved names");
  const Json list = lists.value(key, Json::object()).value("enum", Json::array());
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::string reserved_name_in(const Extension& extension) {
  const std::string address = extension.point + ":" + extension.name;
  if (has_section(extension.point) && is_reserved("section", extension.name))
    return "the name of " + address + " is reserved for the program or for mesh.yaml";
  for (const Verb& verb : extension.verbs) {
    for (const Option& option : verb.options) {
      if (is_reserved("option", option.name))
        return "the option --" + option.name + " of " + address + " " + verb.name +
               " is reserved: it is a flag of the program";
    }
  }
  const Json properties = lookup::value(extension.settings, "/properties");
  if (!properties.is_object()) return {};
  for (const auto& setting : properties.items()) {
    if (is_reserved(extension.point, setting.key()))
      return "the setting " + setting.key() + " of " + address +
             " is reserved: the concern takes it out of the section that they share";
  }
  return {};
}

}  // namespace mesh
