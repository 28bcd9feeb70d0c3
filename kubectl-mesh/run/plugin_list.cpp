#include <algorithm>

#include "run/plugin_card.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

namespace mesh {

int run_plugin_list(const Invocation& invocation, const Catalogue& catalogue) {
  Report report;
  report.kind = "PluginList";
  report.columns = {{"NAME", "/name"},   {"VERSION", "/version"}, {"PROVIDES", "/provides"},
                    {"TRUST", "/trust"}, {"SUMMARY", "/summary"}, {"LIBRARY", "/library", true}};
  const bool strangers =
      std::any_of(catalogue.plugins.begin(), catalogue.plugins.end(),
                  [](const PluginEntry& plugin) { return plugin.origin != Origin::bundled; });
  const Json pins = strangers ? read_pins() : Json::object();
  for (const PluginEntry& plugin : catalogue.plugins) {
    report.items.push_back(
        card_of(plugin, {.trust = glance(plugin, pins), .sha256 = {}, .pinned = {}}));
  }
  report.problems = catalogue.problems;
  print(render(report, invocation.output, style_of(invocation)));
  if (!report.problems.empty() && invocation.output == OutputFormat::table) {
    tell(render_problems(report.problems, OutputFormat::table, style_of(invocation)));
  }
  return report.problems.empty() ? 0 : 1;
}

}  // namespace mesh
