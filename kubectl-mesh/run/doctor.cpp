#include <array>

#include "run/installation.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

namespace mesh {

namespace {

struct CheckRow {
  const char* id;
  const char* title;
  Sights (*look)(const Catalogue&);
};
constexpr std::array<CheckRow, 9> k_rows{
    {{"install/first-on-path", "kubectl finds this kubectl-mesh", see_first_on_path},
     {"install/words-are-ours", "no other program takes our words", see_taken_words},
     {"install/kubectl", "kubectl is there, and new enough to complete", see_kubectl},
     {"install/completion", "kubectl can complete our words", see_completion},
     {"install/bundled-plugins", "what ships with us is there", see_bundled_plugins},
     {"install/usable-plugins", "every plugin can be used", see_unusable_plugins},
     {"install/trusted-plugins", "plugins of others are trusted", see_trust},
     {"install/needed-programs", "the programs that plugins start are there", see_needed_programs},
     {"install/sandbox", "this kernel can limit plugins of others", see_sandbox}}};

}  // namespace

int run_doctor(const Invocation& invocation, const Catalogue& catalogue) {
  std::vector<Finding> findings;
  for (const CheckRow& row : k_rows) {
    for (Sight& sight : row.look(catalogue)) {
      findings.push_back({.id = row.id,
                          .cluster = {},
                          .severity = sight.severity,
                          .title = row.title,
                          .evidence = std::move(sight.evidence),
                          .fix = std::move(sight.fix)});
    }
  }
  Report report = report_of(findings);
  // It is about this machine and no cluster.
  for (Json& item : report.items) item.erase("cluster");
  std::erase_if(report.columns, [](const Column& column) { return column.pointer == "/cluster"; });
  print(render(report, invocation.output, style_of(invocation)));
  return report.failed ? 1 : 0;
}

}  // namespace mesh
