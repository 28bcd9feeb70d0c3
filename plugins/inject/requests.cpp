#include "requests.hpp"

namespace mesh::inject {

namespace {

[[noreturn]] void refuse_input(const std::string& what, const std::string& hint) {
  throw Failure("invalid-input", what, hint);
}

bool is_label(const std::string& text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

/// A list, or texts with commas.
std::vector<std::string> names_in(const Json& value, const std::string& where) {
  std::vector<std::string> names;
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& entry : list) {
    if (!entry.is_string()) refuse_input(where + " holds something else than names", "name them");
    const std::string text = entry.get<std::string>();
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t to = std::min(text.find(',', from), text.size());
      const std::string name = text.substr(from, to - from);
      if (!is_label(name))
        refuse_input(where + ": \"" + name + "\" is no name of a namespace",
                     "small letters, digits and dashes");
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      from = to + 1;
    }
  }
  return names;
}

bool flag_in(const Json& settings, const char* name, bool fallback) {
  if (!settings.contains(name)) return fallback;
  const Json& value = settings[name];
  if (value == true || value == "true") return true;
  if (value == false || value == "false") return false;
  refuse_input("inject: " + std::string(name) + " is neither true nor false",
               "write " + std::string(name) + ": true");
}

std::string text_in(const Json& settings, const char* name, const std::string& fallback = {}) {
  if (!settings.contains(name)) return fallback;
  if (!settings[name].is_string())
    refuse_input("inject: " + std::string(name) + " in mesh.yaml is not a text",
                 "write it as " + std::string(name) + ": VALUE");
  return settings[name].get<std::string>();
}

}  // namespace

Asked asked_of(const CommandRequest& request) {
  const Json& settings = request.settings;
  Asked asked;
  asked.mesh = request.mesh;
  asked.clusters = request.clusters;
  asked.ahead = request.ahead;
  if (request.options.contains("namespaces")) {
    asked.namespaces = names_in(request.options["namespaces"], "--namespaces");
  } else if (settings.contains("namespaces")) {
    asked.namespaces = names_in(settings["namespaces"], "inject.namespaces of mesh.yaml");
    asked.by_file = true;
  }
  asked.revision = request.text("revision", text_in(settings, "revision"));
  if (!asked.revision.empty() && !is_label(asked.revision))
    refuse_input("--revision: \"" + asked.revision + "\" is no revision",
                 "small letters, digits and dashes: 1-31");
  asked.istio_namespace =
      request.text("istio-namespace", text_in(settings, "istio-namespace", asked.istio_namespace));
  // mesh.yaml says how the mesh is to be, and `up` shows what it takes; a verb typed for one
  // namespace restarts nothing unless it is told to.
  asked.restart = flag_in(settings, "restart", asked.by_file);
  if (request.flag("restart")) asked.restart = true;
  if (request.flag("no-restart")) {
    if (request.flag("restart"))
      refuse_input("--restart and --no-restart exclude each other", "give one of them");
    asked.restart = false;
  }
  asked.all = request.flag("all");
  asked.seconds = request.duration("rollout-timeout", std::chrono::seconds(asked.seconds)).count();
  return asked;
}

Asked asked_of(const CheckRequest& request) {
  return asked_of(CommandRequest{.verb = "status",
                                 .clusters = request.clusters,
                                 .options = Json::object(),
                                 .settings = request.settings,
                                 .mesh = request.mesh});
}

Look look_of(const Asked& asked) {
  return {.clusters = asked.clusters,
          .namespaces = asked.namespaces,
          .which = concerned,
          .istio_namespace = asked.istio_namespace,
          .workloads = true};
}

Json settings_schema() {
  return parse_json(R"({"type": "object", "additionalProperties": false, "properties": {
    "namespaces": {"type": "array", "description": "whose pods get a sidecar, in every cluster that has them", "items": {"type": "string"}},
    "revision": {"type": "string", "description": "of Istio that injects, or a tag; absent: the default one"},
    "restart": {"type": "boolean", "description": "restart workloads whose pods lack their sidecar; absent: true"},
    "istio-namespace": {"type": "string", "description": "Istio's namespace: istio-system"}}})",
                    "schema");
}

std::string next_command(const Asked& asked, const std::string& verb, const std::string& what_for) {
  const auto join = [](const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& one : list) text += (text.empty() ? "" : ",") + one;
    const bool plain = text.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789_./:@,=+-") == std::string::npos;
    return plain ? text : "'" + text + "'";
  };
  std::string line = "kubectl mesh inject " + verb + " --contexts " + join(asked.clusters);
  if (!asked.namespaces.empty()) line += " --namespaces " + join(asked.namespaces);
  return line + "  # " + what_for;
}

Problem refusal(const std::string& cluster, const std::string& name_space, const std::string& what,
                const std::string& hint) {
  Problem problem;
  problem.code = "refused";
  problem.message = cluster + ": " + what;
  problem.hint = hint;
  problem.cluster = cluster;
  if (!name_space.empty()) problem.object = "Namespace " + name_space;
  return problem;
}

}  // namespace mesh::inject
