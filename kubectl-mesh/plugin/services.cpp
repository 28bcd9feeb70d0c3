#include "plugin/services.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "kube/resource.hpp"
#include "mesh/problem.hpp"
#include "plugin/trust.hpp"

namespace mesh {

namespace {

constexpr std::int64_t k_page_max = 500;
constexpr std::size_t k_reads_max = 10'000;
constexpr std::int64_t k_random_max = 1024;

/// Whose call it is and what it is answered from.
struct Caller {
  const ServiceContext& context;
  const PluginEntry& plugin;
};

[[noreturn]] void refuse(const std::string& what) {
  throw Failure("invalid-document", what);
}

// ---- kube.read/1

constexpr std::string_view k_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// These words become parts of a URL: one that could lead elsewhere is refused.
void require_word(const std::string& text, const std::string& more, const char* field) {
  const std::string allowed = std::string(k_letters) + more;
  const bool climbs = text == "." || text == "..";
  if (text.find_first_not_of(allowed) == std::string::npos && !climbs) return;
  refuse(std::string("kube.read/1: \"") + text + "\" is no " + field);
}

void require_group_version(const std::string& text) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.empty() || parts.size() > 2) refuse("kube.read/1: \"" + text + "\" is no apiVersion");
  for (const std::string& part : parts) {
    if (part.empty()) refuse("kube.read/1: \"" + text + "\" is no apiVersion");
    require_word(part, "-.", "apiVersion");
  }
}

Read read_of(const Json& document) {
  Read read;
  read.cluster = document.at("cluster").get<std::string>();
  read.object = object_ref_from_json(document);
  require_group_version(read.object.api_version);
  require_word(read.object.kind, "", "kind");
  require_word(read.object.name_space, "-.", "namespace");
  require_word(read.object.name, "-._:@", "name");
  read.labels = document.value("labels", std::string());
  read.limit = std::clamp<std::int64_t>(document.value("limit", k_page_max), 1, k_page_max);
  read.next = document.value("next", std::string());
  return read;
}

std::optional<Problem> problem_with(const Read& read, const Caller& caller) {
  const auto& names = caller.context.fleet->names();
  Problem problem;
  problem.cluster = read.cluster;
  problem.object = to_string(read.object);
  if (std::find(names.begin(), names.end(), read.cluster) == names.end()) {
    problem.code = "unknown-context";
    problem.message = "cluster \"" + read.cluster + "\" is not part of this run";
    return problem;
  }
  if (resource_of(read.object.kind) == "secrets" && !may_read_secrets(caller.plugin)) {
    problem.code = "refused";
    problem.message =
        "plugin " + caller.plugin.manifest.name + " is not bundled and may not read Secrets";
    return problem;
  }
  return std::nullopt;
}

Json to_json(const ReadResult& result) {
  Json document{{"found", result.found}, {"object", result.object}, {"next", result.next}};
  if (result.problem) document["problem"] = ::mesh::to_json(*result.problem);
  return document;
}

Json kube_read(const Caller& caller, const Json& request) {
  if (caller.context.fleet == nullptr) {
    throw Failure("invalid-input", "no cluster is addressed", "name some with --contexts");
  }
  const Json& wanted = request.at("reads");
  if (!wanted.is_array() || wanted.size() > k_reads_max) {
    refuse("kube.read/1: reads is not an array of at most 10000");
  }
  std::vector<ReadResult> results(wanted.size());
  std::vector<Read> reads;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    Read read = read_of(wanted[at]);
    results[at].problem = problem_with(read, caller);
    if (results[at].problem) continue;
    reads.push_back(std::move(read));
    places.push_back(at);
  }
  std::vector<ReadResult> answers = caller.context.fleet->read(reads);
  for (std::size_t at = 0; at < answers.size(); ++at) {
    results[places[at]] = std::move(answers[at]);
  }
  Json reply{{"results", Json::array()}};
  for (const ReadResult& result : results) reply["results"].push_back(to_json(result));
  return reply;
}

// ---- what it says

Json log_write(const Caller& caller, const Json& request) {
  constexpr std::array<std::string_view, 3> k_levels{"debug", "info", "warning"};
  const std::string level = request.value("level", std::string("info"));
  if (std::find(k_levels.begin(), k_levels.end(), level) == k_levels.end()) {
    refuse("log/1: the level \"" + level + "\" is not debug, info or warning");
  }
  const std::string text = request.at("text").get<std::string>();
  if (caller.context.log) {
    caller.context.log(level, caller.plugin.manifest.name + ": " + escape_terminal(text));
  }
  return Json::object();
}

Json progress_step(const Caller& caller, const Json& request) {
  const std::string cluster = request.value("cluster", std::string());
  const std::string text = request.at("text").get<std::string>();
  if (caller.context.progress) {
    caller.context.progress(escape_terminal(cluster), escape_terminal(text));
  }
  return Json::object();
}

// ---- what it may know

Json settings_get(const Caller& caller, const Json&) {
  const auto& settings = caller.context.settings;
  return {{"settings", settings ? settings(caller.plugin.manifest.name) : Json::object()}};
}

Json clock_now(const Caller&, const Json&) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {{"unixMillis", std::chrono::duration_cast<std::chrono::milliseconds>(since).count()}};
}

Json random_bytes_of(const Caller&, const Json& request) {
  const auto count = request.at("count").get<std::int64_t>();
  if (count < 0 || count > k_random_max) refuse("random/1: count is not 0 to 1024");
  Json bytes = Json::array();
  for (const char byte : random_bytes(static_cast<std::size_t>(count))) {
    bytes.push_back(static_cast<unsigned char>(byte));
  }
  return {{"bytes", std::move(bytes)}};
}

// ---- store/1

/// Without "..", "." and a slash at the end, so that one folder is spelt one way.
std::filesystem::path normal(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

std::filesystem::path folder_of(const Caller& caller, const std::string& asked) {
  const std::filesystem::path own =
      std::filesystem::path(caller.context.plugin_data) / caller.plugin.manifest.name;
  if (asked.empty()) return own;
  const std::filesystem::path folder = normal(asked);
  if (!folder.is_absolute()) refuse("store/1: the folder \"" + asked + "\" is not absolute");
  const auto& named = caller.context.folders;
  const bool allowed = caller.plugin.origin == Origin::bundled || folder == normal(own.string()) ||
                       std::any_of(named.begin(), named.end(), [&](const std::string& candidate) {
                         return normal(candidate) == folder;
                       });
  if (allowed) return folder;
  throw Failure("refused", "plugin " + caller.plugin.manifest.name + " may not read the folder " +
                               folder.string());
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
  if (!plain) refuse("store/1: the name \"" + name + "\" is not one part of a path");
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

constexpr std::array<Row, 7> k_rows{{{"kube.read/1", "read", kube_read},
                                     {"log/1", "write", log_write},
                                     {"progress/1", "step", progress_step},
                                     {"settings/1", "get", settings_get},
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
  if (!request.is_object()) refuse("the request of " + what + " is not an object");
  try {
    return row->answer(caller, request);
  } catch (const Json::exception& error) {
    refuse("the request of " + what + " has another shape: " + error.what());
  }
}

}  // namespace

ServicesFor make_services(ServiceContext context) {
  return [shared = std::make_shared<const ServiceContext>(std::move(context))](
             const PluginEntry& plugin) -> ServiceCall {
    return [shared, &plugin](std::string_view service, std::string_view verb, const Json& request) {
      return serve({*shared, plugin}, service, verb, request);
    };
  };
}

}  // namespace mesh
