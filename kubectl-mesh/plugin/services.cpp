#include "plugin/services.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "mesh/problem.hpp"
#include "mesh/time.hpp"
#include "plugin/service_rows.hpp"
#include "plugin/third_party_text.hpp"

namespace mesh {

namespace {

constexpr std::int64_t k_random_max = 1024;

// ---- what it says

Json log_write(const Caller& caller, const Json& request) {
  constexpr std::array<std::string_view, 3> k_levels{"debug", "info", "warning"};
  const std::string level = request.value("level", std::string("info"));
  if (std::find(k_levels.begin(), k_levels.end(), level) == k_levels.end()) {
    refuse_request("log/1: the level \"" + level + "\" is not debug, info or warning");
  }
  const std::string text = request.at("text").get<std::string>();
  if (caller.context.log) {
    caller.context.log(level, caller.rights.plugin().manifest.name + ": " +
                                  escape_terminal(said_by(caller.rights.plugin(), text)));
  }
  return Json::object();
}

Json progress_step(const Caller& caller, const Json& request) {
  const std::string cluster = request.value("cluster", std::string());
  const std::string text = said_by(caller.rights.plugin(), request.at("text").get<std::string>());
  if (caller.context.progress) {
    caller.context.progress(escape_terminal(cluster), escape_terminal(text));
  }
  return Json::object();
}

/// A helper process has no terminal. Whoever answers must see whose question it is.
Json operator_secret(const Caller& caller, const Json& request) {
  SecretQuestion asked;
  asked.question =
      caller.rights.plugin().manifest.name + ": " +
      escape_terminal(said_by(caller.rights.plugin(), request.at("question").get<std::string>()));
  asked.confirm = request.value("confirm", false);
  asked.instead =
      escape_terminal(said_by(caller.rights.plugin(), request.value("instead", std::string())));
  if (!caller.context.ask_secret) throw Failure("unsupported", "nobody is there to be asked");
  return {{"answer", caller.context.ask_secret(asked)}};
}

// ---- what it may know

Json clock_now(const Caller&, const Json&) {
  return {{"time", time_text(std::chrono::floor<std::chrono::milliseconds>(
                       std::chrono::system_clock::now()))}};
}

Json random_bytes_of(const Caller&, const Json& request) {
  const auto count = request.at("count").get<std::int64_t>();
  if (count < 0 || count > k_random_max) refuse_request("random/1: count is not 0 to 1024");
  Json bytes = Json::array();
  for (const char byte : random_bytes(static_cast<std::size_t>(count))) {
    bytes.push_back(static_cast<unsigned char>(byte));
  }
  return {{"bytes", std::move(bytes)}};
}

Json yaml_parse(const Caller&, const Json& request) {
  constexpr YamlLimits k_limits{.bytes = std::size_t{8} << 20U, .values = 400'000};
  const std::string what = request.value("what", std::string("the text"));
  return {
      {"documents", parse_yaml_documents(request.at("text").get<std::string>(), what, k_limits)}};
}

Json catalogue_list(const Caller& caller, const Json& request) {
  const std::string point = request.at("point").get<std::string>();
  Json extensions = Json::array();
  if (caller.context.catalogue == nullptr) return {{"extensions", extensions}};
  for (const Extension* extension : caller.context.catalogue->of_point(point)) {
    extensions.push_back({{"address", extension->point + ":" + extension->name},
                          {"name", extension->name},
                          {"summary", extension->summary},
                          {"abilities", extension->abilities}});
  }
  return {{"extensions", extensions}};
}

// ---- store/1

/// Its own, or one that the operator named for it.
std::filesystem::path folder_of(const Caller& caller, const std::string& asked) {
  const std::string& name = caller.rights.plugin().manifest.name;
  const std::filesystem::path own = std::filesystem::path(caller.context.plugin_data) / name;
  if (asked.empty()) return own;
  const std::filesystem::path folder = normal(asked);
  if (!folder.is_absolute())
    refuse_request("store/1: the folder \"" + asked + "\" is not absolute");
  const auto& named = caller.rights.folders;
  if (folder == normal(own) || std::find(named.begin(), named.end(), folder) != named.end())
    return folder;
  throw Failure("refused",
                "plugin " + name + " may not read the folder " + folder.string() +
                    ": it is neither its own nor one that the operator named for it",
                "the manifest needs a setting of the format \"path\" that names the folder, and "
                "the operator sets it");
}

/// Documents are UTF-8; bytes that are none would come out changed.
Json text_of(const std::string& data, const std::filesystem::path& path) try {
  Json text(data);
  text.dump();
  return text;
} catch (const Json::exception&) {
  throw Failure("invalid-input", path.string() + " is not a text in UTF-8");
}

Json store_get(const Caller& caller, const Json& request) {
  const std::string name = request.at("name").get<std::string>();
  const bool plain = !name.empty() && name != "." && name != ".." &&
                     name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
  if (!plain) refuse_request("store/1: the name \"" + name + "\" is not one part of a path");
  const auto path = folder_of(caller, request.value("folder", std::string())) / name;
  const std::optional<std::string> data = read_private_file(path);
  if (!data) return {{"found", false}};
  return {{"found", true}, {"data", text_of(*data, path)}};
}

// ---- all of them

struct Row {
  std::string_view service;
  std::string_view verb;
  Json (*answer)(const Caller& caller, const Json& request);
};

constexpr std::array<Row, 16> k_rows{{{"kube.read/1", "read", kube_read},
                                      {"kube.read/1", "try", kube_try},
                                      {"kube.read/1", "forget", kube_forget},
                                      {"cluster/1", "describe", cluster_describe},
                                      {"cluster/1", "versions", cluster_versions},
                                      {"pod/1", "ask", pod_ask},
                                      {"tls/1", "probe", tls_probe},
                                      {"program/1", "run", program_run},
                                      {"yaml/1", "parse", yaml_parse},
                                      {"catalogue/1", "list", catalogue_list},
                                      {"log/1", "write", log_write},
                                      {"progress/1", "step", progress_step},
                                      {"operator/1", "secret", operator_secret},
                                      {"clock/1", "now", clock_now},
                                      {"random/1", "bytes", random_bytes_of},
                                      {"store/1", "get", store_get}}};

Json serve(const Caller& caller, std::string_view service, std::string_view verb,
           const Json& request) {
  const std::string what = std::string(service) + " " + std::string(verb);
  const auto* row = std::find_if(k_rows.begin(), k_rows.end(), [&](const Row& candidate) {
    return candidate.service == service && candidate.verb == verb;
  });
  if (row == k_rows.end()) throw Failure("unsupported", "there is no service " + what);
  if (!request.is_object()) refuse_request("the request of " + what + " is not an object");
  try {
    return row->answer(caller, request);
  } catch (const Json::exception& error) {
    refuse_request("the request of " + what + " has another shape: " + error.what());
  }
}

}  // namespace

ServicesFor make_services(ServiceContext context) {
  return [shared = std::make_shared<const ServiceContext>(std::move(context))](
             const Rights& rights) -> ServiceCall {
    return [shared, rights](std::string_view service, std::string_view verb, const Json& request) {
      return serve({*shared, rights}, service, verb, request);
    };
  };
}

}  // namespace mesh
