#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/exit_code.hpp"
#include "base/text.hpp"
#include "cli/answer.hpp"
#include "cli/completion.hpp"
#include "cli/document_text.hpp"
#include "cli/engine_loader.hpp"
#include "cli/problem_text.hpp"
#include "plugin/bridge.hpp"
#include "plugin/index.hpp"

namespace {

int say(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) == 0) return mesh::k_exit_done;
  throw mesh::Failure("output", "standard output cannot be written to");
}

/// What these lines show of plugins stands in the index of them.
constexpr std::array<std::string_view, 9> k_outlined{"",
                                                     "--help",
                                                     "-h",
                                                     "help",
                                                     "version",
                                                     "completion bash",
                                                     "completion fish",
                                                     "completion powershell",
                                                     "completion zsh"};

bool needs_outline_only(const std::vector<std::string>& words) {
  const bool flags = std::any_of(words.begin(), words.end(),
                                 [](const std::string& word) { return word.starts_with('-'); });
  if (!words.empty() && words.front() == "__complete") return !flags;
  return std::find(k_outlined.begin(), k_outlined.end(), mesh::join(words, " ")) !=
         k_outlined.end();
}

int run(const std::string& argv0, const std::vector<std::string>& words) {
  // What the host asks of itself: not part of the tree that help and the parser know.
  const std::string first = words.empty() ? "" : words.front();
  if (first == "__plugin" && words.size() >= 3) {
    return mesh::run_plugin_helper({words.begin() + 1, words.end()});
  }
  if (first == "__manifest" && words.size() == 2) {
    return say(mesh::manifest_of_library(words[1]) + "\n");
  }
  if (first == "__index") return say(mesh::index_of({words.begin() + 1, words.end()}));
  const mesh::Catalogue catalogue =
      needs_outline_only(words) ? mesh::read_outline() : mesh::read_catalogue();
  if (first == "__complete") {
    return say(mesh::complete({words.begin() + 1, words.end()}, catalogue));
  }

  const mesh::Parsed parsed = mesh::parse_arguments(argv0, words, catalogue);
  for (const std::string& warning : parsed.warnings) {
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  if (const std::optional<std::string> text = mesh::answer(parsed, catalogue)) return say(*text);
  return mesh::load_engine()(parsed.invocation, catalogue);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    return run(argv[0], words);
  } catch (const mesh::Failure& failure) {
    const mesh::OutputFormat format = mesh::wanted_format(words);
    const std::string text = mesh::problems_text({failure.problem()}, format);
    std::fputs(text.c_str(), mesh::is_document(format) ? stdout : stderr);
    return mesh::exit_code_of(failure.problem().code);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: this is a bug of ours: %s\n", error.what());
    return mesh::k_exit_bug;
  }
}
