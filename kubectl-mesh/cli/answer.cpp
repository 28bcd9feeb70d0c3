#include "cli/answer.hpp"

#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/version_text.hpp"

namespace mesh {

std::optional<std::string> answer(const Parsed& parsed, const Catalogue& catalogue) {
  const Invocation& invocation = parsed.invocation;
  switch (parsed.wish) {
    case Parsed::Wish::help:
      return help_text(invocation.program, invocation.command, catalogue);
    case Parsed::Wish::version:
      return version_text(invocation.output, catalogue);
    case Parsed::Wish::completion_script:
      return completion_script(invocation.command.back(), "kubectl-mesh");
    default:
      return std::nullopt;
  }
}

}  // namespace mesh
