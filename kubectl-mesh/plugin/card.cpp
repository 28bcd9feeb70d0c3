#include "plugin/card.hpp"

#include <algorithm>

#include "base/paths.hpp"
#include "base/text.hpp"
#include "plugin/needs.hpp"
#include "plugin/setting_rows.hpp"

namespace mesh {

namespace {

std::vector<std::string> abilities_of(const Needs& needs) {
  std::vector<std::string> may = rights_in_words(needs);
  if (may.empty()) may.emplace_back("compute, and read the files that its settings name");
  return may;
}

Json timeout_row(const std::string& address, const Verb& verb) {
  const std::string what = address + " " + verb.name;
  return {{"of", address},
          {"verb", verb.name},
          {"timeoutSeconds", *verb.timeout_seconds},
          {"text", what + ": " + std::to_string(*verb.timeout_seconds) + " s"}};
}

}  // namespace

void add_changes(Json& card, const RightChanges& changes) {
  card["trustedVersion"] = changes.version;
  card["gained"] = changes.gained;
  card["lost"] = changes.lost;
}

Json card_of(const PluginEntry& entry, const Judged& judged) {
  const Manifest& manifest = entry.manifest;
  Json card{{"name", manifest.name},
            {"version", manifest.version},
            {"author", manifest.author},
            {"summary", manifest.summary},
            {"provides", Json::array()},
            {"library", shown(entry.library)},
            {"trust", to_string(judged.trust)},
            {"runs", entry.origin == Origin::bundled ? "in the host" : "in a helper process"},
            {"needs", to_json(needs_of(manifest))},
            {"may", abilities_of(needs_of(manifest))},
            {"settings", Json::array()},
            {"timeouts", Json::array()}};
  for (const Extension& extension : manifest.provides) {
    const std::string address = extension.point + ":" + extension.name;
    card["provides"].push_back(address);
    for (const SettingRow& row : setting_rows(extension.settings)) {
      card["settings"].push_back(to_json(row));
      card["settings"].back()["of"] = address;
      card["settings"].back()["text"] = address + " " + to_string(row);
    }
    for (const Verb& verb : extension.verbs) {
      if (verb.timeout_seconds) card["timeouts"].push_back(timeout_row(address, verb));
    }
  }
  if (!judged.sha256.empty()) card["sha256"] = judged.sha256;
  if (judged.trust == Trust::changed) {
    card["trustedSha256"] = judged.pinned;
    add_changes(card, changes_since_trusted(manifest, read_pins()));
  }
  return card;
}

std::optional<Report> plugin_list(const Catalogue& catalogue, Look look) {
  Report report;
  report.kind = "PluginList";
  report.columns = {{"NAME", "/name"},   {"VERSION", "/version"}, {"PROVIDES", "/provides"},
                    {"TRUST", "/trust"}, {"SUMMARY", "/summary"}, {"LIBRARY", "/library", true}};
  report.problems = catalogue.problems;
  const bool strangers =
      std::any_of(catalogue.plugins.begin(), catalogue.plugins.end(),
                  [](const PluginEntry& plugin) { return plugin.origin != Origin::bundled; });
  const Json pins = strangers ? read_pins() : Json::object();
  for (const PluginEntry& plugin : catalogue.plugins) {
    const std::optional<Trust> trust = look(plugin, pins);
    if (!trust) return std::nullopt;
    report.items.push_back(card_of(plugin, {.trust = *trust, .sha256 = {}, .pinned = {}}));
  }
  return report;
}

}  // namespace mesh
