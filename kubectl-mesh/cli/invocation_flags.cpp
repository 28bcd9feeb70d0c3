#include "cli/invocation_flags.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"
#include "cli/option_value.hpp"
#include "mesh/problem.hpp"
#include "mesh/shell.hpp"

namespace mesh {

namespace {

/// Puts one value into its place. A later value of a flag replaces an earlier one, except in lists.
using Setter = void (*)(Invocation&, const std::string&);

bool is_true(const std::string& value) {
  return value == "true";
}

std::chrono::milliseconds timeout_of(const char* flag, const std::string& value) {
  const std::optional<std::chrono::milliseconds> timeout = read_timeout(value);
  if (!timeout) {
    throw Failure("usage", std::string("--") + flag + ": \"" + value + "\" is not a duration",
                  "write it as 5s, 1m30s or 2h");
  }
  return *timeout;
}

void add_contexts(Invocation& invocation, const std::string& list) {
  const std::size_t before = invocation.contexts.size();
  for (std::string& pattern : split(list, ',')) {
    if (!pattern.empty()) invocation.contexts.push_back(std::move(pattern));
  }
  if (invocation.contexts.size() > before) return;
  throw Failure("usage", "--contexts names no context",
                "write --contexts a,b or --contexts 'game-*'");
}

void add_unsandboxed(Invocation& invocation, const std::string& list) {
  for (std::string& name : split(list, ',')) {
    if (name.empty()) {
      throw Failure("usage", "--allow-unsandboxed: \"" + list + "\" has an empty name in it",
                    "write --allow-unsandboxed=NAME or --allow-unsandboxed=NAME,OTHER");
    }
    invocation.unsandboxed.insert(std::move(name));
  }
}

void add_setting(Invocation& invocation, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Failure("usage", "--set: \"" + setting + "\" is not KEY=VALUE");
  }
  invocation.settings.push_back(setting);
}

void set_dry_run(Invocation& invocation, const std::string& mode) {
  const std::map<std::string_view, DryRunMode> modes{
      {"none", DryRunMode::none}, {"client", DryRunMode::client}, {"server", DryRunMode::server}};
  invocation.dry_run = modes.at(mode);
}

void set_color(Invocation& invocation, const std::string& when) {
  const std::map<std::string_view, ColorMode> modes{
      {"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}};
  invocation.color = modes.at(when);
}

void set_verbosity(Invocation& invocation, const std::string& level) {
  invocation.verbosity = static_cast<int>(std::clamp<std::int64_t>(*read_number(level), 0, 10));
}

using In = Invocation&;
using Word = const std::string&;
const std::map<std::string_view, Setter>& setters() {
  static const std::map<std::string_view, Setter> rows{
      {"contexts", add_contexts},
      {"context", [](In to, Word value) { to.context = value; }},
      {"filename", [](In to, Word value) { to.file = value; }},
      {"set", add_setting},
      {k_dry_run, set_dry_run},
      {"diff", [](In to, Word value) { to.diff = is_true(value); }},
      {"yes", [](In to, Word value) { to.yes = is_true(value); }},
      {"accept", [](In to, Word value) { to.accepted.push_back(value); }},
      {"lock-timeout",
       [](In to, Word value) { to.lock_timeout = timeout_of("lock-timeout", value); }},
      {"output-dir", [](In to, Word value) { to.output_dir = value; }},
      {"show-secrets", [](In to, Word value) { to.show_secrets = is_true(value); }},
      {"output", [](In to, Word value) { to.output = read_format(value); }},
      {"no-headers", [](In to, Word value) { to.no_headers = is_true(value); }},
      {"namespace", [](In to, Word value) { to.access.name_space = value; }},
      {"cluster", [](In to, Word value) { to.access.cluster = value; }},
      {"user", [](In to, Word value) { to.access.user = value; }},
      {"server", [](In to, Word value) { to.access.server = value; }},
      {"tls-server-name", [](In to, Word value) { to.access.tls_server_name = value; }},
      {"insecure-skip-tls-verify",
       [](In to, Word value) { to.access.insecure_skip_tls_verify = is_true(value); }},
      {"allow-insecure-tls",
       [](In to, Word value) { to.access.allow_insecure_tls = is_true(value); }},
      {"certificate-authority", [](In to, Word value) { to.access.certificate_authority = value; }},
      {"client-certificate", [](In to, Word value) { to.access.client_certificate = value; }},
      {"client-key", [](In to, Word value) { to.access.client_key = value; }},
      {"token", [](In to, Word value) { to.access.token = value; }},
      {"as", [](In to, Word value) { to.access.as = value; }},
      {"as-uid", [](In to, Word value) { to.access.as_uid = value; }},
      {"as-group", [](In to, Word value) { to.access.as_groups.push_back(value); }},
      {"as-user-extra", [](In to, Word value) { to.access.as_user_extra.push_back(value); }},
      {"disable-compression",
       [](In to, Word value) { to.access.disable_compression = is_true(value); }},
      {"request-timeout",
       [](In to, Word value) { to.request_timeout = timeout_of("request-timeout", value); }},
      {"timeout", [](In to, Word value) { to.timeout = timeout_of("timeout", value); }},
      {"kubeconfig", [](In to, Word value) { to.kubeconfig = value; }},
      {"color", set_color},
      {"v", set_verbosity},
      {"allow-unsandboxed", add_unsandboxed},
      {"help", [](In, Word) {}},
  };
  return rows;
}

void set_own_option(Json& options, const Option& option, Json value) {
  if (!option.repeated) {
    options[option.name] = std::move(value);
    return;
  }
  if (!options.contains(option.name)) options[option.name] = Json::array();
  options[option.name].push_back(std::move(value));
}

void require_consistent(const Invocation& invocation) {
  const auto refuse = [](const char* what, const char* hint) {
    throw Failure("usage", what, hint);
  };
  if (!invocation.context.empty() && !invocation.contexts.empty()) {
    refuse("--context and --contexts exclude each other", "name all of them with --contexts a,b");
  }
  const bool one_cluster = !invocation.access.server.empty() || !invocation.access.cluster.empty();
  if (one_cluster && !invocation.contexts.empty()) {
    refuse("--contexts with --server or --cluster would lead all contexts to one cluster",
           "leave --server and --cluster to the kubeconfig");
  }
  const bool manifests =
      invocation.output == OutputFormat::table || invocation.output == OutputFormat::yaml;
  if (invocation.output_dir && !manifests) {
    refuse("--output-dir writes YAML", "leave -o out, or write -o yaml");
  }
}

std::string shown_value(const GivenFlag& flag) {
  if (is_secret_name(flag.name)) return "***";
  const std::size_t equals = flag.value.find('=');
  const bool secret_setting = equals != std::string::npos && flag.option->value == "KEY=VALUE" &&
                              is_secret_name(flag.value.substr(0, equals));
  return secret_setting ? flag.value.substr(0, equals) + "=***" : flag.value;
}

std::string shown_flag(const GivenFlag& flag) {
  const std::string name = (flag.name.size() == 1 ? "-" : "--") + flag.name;
  const bool bare = flag.option->type == OptionType::flag && is_true(flag.value);
  return bare ? name : name + "=" + shell_quoted(shown_value(flag));
}

void fill_shown(Invocation& invocation, const std::vector<GivenFlag>& flags) {
  std::string& line = invocation.shown;
  line = invocation.program;
  for (const std::string& word : invocation.command) line += " " + word;
  for (const std::string& word : invocation.arguments) line += " " + shell_quoted(word);
  for (const GivenFlag& flag : flags) {
    const bool of_verb = !setters().contains(flag.name);
    invocation.shown_flags.push_back({flag.name, shown_flag(flag), of_verb});
    line += " " + invocation.shown_flags.back().word;
  }
}

}  // namespace

OutputFormat read_format(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, OutputFormat>, 6> k_formats{
      {{"table", OutputFormat::table},
       {"wide", OutputFormat::wide},
       {"json", OutputFormat::json},
       {"yaml", OutputFormat::yaml},
       {"name", OutputFormat::name},
       {"junit", OutputFormat::junit}}};
  for (const auto& [name, format] : k_formats) {
    if (name == word) return format;
  }
  throw Failure("usage", "-o: \"" + word + "\" is no output format");
}

void fill_invocation(const std::vector<GivenFlag>& flags, Parsed& parsed) {
  Invocation& invocation = parsed.invocation;
  for (GivenFlag flag : flags) {
    if (flag.name == k_dry_run && flag.value.empty()) {
      flag.value = "client";
      parsed.warnings.emplace_back(
          "--dry-run without a value means --dry-run=client, which is what to write");
    }
    const auto setter = setters().find(flag.name);
    // An unset variable in a script must not lead to the current context, or to oneself.
    if (setter != setters().end() && flag.value.empty()) {
      throw Failure("usage", "--" + flag.name + " is empty", "leave it out, or give it a value");
    }
    Json value = read_option(*flag.option, flag.value);
    if (setter != setters().end()) {
      setter->second(invocation, flag.value);
    } else {
      set_own_option(invocation.options, *flag.option, std::move(value));
    }
  }
  require_consistent(invocation);
  fill_shown(invocation, flags);
}

}  // namespace mesh
