#include <set>

#include "conformance/ask.hpp"
#include "conformance/resources.hpp"
#include "conformance/rule.hpp"

#include "mesh/lookup.hpp"
#include "plugin/loader.hpp"
#include "plugin/replies.hpp"
#include "plugin/sandbox.hpp"
#include "plugin/settings.hpp"

// What a plugin says it is, as help, completion, `plugin list` and the operator's trust rely on it.

namespace mesh::conformance {

namespace {

Verdict readable(const Subject& subject) {
  if (!subject.manifest) return broken(subject.no_manifest);
  return verdict_of(
      misfit(parse_json(subject.manifest_text, "the manifest"), {"manifest.json", ""}));
}

Verdict equals_beside(const Subject& subject) {
  if (!subject.beside) return skipped("no manifest lies beside the library");
  std::string text = *subject.beside;
  while (text.ends_with('\n')) text.pop_back();
  return text == subject.manifest_text ? Verdict{}
                                       : broken("the file beside the library says something else");
}

Verdict names_its_abi(const Subject& subject) {
  enter_sandbox({});
  const mesh_plugin plugin =
      load_library(subject.library, SealedLibrary::path_of(subject.sealed->descriptor())).plugin;
  Json abi = lookup::value(parse_json(subject.manifest_text, "the manifest"), "/abi");
  if (abi.is_object() && !abi.contains("minor")) abi["minor"] = 0;  // the schema lets 0 be absent
  const Json said{{"major", plugin.abi_major}, {"minor", plugin.abi_minor}};
  return abi == said ? Verdict{}
                     : broken("manifest: " + to_text(abi) + ", struct: " + to_text(said));
}

std::string undescribed(const Extension& extension) {
  const std::string address = address_of(extension);
  if (extension.summary.empty()) return address + " has no summary";
  for (const Verb& verb : extension.verbs) {
    const bool shown = extension.point == "command/1";
    if (shown && verb.summary.empty()) return address + " " + verb.name + " has no summary";
    for (const Option& option : verb.options) {
      if (option.help.empty())
        return address + " " + verb.name + " --" + option.name + " has no help";
    }
  }
  const Json properties = extension.settings.value("properties", Json::object());
  for (const auto& setting : properties.items()) {
    if (lookup::text(setting.value(), "/description").empty()) {
      return "the setting " + setting.key() + " of " + address + " has no description";
    }
  }
  return {};
}

Verdict described(const Subject& subject) {
  if (subject.manifest->summary.empty()) return broken("the plugin has no summary");
  for (const Extension& extension : subject.manifest->provides) {
    const std::string lack = undescribed(extension);
    if (!lack.empty()) return broken(lack);
  }
  return {};
}

/// A timeout of a verb that the point does not have would hold for nothing.
Verdict has_verbs_of_points(const Subject& subject) {
  for (const Extension& extension : subject.manifest->provides) {
    std::set<std::string> known;
    for (const PointVerb& row : point_verbs()) {
      if (extension.point == row.point) known.insert(row.verb);
    }
    for (const Verb& verb : extension.verbs) {
      if (!known.empty() && !known.contains(verb.name))
        return broken(address_of(extension) + " declares the verb " + verb.name +
                      ", which the point does not have");
    }
  }
  return {};
}

/// An empty object fits no schema that cannot be read; that it may fit not for want of a required
/// setting is the operator's matter.
Verdict has_readable_settings(const Subject& subject) {
  for (const Extension& extension : subject.manifest->provides) {
    try {
      with_settings(extension, {{"settings", Json::object()}});
    } catch (const Failure& failure) {
      if (failure.problem().code == "plugin-fault") return broken(failure.problem().message);
    }
  }
  return {};
}

}  // namespace

const std::vector<Rule>& manifest_rules() {
  static const std::vector<Rule> rules{
      {"manifest/readable", "the manifest in the library is what its schema wants",
       "help, completion and routing are made of it, before any code of the plugin runs",
       "hold it against sdk/schemas/manifest.json", readable},
      {"manifest/beside", "the manifest beside the library is the one in it",
       "what an operator reads before he trusts must be what he gets",
       "make the file out of the library: plugin info LIBRARY -o json shows it", equals_beside},
      {"manifest/abi", "the manifest names the ABI that the struct has",
       "a host that reads manifests only must know what it can run",
       "write MESH_ABI_MAJOR and MESH_ABI_MINOR of the header that it was built with into both",
       names_its_abi},
      {"manifest/described", "everything that an operator can choose has words",
       "help is all that he sees of it",
       "add a summary to the plugin, its extensions and verbs, help to options, a description to "
       "settings",
       described},
      {"manifest/verbs", "verbs that it declares of a point are verbs of that point",
       "the timeout of a misspelt verb holds for nothing, and nobody is told",
       "correct the name, or leave the verb out", has_verbs_of_points},
      {"manifest/settings", "its schemas of settings can be read",
       "mesh.yaml is checked against them before any cluster is asked",
       "write them as JSON Schema, draft 7", has_readable_settings},
  };
  return rules;
}

}  // namespace mesh::conformance
