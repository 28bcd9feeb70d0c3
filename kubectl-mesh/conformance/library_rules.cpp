#include "conformance/rule.hpp"

#include "base/text.hpp"
#include "plugin/elf.hpp"
#include "plugin/loader.hpp"
#include "plugin/sandbox.hpp"

// The file and the one struct that it hands out.

namespace mesh::conformance {

namespace {

constexpr const char* k_symbol = "kubectl_mesh_plugin_v1";
constexpr std::size_t k_shown = 5;

LoadedLibrary load(const Subject& subject) {
  return load_library(subject.library, SealedLibrary::path_of(subject.sealed->descriptor()));
}

/// The loader is the judge: what it refuses, it refuses for every operator.
Verdict loads(const Subject& subject) {
  enter_sandbox({});
  load(subject);
  return {};
}

Verdict answers_again(const Subject& subject) {
  enter_sandbox({});
  const LoadedLibrary first = load(subject);
  const LoadedLibrary second = load(subject);
  const bool same = first.manifest == second.manifest &&
                    first.plugin.invoke == second.plugin.invoke &&
                    first.plugin.start == second.plugin.start;
  return same ? Verdict{}
              : broken("a second call of " + std::string(k_symbol) + " answers otherwise");
}

Verdict exports_one(const Subject& subject) {
  std::vector<std::string> others;
  for (const std::string& name : exported_symbols(subject.bytes)) {
    if (name != k_symbol) others.push_back(name);
  }
  if (others.empty()) return {};
  const std::size_t count = others.size();
  others.resize(std::min(count, k_shown));
  return broken(std::to_string(count) + " more: " + join(others, ", ") +
                (count > k_shown ? ", ..." : ""));
}

}  // namespace

const std::vector<Rule>& library_rules() {
  static const std::vector<Rule> rules{
      {"library/loads", "the library loads, and its entry returns a mesh_plugin of this ABI",
       "a plugin that cannot be loaded here can be used by nobody",
       "link all that it needs (ldd, -Wl,--no-undefined), export kubectl_mesh_plugin_v1, fill the "
       "struct as sdk/include/mesh/plugin.h has it",
       loads},
      {"library/constant", "the entry may be called more than once and answers the same",
       "a host looks at a plugin when it likes; what it saw must stay true",
       "return a pointer to one static mesh_plugin that never changes", answers_again},
      {"library/one-symbol", "the library exports its entry and nothing else",
       "two plugins with functions of one name must not meet in a process",
       "compile with -fvisibility=hidden and link with a version script: { global: "
       "kubectl_mesh_plugin_v1; local: *; };",
       exports_one},
  };
  return rules;
}

}  // namespace mesh::conformance
