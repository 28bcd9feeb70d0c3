#include "cluster/kubeconfig.hpp"

#include <algorithm>
#include <cstdlib>
#include <sys/stat.h>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

/// Fields that a kubeconfig may leave out or hold as null. A value of another type (a token that
/// YAML reads as a number, say) is an error, as it is for kubectl.
class Fields {
 public:
  Fields(const Json& object, std::string where) : m_object(object), m_where(std::move(where)) {}

  std::string text(const char* name) const {
    const Json* value = find(name);
    if (value == nullptr) return {};
    if (!value->is_string()) refuse(name, "a text");
    return value->get<std::string>();
  }
  bool flag(const char* name) const {
    const Json* value = find(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) refuse(name, "true or false");
    return value->get<bool>();
  }
  std::vector<std::string> texts(const char* name) const {
    std::vector<std::string> list;
    for (const Json& entry : array(name)) {
      if (!entry.is_string()) refuse(name, "a list of texts");
      list.push_back(entry.get<std::string>());
    }
    return list;
  }
  Json array(const char* name) const {
    const Json* value = find(name);
    if (value == nullptr) return Json::array();
    if (!value->is_array()) refuse(name, "a list");
    return *value;
  }
  Json object(const char* name) const {
    const Json* value = find(name);
    if (value == nullptr) return Json::object();
    if (!value->is_object()) refuse(name, "a mapping");
    return *value;
  }
  const std::string& where() const { return m_where; }

 private:
  const Json* find(const char* name) const {
    if (!m_object.is_object()) throw Failure("invalid-kubeconfig", m_where + " is not a mapping");
    const auto value = m_object.find(name);
    return value == m_object.end() || value->is_null() ? nullptr : &*value;
  }
  [[noreturn]] void refuse(const char* name, const char* wanted) const {
    throw Failure("invalid-kubeconfig", m_where + ": " + name + " is not " + wanted,
                  "look at it with kubectl config view");
  }

  const Json& m_object;
  std::string m_where;
};

/// Relative paths belong to the file that holds them.
std::string beside(const fs::path& file, const std::string& path) {
  if (path.empty() || fs::path(path).is_absolute()) return path;
  return (file.parent_path() / path).lexically_normal().string();
}

ClusterEntry read_cluster(const Fields& fields, const fs::path& file) {
  ClusterEntry entry;
  entry.server = fields.text("server");
  entry.tls_server_name = fields.text("tls-server-name");
  entry.certificate_authority = beside(file, fields.text("certificate-authority"));
  entry.certificate_authority_data = fields.text("certificate-authority-data");
  entry.proxy_url = fields.text("proxy-url");
  entry.insecure_skip_tls_verify = fields.flag("insecure-skip-tls-verify");
  entry.disable_compression = fields.flag("disable-compression");
  for (const Json& extension : fields.array("extensions")) {
    if (extension.value("name", "") == "client.authentication.k8s.io/exec") {
      entry.exec_extension = to_text(extension.value("extension", Json()));
    }
  }
  return entry;
}

ExecConfig read_exec(const Json& object, const std::string& where, const fs::path& file) {
  const Fields fields(object, where + ".exec");
  ExecConfig exec;
  exec.api_version = fields.text("apiVersion");
  exec.command = fields.text("command");
  const bool relative_path = exec.command.find('/') != std::string::npos;
  if (relative_path) exec.command = beside(file, exec.command);
  exec.arguments = fields.texts("args");
  for (const Json& variable : fields.array("env")) {
    const Fields pair(variable, where + ".exec.env");
    exec.environment.emplace_back(pair.text("name"), pair.text("value"));
  }
  exec.install_hint = fields.text("installHint");
  exec.provide_cluster_info = fields.flag("provideClusterInfo");
  exec.interactive_mode = fields.text("interactiveMode");
  return exec;
}

UserEntry read_user(const Fields& fields, const fs::path& file) {
  UserEntry entry;
  entry.client_certificate = beside(file, fields.text("client-certificate"));
  entry.client_certificate_data = fields.text("client-certificate-data");
  entry.client_key = beside(file, fields.text("client-key"));
  entry.client_key_data = fields.text("client-key-data");
  entry.token = fields.text("token");
  entry.token_file = beside(file, fields.text("tokenFile"));
  entry.username = fields.text("username");
  entry.password = fields.text("password");
  entry.impersonate = fields.text("as");
  entry.impersonate_uid = fields.text("as-uid");
  entry.impersonate_groups = fields.texts("as-groups");
  const Json extra = fields.object("as-user-extra");
  for (const auto& [key, values] : extra.items()) {
    entry.impersonate_extra[key] = values.get<std::vector<std::string>>();
  }
  const Json exec = fields.object("exec");
  if (!exec.empty()) entry.exec = read_exec(exec, fields.where(), file);
  const Json provider = fields.object("auth-provider");
  if (!provider.empty()) entry.auth_provider = provider.value("name", "unnamed");
  return entry;
}

ContextEntry read_context(const Fields& fields, const fs::path&) {
  return {.cluster = fields.text("cluster"),
          .user = fields.text("user"),
          .name_space = fields.text("namespace")};
}

/// `clusters: [{name: N, cluster: {...}}]`: the first file that defines N wins the whole entry.
template <typename Entry>
void merge_section(std::map<std::string, Entry>& into, const Json& file_value, const char* section,
                   const char* member, const fs::path& file,
                   Entry (*read)(const Fields&, const fs::path&),
                   std::vector<std::string>* order = nullptr) {
  std::map<std::string, Entry> own;  // within one file the last of a name wins, as in client-go
  for (const Json& item : Fields(file_value, shown(file)).array(section)) {
    const std::string where = shown(file) + ": " + section;
    const Fields named(item, where);
    const std::string name = named.text("name");
    const Json value = named.object(member);
    own[name] = read(Fields(value, where + " \"" + name + "\""), file);
    if (order != nullptr && std::find(order->begin(), order->end(), name) == order->end()) {
      order->push_back(name);
    }
  }
  into.merge(own);
}

/// Others who can read tokens, or write a command that will run: said once, not forbidden.
void warn_of_modes(Kubeconfig& config, const fs::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) return;
  if ((status.st_mode & 022U) != 0) {
    config.warnings.push_back(shown(file) + " can be written by others; chmod 600 it");
  } else if ((status.st_mode & 044U) != 0) {
    const bool secret = std::any_of(config.users.begin(), config.users.end(), [](const auto& user) {
      return !user.second.token.empty() || !user.second.client_key_data.empty() ||
             !user.second.password.empty();
    });
    if (secret)
      config.warnings.push_back(shown(file) +
                                " holds credentials and can be read by others; chmod 600 it");
  }
}

void merge_file(Kubeconfig& config, const fs::path& file) {
  Json value;
  try {
    value = parse_yaml(read_file(file, std::uint64_t{8} << 20U), shown(file)).value;
  } catch (const Failure& failure) {
    Problem problem = failure.problem();
    problem.code = "invalid-kubeconfig";
    throw Failure(problem);
  }
  if (value.is_null()) value = Json::object();
  const Fields fields(value, shown(file));
  merge_section(config.clusters, value, "clusters", "cluster", file, read_cluster);
  merge_section(config.users, value, "users", "user", file, read_user);
  merge_section(config.contexts, value, "contexts", "context", file, read_context,
                &config.context_order);
  if (config.current_context.empty()) config.current_context = fields.text("current-context");
  config.files.push_back(file);
  warn_of_modes(config, file);
}

/// Where to look, in the order in which the first one wins.
std::vector<fs::path> candidate_files() {
  const char* variable = std::getenv("KUBECONFIG");
  std::vector<fs::path> files;
  if (variable != nullptr && *variable != '\0') {
    for (const std::string& part : split(variable, ':')) {
      if (!part.empty() && std::find(files.begin(), files.end(), part) == files.end()) {
        files.emplace_back(part);
      }
    }
    return files;
  }
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') files.push_back(fs::path(home) / ".kube" / "config");
  return files;
}

}  // namespace

Kubeconfig load_kubeconfig(const std::optional<fs::path>& explicit_path) {
  Kubeconfig config;
  if (explicit_path) {
    merge_file(config, fs::absolute(*explicit_path));
    return config;
  }
  for (const fs::path& file : candidate_files()) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(file, ignored))) merge_file(config, fs::absolute(file));
  }
  return config;
}

std::vector<std::string> context_names(const std::optional<fs::path>& explicit_path) {
  try {
    return load_kubeconfig(explicit_path).context_order;
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace mesh
