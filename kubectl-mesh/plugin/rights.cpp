#include "plugin/rights.hpp"

#include <algorithm>
#include <array>

#include "base/paths.hpp"
#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/settings.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_authority = "ca/1";

/// Verbs that have an effect of their own, beside what a plan says: something is signed, or a key
/// is read.
struct EffectRow {
  std::string_view point;
  std::string_view verb;
  bool signs;
};
constexpr std::array<EffectRow, 3> k_effects{
    {{k_authority, "issue", true}, {k_authority, "rotate", true}, {k_authority, "bring", false}}};

const EffectRow* effect_of(const Extension& extension, std::string_view verb) {
  const auto* row =
      std::find_if(k_effects.begin(), k_effects.end(), [&](const EffectRow& candidate) {
        return candidate.point == extension.point && candidate.verb == verb;
      });
  return row == k_effects.end() ? nullptr : row;
}

std::string address_of(const Extension& extension) {
  return extension.point + ":" + extension.name;
}

const Verb* declared(const Extension& extension, std::string_view name) {
  for (const Verb& verb : extension.verbs) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

/// The least that a call must be allowed to bring about for this verb to be asked.
Effect least_effect(const Extension& extension, std::string_view name) {
  // What a manifest says of a verb of a point of ours does not make it less.
  if (effect_of(extension, name) != nullptr) return Effect::changes;
  const Verb* verb = declared(extension, name);
  return verb != nullptr && verb->changes ? Effect::previews : Effect::reads;
}

[[noreturn]] void refuse(const std::string& what, const std::string& remedy) {
  throw Failure("refused", what, remedy);
}

Holder holder_of(const PluginEntry& plugin) {
  return {&plugin, needs_of(plugin.manifest)};
}

// ---- what a request names

template <typename Use>
void each_text(const Json& value, const Use& use) {
  if (value.is_string() && value != "") use(value.get<std::string>());
  for (const Json& one : value.is_array() ? value : Json::array()) {
    if (one.is_string()) use(one.get<std::string>());
  }
}

/// One member of `part` of a document, whatever letters its name has.
Json member(const Json& document, const char* part, const std::string& name) {
  const Json& object = lookup::value(document, part);
  return object.is_object() ? object.value(name, Json()) : Json();
}

/// Its folder, settings of the format "path" and options of the type "path".
std::vector<std::string> paths_in(const Asking& asking) {
  std::vector<std::string> paths = files_named(asking.extension, asking.request);
  const auto take = [&](const std::string& path) { paths.push_back(path); };
  each_text(lookup::value(asking.request, "/folder"), take);
  const Verb* verb = declared(asking.extension, asking.verb);
  if (verb == nullptr) return paths;
  for (const Option& option : verb->options) {
    if (option.type == OptionType::path)
      each_text(member(asking.request, "/options", option.name), take);
  }
  return paths;
}

/// What looks like a path, however deep it lies and whatever a schema says.
void add_paths(const Json& value, std::vector<std::string>& paths) {
  for (const Json& one : value.is_structured() ? value : Json::array()) add_paths(one, paths);
  if (!value.is_string()) return;
  const std::string text = value.get<std::string>();
  for (const char* begin : {"/", "~", "./", "../"}) {
    if (text.starts_with(begin)) return paths.push_back(text);
  }
}

/// Absent: it names none.
std::optional<std::set<std::string>> clusters_in(const Json& request) {
  std::set<std::string> names;
  const auto take = [&](const std::string& name) { names.insert(name); };
  each_text(lookup::value(request, "/cluster"), take);
  each_text(lookup::value(request, "/release/cluster"), take);
  each_text(lookup::value(request, "/clusters"), take);
  for (const Json& release : lookup::list(request, "/releases")) {
    each_text(lookup::value(release, "/cluster"), take);
  }
  if (names.empty() && !lookup::value(request, "/clusters").is_array()) return std::nullopt;
  return names;
}

/// What the operator chose; of a plugin of ours also what is taken without a choice.
std::set<std::string> chosen_in(const Asking& asking) {
  std::set<std::string> chosen;
  const Json properties = lookup::value(asking.extension.settings, "/properties");
  if (!properties.is_object()) return chosen;
  for (const auto& [name, schema] : properties.items()) {
    const std::string point = lookup::text(schema, "/x-point");
    if (point.empty()) continue;
    std::string value;
    const auto take = [&](const std::string& text) { value = text; };
    if (asking.plugin.origin == Origin::bundled) each_text(lookup::value(schema, "/default"), take);
    each_text(member(asking.request, "/settings", name), take);
    each_text(member(asking.request, "/options", name), take);
    chosen.insert(point + ":" + value);
  }
  return chosen;
}

// ---- who may ask whom

void require_ask(const Rights& caller, const Asking& asking) {
  const std::string address = address_of(asking.extension);
  for (const Holder& holder : caller.holders) {
    if (holder.plugin == &asking.plugin || names_extension(holder.needs, address)) continue;
    throw Failure(*denial_of(caller, holder, {"ask " + address, "asks", asking.extension.point}));
  }
}

/// An authority signs for the concern that the operator ran with it, and for nobody else.
void require_choice(const Rights& caller, const Asking& asking) {
  const std::string address = address_of(asking.extension);
  if (asking.extension.point != k_authority) return;
  if (caller.of_operator && caller.chosen.contains(address)) return;
  refuse("plugin " + caller.plugin().manifest.name + " may not ask " + address +
             ": it answers only the concern that the operator ran with it",
         "the concern's settings in the manifest need a property with \"x-point\": \"" +
             std::string(k_authority) + "\", and the operator names " + asking.extension.name +
             " there");
}

void require_effect(const Rights& caller, const Asking& asking) {
  if (caller.effect >= least_effect(asking.extension, asking.verb)) return;
  refuse("plugin " + caller.plugin().manifest.name + " may not ask " +
             address_of(asking.extension) + " to " + std::string(asking.verb) +
             ": the verb that the operator ran only reads",
         "only a verb whose manifest says \"changes\": true may, and not in a preview");
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const fs::path within = path.lexically_relative(normal(folder));
  return !within.empty() && *within.begin() != "..";
}

bool may_name(const Holder& holder, const fs::path& path, const NamedPaths& named) {
  const std::string& plugin = holder.plugin->manifest.name;
  std::vector<fs::path> allowed{store_home() / plugin};
  allowed.insert(allowed.end(), holder.needs.files.begin(), holder.needs.files.end());
  const auto known = named.find(plugin);
  if (known != named.end())
    allowed.insert(allowed.end(), known->second.begin(), known->second.end());
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const fs::path& folder) { return is_below(path, folder); });
}

/// A path in the request of a third party must be one that it may use itself.
void require_paths(const Rights& caller, const Asking& asking, const NamedPaths& named) {
  Json written = asking.request;
  if (asking.section) written.erase("settings");
  std::vector<std::string> paths =
      paths_in({asking.plugin, asking.extension, asking.verb, written});
  for (const char* part : {"/settings", "/options", "/release/chart", "/release/valueFiles"})
    add_paths(lookup::value(written, part), paths);
  for (const std::string& path : paths) {
    for (const Holder& holder : caller.holders) {
      if (holder.plugin->origin == Origin::bundled) continue;
      if (fs::path(path).is_absolute() && may_name(holder, normal(path), named)) continue;
      throw Failure(
          *denial_of(caller, holder,
                     {"have " + address_of(asking.extension) + " use " + path, "files", path}));
    }
  }
}

void require_clusters(const Rights& caller, const Asking& asking) {
  if (!caller.clusters) return;
  for (const std::string& cluster : clusters_in(asking.request).value_or(std::set<std::string>())) {
    if (caller.clusters->contains(cluster)) continue;
    refuse("plugin " + caller.plugin().manifest.name + " may not ask " +
               address_of(asking.extension) + " about cluster \"" + cluster +
               "\": it is not one that the operator ran it for",
           "take the clusters from the request");
  }
}

/// What the operator's words name, also by way of a plugin of ours.
void take_names(Rights& rights, const Asking& asking, bool of_operator, NamedPaths& named) {
  std::vector<fs::path>& folders = named[asking.plugin.manifest.name];
  for (const std::string& path : of_operator ? paths_in(asking) : std::vector<std::string>()) {
    const fs::path folder = normal(fs::absolute(path));
    if (std::find(folders.begin(), folders.end(), folder) == folders.end())
      folders.push_back(folder);
  }
  rights.folders = folders;
  const std::optional<std::set<std::string>> clusters = clusters_in(asking.request);
  if (clusters && asking.plugin.origin != Origin::bundled) rights.clusters = clusters;
}

// ---- what a plan may hold

std::optional<Problem> fault(const std::string& message, const std::string& hint) {
  Problem problem;
  problem.code = "plugin-fault";
  problem.message = message;
  problem.hint = hint;
  return problem;
}

std::optional<Problem> beyond_needs(const Json& action, const Rights& rights) {
  const std::string plugin = rights.plugin().manifest.name;
  for (const Holder& holder : rights.holders) {
    const std::optional<Lack> lack = lack_of(action, holder.needs);
    if (!lack) continue;
    const std::string& name = holder.plugin->manifest.name;
    const std::string whose =
        name == plugin ? ", which its manifest" : " for plugin " + name + ", whose manifest";
    return fault("plugin " + plugin + " planned to " + lack->deed + whose +
                     " does not name (needs." + lack->field + ")",
                 "nothing of this plan is done; the manifest of plugin " + name +
                     " would have to say " + lack->line());
  }
  return std::nullopt;
}

std::optional<Problem> beyond_clusters(const Json& action, const Rights& rights) {
  const std::string cluster = lookup::text(action, "/cluster");
  if (cluster.empty() || !rights.clusters || rights.clusters->contains(cluster))
    return std::nullopt;
  return fault("plugin " + rights.plugin().manifest.name + " planned a change of cluster \"" +
                   cluster + "\", which is not in its request",
               "nothing of this plan is done; a plan takes its clusters from the request");
}

/// A proof asks for reports, as the plugin itself may.
std::optional<Problem> beyond_proof(const Json& action, const Rights& rights,
                                    const Catalogue& catalogue) {
  if (lookup::text(action, "/type") != "prove") return std::nullopt;
  const std::string address = lookup::text(action, "/extension");
  const PluginEntry* provider = catalogue.provider(address);
  if (provider == nullptr) return std::nullopt;
  try {
    NamedPaths none;
    const Json request = Json::object();
    rights_of_nested(
        rights_of_prover(rights.plugin()),
        {*provider, *catalogue.extension(address), lookup::text(action, "/verb"), request}, none);
    return std::nullopt;
  } catch (const Failure& failure) {
    return fault(failure.problem().message, failure.problem().hint);
  }
}

std::optional<Problem> objection_to(const Json& action, const Rights& rights,
                                    const Catalogue& catalogue) {
  std::optional<Problem> problem = beyond_needs(action, rights);
  if (!problem) problem = beyond_clusters(action, rights);
  return problem ? problem : beyond_proof(action, rights, catalogue);
}

/// What an action does, without where and when: those the concern decides that asked for it.
std::string deed_of(const Json& action) {
  Json plan{{"kind", "Plan"}, {"actions", {action}}};
  Json deed = to_json(plan_from_json(plan)).at("actions").at(0);
  for (const char* field : {"cluster", "phase", "reason"}) deed.erase(field);
  return to_text(deed);
}

}  // namespace

bool Rights::has_third_party() const {
  return std::any_of(holders.begin(), holders.end(),
                     [](const Holder& holder) { return holder.plugin->origin != Origin::bundled; });
}

bool signs(const Asking& asking) {
  const EffectRow* effect = effect_of(asking.extension, asking.verb);
  return effect != nullptr && effect->signs;
}

bool only_reads(const Extension& extension, std::string_view verb) {
  return least_effect(extension, verb) == Effect::reads;
}

Rights rights_of_operator(const Asking& asking, NamedPaths& named) {
  Rights rights{.holders = {holder_of(asking.plugin)}, .of_operator = true};
  rights.effect = least_effect(asking.extension, asking.verb);
  const bool ahead = lookup::value(asking.request, "/ahead") == true;
  if (rights.effect == Effect::previews && !ahead) rights.effect = Effect::changes;
  rights.chosen = chosen_in(asking);
  take_names(rights, asking, true, named);
  return rights;
}

Rights rights_of_nested(const Rights& caller, const Asking& asking, NamedPaths& named) {
  require_ask(caller, asking);
  require_choice(caller, asking);
  require_effect(caller, asking);
  require_paths(caller, asking, named);
  require_clusters(caller, asking);
  Rights rights{
      .holders = {holder_of(asking.plugin)}, .effect = caller.effect, .clusters = caller.clusters};
  for (const Holder& holder : caller.holders) {
    const bool bounds = holder.plugin->origin != Origin::bundled && holder.plugin != &asking.plugin;
    if (bounds) rights.holders.push_back(holder);
  }
  take_names(rights, asking, !caller.has_third_party(), named);
  return rights;
}

Rights rights_of_prover(const PluginEntry& plugin) {
  return {.holders = {holder_of(plugin)}};
}

std::optional<Problem> denial_of(const Rights& rights, const Holder& holder, const Lack& lack) {
  const std::string& plugin = rights.plugin().manifest.name;
  const std::string& name = holder.plugin->manifest.name;
  Problem problem;
  problem.code = "refused";
  problem.message = "plugin " + name + " may not " + lack.deed +
                    (name == plugin ? "" : " through plugin " + plugin) +
                    ": its manifest does not name it (needs." + lack.field + ")";
  problem.hint = "the manifest of plugin " + name + " would have to say " + lack.line();
  return problem;
}

void require_program(const Rights& rights, const std::string& program) {
  const std::string name = fs::path(program).filename();
  const auto has = [&](const Needs& needs) { return names_program(needs, program); };
  if (const auto problem = denial(rights, {"start " + name, "programs", name}, has))
    throw Failure(*problem);
  // `helm diff` renders charts: what the operator runs of ours, and ours alone, may.
  if (rights.effect == Effect::changes || !rights.has_third_party()) return;
  refuse("plugin " + rights.plugin().manifest.name + " may not start " + name +
             ": the verb that the operator ran only reads",
         "only a verb whose manifest says \"changes\": true may, and not in a preview");
}

void require_plan(const Json& plan, const Rights& rights, const std::set<std::string>& answered,
                  const Catalogue& catalogue) {
  for (const Json& action : lookup::list(plan, "/actions")) {
    const std::optional<Problem> problem = objection_to(action, rights, catalogue);
    if (problem && !answered.contains(deed_of(action))) throw Failure(*problem);
  }
}

void add_answered(std::set<std::string>& answered, const Json& plan, const Rights& caller,
                  const Catalogue& catalogue) {
  for (const Json& action : lookup::list(plan, "/actions")) {
    if (objection_to(action, caller, catalogue)) answered.insert(deed_of(action));
  }
}

Needs needs_in_sandbox(const Rights& rights) {
  Needs needs = rights.holders.front().needs;
  if (rights.effect != Effect::changes && rights.has_third_party()) needs.programs.clear();
  for (const Holder& holder : rights.holders) {
    needs.network = needs.network && holder.needs.network;
    std::erase_if(needs.programs, [&](const std::string& program) {
      return !names_program(holder.needs, needed_program(program).name);
    });
    std::erase_if(needs.files, [&](const std::string& file) {
      const std::vector<std::string>& allowed = holder.needs.files;
      return std::none_of(allowed.begin(), allowed.end(),
                          [&](const std::string& one) { return is_below(file, one); });
    });
  }
  return needs;
}

std::filesystem::path normal(const std::filesystem::path& path) {
  const fs::path plain = path.lexically_normal();
  return plain.has_filename() ? plain : plain.parent_path();
}

}  // namespace mesh
