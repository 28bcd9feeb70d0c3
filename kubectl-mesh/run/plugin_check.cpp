#include "conformance/kit.hpp"
#include "run/assignments.hpp"
#include "run/plugin_card.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

namespace mesh {

namespace {

std::filesystem::path library_of(const Invocation& invocation, const Catalogue& catalogue) {
  const std::string& argument = invocation.arguments.front();
  return is_path(argument) ? std::filesystem::path(argument)
                           : plugin_of(invocation, catalogue).library;
}

}  // namespace

int run_plugin_check(const Invocation& invocation, const Catalogue& catalogue) {
  Json settings = Json::object();
  set_all(settings, invocation.settings);
  const Report report = conformance::judge(
      conformance::read_subject(library_of(invocation, catalogue), std::move(settings)));
  print(render(report, invocation.output, style_of(invocation)));
  return report.failed ? 1 : 0;
}

}  // namespace mesh
