#include "run/session.hpp"
#include "run/verbs.hpp"

#include "plugin/card.hpp"
#include "plugin/trust.hpp"

namespace mesh {

// Most lists are answered without the engine: see cli/answer. Here are those with a problem to
// tell, or with a library that has to be read.
int run_plugin_list(const Invocation& invocation, const Catalogue& catalogue) {
  const Look look = [](const PluginEntry& plugin, const Json& pins) {
    return std::optional(glance(plugin, pins));
  };
  const Report report = *plugin_list(catalogue, look);
  print(render(report, invocation.output, style_of(invocation)));
  if (!report.problems.empty() && invocation.output == OutputFormat::table) {
    tell(render_problems(report.problems, OutputFormat::table, style_of(invocation)));
  }
  return report.problems.empty() ? 0 : 1;
}

}  // namespace mesh
