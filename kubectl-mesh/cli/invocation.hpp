#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/access.hpp"
#include "mesh/json.hpp"

namespace mesh {

enum class OutputFormat { table, wide, json, yaml, name, junit };  ///< junit: checks only
enum class ColorMode { automatic, always, never };
enum class DryRunMode { none, client, server };

/// The command line, understood: what the engine needs to run a verb. Made by cli/arguments.
struct Invocation {
  std::string program;  ///< how to call us in texts: "kubectl mesh", or the program's name
  std::vector<std::string> command;    ///< {"contexts"}, {"undo"}, {CONCERN, VERB}
  std::vector<std::string> arguments;  ///< positional, after the command's words
  Json options = Json::object();       ///< the verb's own options, typed as in its manifest
  std::vector<std::string> settings;   ///< --set key=value
  std::string shown;  ///< the command line for journal and messages, values of secret flags masked
  /// Its flags, each as in `shown`.
  struct ShownFlag {
    std::string name;  ///< without dashes
    std::string word;
    bool of_verb = false;  ///< an option that other verbs do not have
  };
  std::vector<ShownFlag> shown_flags;

  // kubectl's flags
  std::optional<std::filesystem::path> kubeconfig;
  std::string context;
  std::vector<std::string> contexts;  ///< patterns
  AccessOverrides access;
  std::chrono::milliseconds request_timeout{0};  ///< 0: the default
  int verbosity = 0;
  /// Third-party plugins that may run where the kernel cannot confine them.
  std::set<std::string, std::less<>> unsandboxed;

  // ours
  std::optional<std::filesystem::path> file;  ///< -f mesh.yaml
  OutputFormat output = OutputFormat::table;
  bool no_headers = false;
  std::optional<std::filesystem::path> output_dir;
  DryRunMode dry_run = DryRunMode::none;
  bool diff = false;  ///< show the plan, exit 1 if it changes anything, as kubectl diff
  bool yes = false;
  std::vector<std::string> accepted{};        ///< --accept: writes that no plan has to announce
  std::chrono::milliseconds lock_timeout{0};  ///< for another run's end; 0: refuse at once
  bool show_secrets = false;
  ColorMode color = ColorMode::automatic;
  std::chrono::milliseconds timeout{0};  ///< of the whole run; 0: none

  /// The plan itself is what was asked for.
  bool only_shows() const { return diff || output_dir || dry_run == DryRunMode::client; }
};

}  // namespace mesh
