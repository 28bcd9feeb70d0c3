#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/exit_code.hpp"
#include "cli/arguments.hpp"
#include "cli/command_table.hpp"
#include "cli/completion.hpp"
#include "cli/engine_loader.hpp"
#include "cli/help.hpp"
#include "cli/problem_text.hpp"
#include "cli/version_text.hpp"
#include "plugin/bridge.hpp"

namespace {

int say(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return mesh::k_exit_done;
}

int run(const std::string& argv0, const std::vector<std::string>& words) {
  // What the host asks of itself: not part of the tree that help and the parser know.
  const std::string first = words.empty() ? "" : words.front();
  if (first == "__plugin" && words.size() == 2) {
    return mesh::run_plugin_helper(words[1]);
  }
  if (first == "__manifest" && words.size() == 2) {
    return say(mesh::manifest_of_library(words[1]) + "\n");
  }
  const mesh::Catalogue catalogue = mesh::read_catalogue();
  if (first == "__complete") {
    return say(mesh::complete({words.begin() + 1, words.end()}, catalogue));
  }

  const mesh::Parsed parsed = mesh::parse_arguments(argv0, words, catalogue);
  const mesh::Invocation& invocation = parsed.invocation;
  switch (parsed.wish) {
    case mesh::Parsed::Wish::help:
      return say(mesh::help_text(invocation.program, invocation.command, catalogue));
    case mesh::Parsed::Wish::version:
      return say(mesh::version_text(invocation.output, catalogue));
    case mesh::Parsed::Wish::completion_script:
      return say(mesh::completion_script(invocation.arguments.front(), "kubectl-mesh"));
    default:
      return mesh::load_engine()(invocation, catalogue);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argv[0], {argv + 1, argv + argc});
  } catch (const mesh::Failure& failure) {
    std::fputs(mesh::problem_text(failure.problem()).c_str(), stderr);
    return mesh::exit_code_of(failure.problem().code);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: this is a bug of ours: %s\n", error.what());
    return mesh::k_exit_bug;
  }
}
