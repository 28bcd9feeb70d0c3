#pragma once

#include "plugin/catalogue.hpp"

namespace mesh {

/// One setting in words, for help and `plugin info`.
struct SettingRow {
  std::string name;
  std::string type;      ///< "text", "path", "list of text", "one of token, file"
  std::string fallback;  ///< empty: the schema names none
  std::string description;
  bool required = false;
};

/// What a schema of settings describes; empty: nothing, or it cannot be read.
std::vector<SettingRow> setting_rows(const Json& schema);
/// The same for programs, and in one line.
Json to_json(const SettingRow& row);
std::string to_string(const SettingRow& row);

/// The settings beside one another in a concern's section of mesh.yaml.
struct SettingGroup {
  std::string chosen_by;  ///< "strategy: pem"; empty: the concern's own
  std::vector<SettingRow> rows;
};
std::vector<SettingGroup> setting_groups(const Catalogue& catalogue, const Extension& concern);

}  // namespace mesh
