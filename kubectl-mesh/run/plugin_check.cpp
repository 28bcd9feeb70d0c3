#include "conformance/kit.hpp"
#include "run/assignments.hpp"
#include "run/plugin_card.hpp"
#include "run/plugin_source.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/files.hpp"
#include "base/yaml.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

std::filesystem::path library_of(const Invocation& invocation, const Catalogue& catalogue) {
  const std::string& argument = invocation.arguments.front();
  return is_path(argument) ? std::filesystem::path(argument)
                           : plugin_of(invocation, catalogue).library;
}

/// What stands in each cluster of the kit's, beside what the kit puts there.
std::vector<Json> objects_of(const Invocation& invocation) {
  const std::string file = invocation.options.value("objects", std::string());
  if (file.empty()) return {};
  std::vector<Json> objects = parse_yaml_documents(read_file(file), file);
  for (const Json& object : objects) {
    const ObjectRef ref = ref_of(object);
    if (ref.kind.empty() || ref.name.empty())
      throw Failure("invalid-input", file + " holds something that is no object of a cluster",
                    "write each as for kubectl apply, parted by lines of ---");
  }
  return objects;
}

}  // namespace

int run_plugin_check(const Invocation& invocation, const Catalogue& catalogue) {
  Json settings = Json::object();
  set_all(settings, invocation.settings);
  const std::filesystem::path library = library_of(invocation, catalogue);
  const bool unsandboxed = warned_of_unsandboxed(library.stem(), invocation.unsandboxed);
  const Report report = conformance::judge(
      conformance::read_subject(library, std::move(settings), objects_of(invocation), unsandboxed));
  print(render(report, invocation.output, style_of(invocation)));
  return report.failed ? 1 : 0;
}

}  // namespace mesh
