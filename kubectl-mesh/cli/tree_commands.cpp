#include "cli/tree_commands.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "mesh/shell.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_line_width = 100;
// The manager that this tool writes as: what is applied by hand is as if `up` had applied it.
constexpr const char* k_manager = "--field-manager=kubectl-mesh";

/// "deployment.apps/istiod", as kubectl prints it.
std::string type_and_name(const ObjectRef& ref) {
  std::string text = ref.kind;
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t slash = ref.api_version.find('/');
  if (slash != std::string::npos) text += "." + ref.api_version.substr(0, slash);
  return text + "/" + ref.name;
}

/// "{.webhooks[0].clientConfig.caBundle}" for "/webhooks/0/clientConfig/caBundle"
std::string json_path(const std::string& pointer) {
  std::string path = "{";
  std::vector<std::string> steps = split(pointer, '/');
  if (!steps.empty()) steps.erase(steps.begin());
  for (const std::string& step : steps) {
    const bool index = !step.empty() && step.find_first_not_of("0123456789") == std::string::npos;
    if (index) {
      path += "[" + step + "]";
      continue;
    }
    path += ".";
    for (std::size_t at = 0; at < step.size(); ++at) {
      const bool escaped = step[at] == '~' && at + 1 < step.size();
      const char c = !escaped ? step[at] : step[++at] == '1' ? '/' : '~';
      if (c == '.') path += '\\';
      path += c;
    }
  }
  return path + "}";
}

std::string condition_of(const Action& action) {
  const auto text = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : to_text(value);
  };
  switch (action.until) {
    case Until::gone:
      return "--for=delete";
    case Until::condition:
      return "--for=condition=" + text(action.value);
    case Until::present:
      return "--for=jsonpath=" + json_path(action.pointer);
    default:
      return "--for=jsonpath=" + json_path(action.pointer) + "=" + text(action.value);
  }
}

}  // namespace

std::string command_line(const std::vector<std::string>& words) {
  std::string text;
  std::size_t column = 0;
  for (const std::string& word : words) {
    const std::string quoted = shell_quoted(word);
    if (column > 0 && column + 1 + quoted.size() > k_line_width) {
      text += " \\\n ";
      column = 1;
    }
    text += (text.empty() ? "" : " ") + quoted;
    column += quoted.size() + 1;
  }
  return text + "\n";
}

Json patch_document(const Action& action) {
  Json operations = Json::array();
  for (const auto& [pointer, value] : action.precondition.items()) {
    operations.push_back({{"op", "test"}, {"path", pointer}, {"value", value}});
  }
  for (const Json& operation : action.patch) operations.push_back(operation);
  return operations;
}

std::vector<std::string> TreeCommands::kubectl(const std::string& cluster,
                                               const ObjectRef& target) const {
  std::vector<std::string> words{"kubectl"};
  if (!m_kubeconfig.empty()) words.push_back("--kubeconfig=" + m_kubeconfig);
  words.insert(words.end(), {"--context", cluster});
  if (!target.name_space.empty()) words.insert(words.end(), {"-n", target.name_space});
  return words;
}

std::string TreeCommands::apply(const std::string& cluster, const std::string& folder) const {
  std::vector<std::string> words = kubectl(cluster);
  words.insert(words.end(), {"apply", "--server-side", k_manager, "-k", folder});
  return command_line(words);
}

std::string TreeCommands::patch(const Action& action, const std::string& file) const {
  std::vector<std::string> words = kubectl(action.cluster, action.target);
  words.insert(words.end(), {"patch", type_and_name(action.target), "--type", "json", k_manager,
                             "--patch-file", file});
  return command_line(words);
}

std::string TreeCommands::remove(const Action& action) const {
  std::vector<std::string> words = kubectl(action.cluster, action.target);
  words.insert(words.end(), {"delete", type_and_name(action.target), "--ignore-not-found"});
  return command_line(words);
}

std::string TreeCommands::wait(const Action& action) const {
  std::vector<std::string> words = kubectl(action.cluster, action.target);
  const std::string timeout = "--timeout=" + std::to_string(action.seconds) + "s";
  if (action.until == Until::rollout) {
    words.insert(words.end(), {"rollout", "status", type_and_name(action.target), timeout});
  } else {
    words.insert(words.end(),
                 {"wait", condition_of(action), type_and_name(action.target), timeout});
  }
  return command_line(words);
}

std::string TreeCommands::restart(const Action& action) const {
  std::vector<std::string> words = kubectl(action.cluster, action.target);
  words.insert(words.end(), {"rollout", "restart", type_and_name(action.target)});
  if (action.seconds == 0) return command_line(words);
  Action rollout = action;
  rollout.until = Until::rollout;
  return command_line(words) + wait(rollout);
}

std::string TreeCommands::run(const Action& action,
                              const std::map<std::string, std::string>& files) const {
  std::vector<std::string> words{action.program};
  for (const std::string& argument : action.arguments) {
    const auto file = files.find(argument);
    words.push_back(file == files.end() ? argument : file->second);
  }
  if (!m_kubeconfig.empty()) words.push_back("--kubeconfig=" + m_kubeconfig);
  words.insert(words.end(), {"--kube-context", action.cluster});
  return command_line(words);
}

}  // namespace mesh
