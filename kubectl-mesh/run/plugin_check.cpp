#include "conformance/kit.hpp"
#include "run/assignments.hpp"
#include "run/plugin_card.hpp"
#include "run/plugin_source.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "mesh/problem.hpp"
#include "plugin/secret_settings.hpp"

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

/// Without them nothing could be asked of the extension, and nothing would fail.
void require_settings(const conformance::Subject& subject) {
  if (!subject.manifest) return;
  for (const Extension& extension : subject.manifest->provides) {
    const std::vector<std::string> missing = conformance::missing_settings(subject, extension);
    if (missing.empty()) continue;
    std::string flags;
    for (const std::string& name : missing) flags += " --set " + escape_terminal(name) + "=VALUE";
    throw Failure("invalid-input",
                  extension.point + ":" + extension.name + " cannot be checked without " +
                      "the settings that it requires: " + escape_terminal(join(missing, ", ")),
                  "run the same command with" + flags);
  }
}

/// Before the rules: they are judged in sandboxes that can read no secret.
void resolve_secrets_for(const conformance::Subject& subject) {
  if (!subject.manifest) return;
  for (const Extension& extension : subject.manifest->provides) {
    Json settings = conformance::settings_for(subject, extension);
    const std::string who = extension.point + ":" + extension.name;
    require_secret_references(extension.settings, settings, who);
    resolve_secrets(extension.settings, settings, who);
  }
}

}  // namespace

int run_plugin_check(const Invocation& invocation, const Catalogue& catalogue) {
  Json settings = Json::object();
  set_all(settings, invocation.settings);
  const std::filesystem::path library = library_of(invocation, catalogue);
  const bool unsandboxed = warned_of_unsandboxed(library.stem(), invocation.unsandboxed);
  const conformance::Subject subject =
      conformance::read_subject(library, std::move(settings), objects_of(invocation), unsandboxed);
  require_settings(subject);
  resolve_secrets_for(subject);
  const Report report = conformance::judge(subject);
  print(render(report, invocation.output, style_of(invocation)));
  return report.failed ? 1 : 0;
}

}  // namespace mesh
