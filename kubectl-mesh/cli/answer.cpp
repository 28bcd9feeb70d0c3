#include "cli/answer.hpp"

#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/version_text.hpp"
#include "plugin/card.hpp"

namespace mesh {

namespace {

/// As far as it needs no digest of a library and there is no problem to tell beside it.
std::optional<std::string> list_text(const Invocation& invocation, const Catalogue& catalogue) {
  const std::optional<Report> report = plugin_list(catalogue, stamped_trust);
  if (!report || !report->problems.empty()) return std::nullopt;
  return render(*report, invocation.output, style_of(invocation));
}

}  // namespace

std::optional<std::string> answer(const Parsed& parsed, const Catalogue& catalogue) {
  const Invocation& invocation = parsed.invocation;
  switch (parsed.wish) {
    case Parsed::Wish::help:
      return help_text(invocation.program, invocation.command, catalogue);
    case Parsed::Wish::version:
      return version_text(invocation.output, catalogue);
    case Parsed::Wish::completion_script:
      return completion_script(invocation.command.back(), "kubectl-mesh");
    case Parsed::Wish::plugin_list:
      return list_text(invocation, catalogue);
    default:
      return std::nullopt;
  }
}

}  // namespace mesh
