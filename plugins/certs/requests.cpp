#include <array>
#include <filesystem>

#include "verbs.hpp"

#include "mesh/shell.hpp"

namespace mesh::certs {

namespace {

constexpr std::int64_t k_day = 86400;

// Options that mesh.yaml may set too, in the concern's section beside the strategy's own settings.
constexpr std::array<const char*, 7> k_shared{"strategy", "ca-dir",        "istio-namespace", "key",
                                              "validity", "root-validity", "trust-domain"};
// Options that are the strategy's to read: it alone opens its keys.
constexpr std::array<const char*, 3> k_passphrase{"passphrase-file", "passphrase-env",
                                                  "ask-passphrase"};

std::int64_t days(const CommandRequest& request, const char* name, std::int64_t fallback) {
  const auto given = request.duration(name, std::chrono::seconds(fallback * k_day));
  if (given.count() >= k_day && given.count() % k_day == 0) return given.count() / k_day;
  throw Failure("invalid-input",
                "--" + std::string(name) + ": \"" + request.text(name) + "\" is not whole days",
                "give at least 1d, in days, weeks or years: 90d, 1y");
}

}  // namespace

CommandRequest with_mesh_file(CommandRequest request) {
  for (const char* name : k_shared) {
    const auto setting = request.settings.find(name);
    if (setting == request.settings.end()) continue;
    if (!setting->is_string())
      throw Failure("invalid-input", "certs: " + std::string(name) + " in mesh.yaml is not a text",
                    "write it as " + std::string(name) + ": VALUE");
    if (!request.options.contains(name)) request.options[name] = *setting;
    request.settings.erase(setting);
  }
  return request;
}

std::string strategy_name(const CommandRequest& request) {
  return request.text("strategy", "self-signed");
}

std::string istio_namespace(const CommandRequest& request) {
  const std::string name = request.text("istio-namespace", "istio-system");
  const bool good = !name.empty() && name.size() <= 63 && name.front() != '-' &&
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;
  if (good) return name;
  throw Failure("invalid-input", "--istio-namespace: \"" + name + "\" is no name of a namespace",
                "small letters, digits and dashes");
}

Look look_of(const CommandRequest& request, Depth depth) {
  const std::int64_t sample = request.number("sample", 0);
  if (request.options.contains("sample") && sample < 1)
    throw Failure("invalid-input", "--sample: how many proxies of each cluster are asked",
                  "give at least 1; without it all are asked");
  return {.clusters = request.clusters,
          .name_space = istio_namespace(request),
          .depth = depth,
          .sample = static_cast<std::size_t>(sample),
          .ask = !request.flag("objects-only")};
}

CaRequest ca_request(const CommandRequest& request) {
  CaRequest asked;
  asked.settings = request.settings;
  for (const char* name : k_passphrase) {
    if (request.options.contains(name)) asked.settings[name] = request.options[name];
  }
  const std::string folder = request.text("ca-dir");
  if (!folder.empty()) asked.folder = std::filesystem::absolute(folder).lexically_normal();
  asked.policy.key = request.text("key", asked.policy.key);
  asked.policy.trust_domain = request.text("trust-domain", request.mesh.trust_domain);
  asked.policy.root_days = days(request, "root-validity", asked.policy.root_days);
  asked.policy.days = days(request, "validity", asked.policy.days);
  return asked;
}

std::string next_command(const CommandRequest& request, const std::string& verb,
                         const std::string& what_for) {
  std::string names;
  for (const std::string& cluster : request.clusters) names += (names.empty() ? "" : ",") + cluster;
  std::string line = "kubectl mesh certs " + verb + " --contexts " + shell_quoted(names);
  // Who signs must be told again; looking needs nobody.
  for (const auto& [name, value] : request.options.items()) {
    if (verb.starts_with("rotate") && value.is_string())
      line += " --" + name + " " + shell_quoted(value.get<std::string>());
  }
  return line + "  # " + what_for;
}

}  // namespace mesh::certs
