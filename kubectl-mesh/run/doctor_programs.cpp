#include <algorithm>
#include <cstdlib>
#include <regex>

#include "run/installation.hpp"

#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/search_path.hpp"
#include "base/text.hpp"
#include "plugin/needs.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds k_answer{5};
// The first that asks kubectl_complete-NAME.
constexpr const char* k_oldest_kubectl = "1.26";

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code none;
  return fs::equivalent(a, b, none);
}

/// "3.14.2" out of what a program says of itself; empty: it says none.
std::string version_in(const std::string& text) {
  static const std::regex pattern(R"(\d+\.\d+(\.\d+)?)");
  std::smatch found;
  return std::regex_search(text, found, pattern) ? found.str() : std::string();
}

bool is_older(const std::string& version, const std::string& oldest) {
  const auto numbers = [](const std::string& text) {
    std::vector<long> list;
    for (const std::string& part : split(text, '.')) {
      list.push_back(std::strtol(part.c_str(), nullptr, 10));
    }
    return list;
  };
  return numbers(version) < numbers(oldest);
}

std::string version_of(const fs::path& program, const std::vector<std::string>& question) {
  CommandLine command;
  command.program = program;
  command.arguments = question;
  command.environment = environment_of_children();
  return version_in(run_process(command, Deadline::in(k_answer)).output);
}

Sight see_program(const NeededProgram& wanted, const std::vector<std::string>& question) {
  const std::vector<fs::path> found = find_programs(wanted.name);
  if (found.empty()) {
    return {Severity::warning, wanted.name + " is not on PATH",
            "install it, or put its folder on PATH"};
  }
  const std::string file = shown(found.front());
  if (wanted.oldest.empty()) return {Severity::pass, file};
  const std::string version = version_of(found.front(), question);
  if (version.empty()) {
    return {Severity::warning, file + " does not say which version it is",
            "see whether it works at all: " + wanted.name + " " + join(question, " ")};
  }
  if (!is_older(version, wanted.oldest)) return {Severity::pass, file + " " + version};
  return {Severity::warning,
          file + " is " + version + "; it should be " + wanted.oldest + " or newer",
          "install a newer one, or put it first on PATH"};
}

/// What kubectl runs it for: "kubectl mesh certs" for kubectl-mesh-certs.
std::string words_of(const fs::path& program) {
  std::string words = program.filename();
  std::replace(words.begin(), words.end(), '-', ' ');
  std::replace(words.begin(), words.end(), '_', '-');
  return words;
}

}  // namespace

Sights see_first_on_path(const Catalogue&) {
  const fs::path ours = executable();
  const std::vector<fs::path> found = find_programs(k_program);
  if (found.empty()) {
    return {{Severity::failure, std::string(k_program) + " is not on PATH",
             "put " + shown(ours.parent_path()) + " on PATH"}};
  }
  Sights sights;
  if (is_same_file(found.front(), ours)) {
    sights.push_back({Severity::pass, shown(found.front())});
  } else {
    sights.push_back({Severity::failure,
                      shown(found.front()) + " is run, and not this one, " + shown(ours),
                      "remove that one, or put ours before it on PATH"});
  }
  for (const fs::path& file : found) {
    if (is_same_file(file, found.front()) || is_same_file(file, ours)) continue;
    sights.push_back(
        {Severity::warning, shown(file) + " comes later on PATH and is never run", "remove it"});
  }
  return sights;
}

/// kubectl tries the longest name first: kubectl-mesh-certs-install, kubectl-mesh-certs, ours.
Sights see_taken_words(const Catalogue&) {
  const std::string prefix = std::string(k_program) + "-";
  Sights sights;
  for (const fs::path& folder : search_path()) {
    std::error_code none;
    for (const auto& file : fs::directory_iterator(folder, none)) {
      const std::string name = file.path().filename();
      if (!name.starts_with(prefix) || !is_program(file.path())) continue;
      sights.push_back({Severity::failure,
                        shown(file.path()) + " is run for `" + words_of(file.path()) + "`",
                        "remove it, or give it another name"});
    }
  }
  if (sights.empty()) sights.push_back({Severity::pass, "none on PATH"});
  return sights;
}

Sights see_kubectl(const Catalogue&) {
  return {see_program({.name = "kubectl", .oldest = k_oldest_kubectl}, {"version", "--client"})};
}

Sights see_completion(const Catalogue&) {
  const std::vector<fs::path> found = find_programs(k_completion_program);
  if (!found.empty()) return {{Severity::pass, shown(found.front())}};
  return {{Severity::warning, std::string(k_completion_program) + " is not on PATH",
           "kubectl mesh completion install"}};
}

Sights see_needed_programs(const Catalogue& catalogue) {
  Sights sights;
  for (const PluginEntry& plugin : catalogue.plugins) {
    for (const std::string& need : needs_of(plugin.manifest).programs) {
      if (need == "*") continue;
      Sight sight = see_program(needed_program(need), {"version"});
      sight.evidence += ", for plugin " + plugin.manifest.name;
      sights.push_back(std::move(sight));
    }
  }
  if (sights.empty()) sights.push_back({Severity::pass, "none is needed"});
  return sights;
}

}  // namespace mesh
