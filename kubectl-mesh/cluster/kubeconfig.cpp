#include "cluster/kubeconfig.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sys/stat.h>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "cluster/kubeconfig_fields.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

/// Relative paths belong to the file that holds them.
std::string beside(const fs::path& file, const std::string& path) {
  if (path.empty() || fs::path(path).is_absolute()) return path;
  return (file.parent_path() / path).lexically_normal().string();
}

ClusterEntry read_cluster(Fields& fields, const fs::path& file) {
  ClusterEntry entry;
  entry.server = fields.text("server");
  entry.tls_server_name = fields.text("tls-server-name");
  entry.certificate_authority = beside(file, fields.text("certificate-authority"));
  entry.certificate_authority_data = fields.text("certificate-authority-data");
  entry.proxy_url = fields.text("proxy-url");
  entry.insecure_skip_tls_verify = fields.flag("insecure-skip-tls-verify");
  entry.disable_compression = fields.flag("disable-compression");
  for (const Json& item : fields.array("extensions")) {
    Fields extension(item, fields.where() + ".extensions", fields.warnings());
    if (extension.text("name") == "client.authentication.k8s.io/exec") {
      entry.exec_extension = to_text(item.value("extension", Json()));
    }
  }
  fields.finish({"api-version"});
  return entry;
}

ExecConfig read_exec(Fields& user, const fs::path& file) {
  const Json object = user.object("exec");
  Fields fields(object, user.where() + ".exec", user.warnings());
  ExecConfig exec;
  exec.api_version = fields.text("apiVersion");
  exec.command = fields.text("command");
  const bool relative_path = exec.command.find('/') != std::string::npos;
  if (relative_path) exec.command = beside(file, exec.command);
  exec.arguments = fields.texts("args");
  for (const Json& variable : fields.array("env")) {
    Fields pair(variable, fields.where() + ".env", fields.warnings());
    exec.environment.emplace_back(pair.meant_text("name"), pair.text("value"));
    pair.finish({});
  }
  exec.install_hint = fields.text("installHint");
  exec.provide_cluster_info = fields.flag("provideClusterInfo");
  exec.interactive_mode = fields.text("interactiveMode");
  fields.finish({});
  return exec;
}

/// Set but empty is an error throughout: whoever writes `as: ""` by accident would act as himself.
void read_impersonation(UserEntry& entry, Fields& fields) {
  entry.impersonate = fields.meant_text("as");
  entry.impersonate_uid = fields.meant_text("as-uid");
  entry.impersonate_groups = fields.texts("as-groups");
  const bool no_group = entry.impersonate_groups.empty() && fields.has("as-groups");
  if (no_group ||
      std::count(entry.impersonate_groups.begin(), entry.impersonate_groups.end(), "")) {
    fields.refuse("has an as-groups that is empty");
  }
  const Json extra = fields.object("as-user-extra");
  Fields keys(extra, fields.where() + ".as-user-extra", fields.warnings());
  for (const auto& [key, values] : extra.items()) {
    entry.impersonate_extra[key] = keys.texts(key.c_str());
    if (key.empty() || entry.impersonate_extra[key].empty()) {
      keys.refuse("has a key or a list that is empty");
    }
  }
}

UserEntry read_user(Fields& fields, const fs::path& file) {
  UserEntry entry;
  entry.client_certificate = beside(file, fields.text("client-certificate"));
  entry.client_certificate_data = fields.text("client-certificate-data");
  entry.client_key = beside(file, fields.text("client-key"));
  entry.client_key_data = fields.text("client-key-data");
  entry.token = fields.text("token");
  entry.token_file = beside(file, fields.text("tokenFile"));
  entry.username = fields.text("username");
  entry.password = fields.text("password");
  read_impersonation(entry, fields);
  if (fields.has("exec")) entry.exec = read_exec(fields, file);
  if (fields.has("auth-provider")) {
    const Json object = fields.object("auth-provider");
    Fields provider(object, fields.where() + ".auth-provider", fields.warnings());
    entry.auth_provider = provider.text("name");
    if (entry.auth_provider.empty()) entry.auth_provider = "unnamed";
  }
  fields.finish({"extensions"});
  return entry;
}

ContextEntry read_context(Fields& fields, const fs::path&) {
  ContextEntry entry{.cluster = fields.text("cluster"),
                     .user = fields.text("user"),
                     .name_space = fields.text("namespace")};
  fields.finish({"extensions"});
  return entry;
}

/// `clusters: [{name: N, cluster: {...}}]`, with N there once.
template <typename Entry>
std::map<std::string, Entry> read_section(Fields& file_fields, const char* section,
                                          const char* member, const fs::path& file,
                                          Entry (*read)(Fields&, const fs::path&),
                                          std::vector<std::string>& order) {
  std::map<std::string, Entry> own;
  const std::string where = file_fields.where() + ": " + section;
  for (const Json& item : file_fields.array(section)) {
    Fields named(item, where, file_fields.warnings());
    const std::string name = named.text("name");
    const Json value = named.object(member);
    Fields fields(value, where + " \"" + escape_terminal(name) + "\"", file_fields.warnings());
    named.finish({});
    if (!own.emplace(name, read(fields, file)).second) fields.refuse("is there twice");
    if (std::find(order.begin(), order.end(), name) == order.end()) order.push_back(name);
  }
  return own;
}

bool holds_secrets(const std::map<std::string, UserEntry>& users) {
  return std::any_of(users.begin(), users.end(), [](const auto& entry) {
    const UserEntry& user = entry.second;
    return !user.token.empty() || !user.client_key_data.empty() || !user.password.empty();
  });
}

/// Others who can read tokens, or write a command that will run: said once, not forbidden.
void warn_of_modes(std::vector<std::string>& warnings, const fs::path& file, bool secret) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  if ((status.st_mode & 022U) != 0) {
    warnings.push_back(shown(file) + " can be written by others; chmod 600 it");
  } else if ((status.st_mode & 044U) != 0 && secret) {
    warnings.push_back(shown(file) + " holds credentials and can be read by others; chmod 600 it");
  }
}

/// Of a document that says what it is; kubectl takes one that does not.
void check_kind(Fields& fields) {
  const std::string kind = fields.text("kind");
  const std::string version = fields.text("apiVersion");
  if ((!kind.empty() && kind != "Config") || (!version.empty() && version != "v1")) {
    fields.refuse("is a " + escape_terminal(version + " " + kind) + ", not a v1 Config");
  }
}

// Hundreds of clusters with their certificates in one file are rare but real.
constexpr YamlLimits k_limits{.bytes = std::size_t{8} << 20U, .values = 400'000};

Json read_document(const fs::path& file) {
  try {
    Json value = parse_yaml(read_file(file, k_limits.bytes), shown(file), k_limits).value;
    return value.is_null() ? Json::object() : value;
  } catch (const Failure& failure) {
    Problem problem = failure.problem();
    problem.code = "invalid-kubeconfig";
    throw Failure(problem);
  }
}

/// The first file that defines a name wins the whole entry.
void merge_file(Kubeconfig& config, const fs::path& file) {
  const Json value = read_document(file);
  Fields fields(value, shown(file), config.warnings);
  check_kind(fields);
  std::vector<std::string> unused;
  config.clusters.merge(read_section(fields, "clusters", "cluster", file, read_cluster, unused));
  auto users = read_section(fields, "users", "user", file, read_user, unused);
  const bool secret = holds_secrets(users);
  config.users.merge(users);
  config.contexts.merge(
      read_section(fields, "contexts", "context", file, read_context, config.context_order));
  const std::string current = fields.text("current-context");
  if (config.current_context.empty()) config.current_context = current;
  fields.finish({"preferences", "extensions"});
  config.files.push_back(file);
  warn_of_modes(config.warnings, file, secret);
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

/// Not there, or a link to what is not there. One that we may not look at is no such file.
bool missing(const fs::path& file) {
  struct stat status = {};
  return ::stat(file.c_str(), &status) != 0 && errno == ENOENT;
}

}  // namespace

Kubeconfig load_kubeconfig(const std::optional<fs::path>& explicit_path) {
  Kubeconfig config;
  if (explicit_path) {
    merge_file(config, fs::absolute(*explicit_path));
    return config;
  }
  for (const fs::path& file : candidate_files()) {
    if (!missing(file)) merge_file(config, fs::absolute(file));
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
