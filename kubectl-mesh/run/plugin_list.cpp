#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/paths.hpp"

namespace mesh {

int run_plugin_list(const Invocation& invocation, const Catalogue& catalogue) {
  Report report;
  report.kind = "PluginList";
  report.columns = {{"NAME", "/name"}, {"VERSION", "/version"}, {"PROVIDES", "/provides"},
                    {"RUNS", "/runs"}, {"SUMMARY", "/summary"}, {"LIBRARY", "/library", true}};
  for (const PluginEntry& plugin : catalogue.plugins) {
    std::string provides;
    for (const Extension& extension : plugin.manifest.provides) {
      provides += (provides.empty() ? "" : ",") + extension.point + ":" + extension.name;
    }
    report.items.push_back(
        {{"name", plugin.manifest.name},
         {"version", plugin.manifest.version},
         {"summary", plugin.manifest.summary},
         {"provides", provides},
         {"runs", plugin.origin == Origin::bundled ? "in the host" : "in a helper process"},
         {"library", shown(plugin.library)}});
  }
  report.problems = catalogue.problems;
  print(render(report, invocation.output, decide_style(invocation.color)));
  if (!report.problems.empty() && invocation.output == OutputFormat::table) {
    tell(render_problems(report.problems, OutputFormat::table, decide_style(invocation.color)));
  }
  return report.problems.empty() ? 0 : 1;
}

}  // namespace mesh
