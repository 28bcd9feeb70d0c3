#include "conformance/subject.hpp"

#include "conformance/candidate.hpp"

#include "base/files.hpp"
#include "base/paths.hpp"
#include "mesh/lookup.hpp"
#include "plugin/elf.hpp"
#include "plugin/isolation.hpp"
#include "plugin/manifest_rules.hpp"
#include "plugin/sandbox.hpp"
#include "plugin/settings.hpp"

namespace mesh::conformance {

namespace {

namespace fs = std::filesystem;

/// The library's own words, in a helper that may do nothing. What stands against them is for the
/// rules to say.
void ask_who_it_is(Subject& subject, bool unsandboxed) {
  try {
    PluginStart start;
    start.unsandboxed = unsandboxed;
    start.sealed = subject.sealed;
    subject.manifest_text = ask_for_manifest(subject.library, start);
    subject.manifest = read_manifest(subject.manifest_text);
  } catch (const Failure& failure) {
    subject.no_manifest = failure.problem().message;
  }
}

}  // namespace

Subject read_subject(const fs::path& library, Json settings, std::vector<Json> objects,
                     bool unsandboxed) {
  Subject subject;
  subject.library = fs::absolute(library);
  subject.bytes = read_file(subject.library, k_library_max);
  if (const auto objection = no_shared_library(subject.bytes, subject.bytes.size())) {
    throw Failure("invalid-input", shown(subject.library) + " " + objection->what, objection->hint);
  }
  subject.sealed = std::make_shared<const SealedLibrary>(subject.bytes);
  subject.settings = std::move(settings);
  subject.objects = std::move(objects);
  const fs::path beside = fs::path(subject.library).replace_extension(".json");
  if (fs::exists(beside)) subject.beside = read_file(beside);
  ask_who_it_is(subject, unsandboxed);
  const std::string lacks = unsandboxed ? "" : sandbox_lacks(granted_to(subject));
  if (!lacks.empty()) throw without_sandbox(library.stem(), lacks);
  return subject;
}

std::string name_of(const Subject& subject) {
  if (!subject.manifest) return subject.library.filename().string();
  return subject.manifest->name + " " + subject.manifest->version;
}

Json settings_for(const Subject& subject, const Extension& extension) {
  Json fitting = Json::object();
  const Json known = extension.settings.value("properties", Json::object());
  for (const auto& entry : subject.settings.items()) {
    if (known.contains(entry.key())) fitting[entry.key()] = entry.value();
  }
  return with_absolute_paths(extension.settings, std::move(fitting), fs::current_path());
}

std::string unfit_settings(const Subject& subject, const Extension& extension) {
  try {
    with_settings(extension, {{"settings", settings_for(subject, extension)}});
    return {};
  } catch (const Failure& failure) {
    return failure.problem().message;
  }
}

std::vector<std::string> missing_settings(const Subject& subject, const Extension& extension) {
  const Json given = settings_for(subject, extension);
  std::vector<std::string> missing;
  for (const Json& name : lookup::list(extension.settings, "/required")) {
    if (name.is_string() && !given.contains(name.get<std::string>()))
      missing.push_back(name.get<std::string>());
  }
  return missing;
}

}  // namespace mesh::conformance
