#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "folder_support.hpp"
#include "places.hpp"
#include <catch2/catch.hpp>

#include "plugin/catalogue.hpp"

namespace mesh::test {

/// A catalogue of a made-up plugin: its concern has a verb that changes and one that reads, with an
/// option of every type.
inline Catalogue lamp_catalogue() {
  const auto option = [](std::string name, OptionType type, std::string value, std::string help) {
    Option made;
    made.name = std::move(name);
    made.type = type;
    made.value = std::move(value);
    made.help = std::move(help);
    return made;
  };
  Verb light;
  light.name = "light";
  light.summary = "Light the lamps of all clusters";
  light.details =
      "Puts one lamp into every cluster and lights it, however long the line that says so may be.\n"
      "\nLamps that burn already are left alone.";
  light.changes = true;
  light.options = {option("strategy", OptionType::text, "STRATEGY", "who makes the fire"),
                   option("watts", OptionType::number, "N", "how bright"),
                   option("burn-time", OptionType::duration, "", "how long"),
                   option("wick-file", OptionType::path, "", "wick to use"),
                   option("force", OptionType::flag, "", "light broken lamps, too"),
                   option("color-name", OptionType::text, "", "color of the light"),
                   option("tag", OptionType::text, "KEY=VALUE", "label of the lamps")};
  light.options[5].choices = {"amber", "white"};
  light.options[5].fallback = "white";
  light.options[6].repeated = true;
  light.examples = {{"two clusters", "lamp light --contexts a,b"},
                    {"brighter", "lamp light --contexts a,b --watts=60"}};
  Verb show;
  show.name = "show";
  show.summary = "Show the lamps";
  show.options = {option("force", OptionType::text, "LEVEL", "how much to show")};
  show.examples = {{"all lamps", "lamp show --contexts 'game-*'"}};

  Extension lamp;
  lamp.point = "command/1";
  lamp.name = "lamp";
  lamp.summary = "Lamps in every cluster";
  lamp.verbs = {light, show};
  Extension flint;
  flint.point = "ca/1";
  flint.name = "flint";
  flint.summary = "Sparks from a stone";
  Extension gas;
  gas.point = "ca/1";
  gas.name = "gas";
  gas.summary = "From the mains";

  Catalogue catalogue;
  PluginEntry entry;
  entry.manifest.name = "lamp";
  entry.manifest.version = "1.2.3";
  entry.manifest.provides = {lamp, flint, gas};
  catalogue.plugins.push_back(entry);
  return catalogue;
}

/// What a shell's command line prints.
inline std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) text += piece.data();
  ::pclose(pipe);
  return text;
}

/// Three contexts in two clusters, one with characters that shells treat specially.
inline constexpr const char* k_kubeconfig = R"(apiVersion: v1
kind: Config
current-context: game-gke
clusters:
- {name: iowa, cluster: {server: "https://a.example"}}
- {name: berlin, cluster: {server: "https://b.example"}}
users:
- {name: jane, user: {token: abc}}
contexts:
- {name: game-gke, context: {cluster: iowa, user: jane}}
- {name: game-agones, context: {cluster: berlin, user: jane}}
- {name: "arn:aws:eks:eu-1:7:cluster/blue", context: {cluster: berlin, user: jane}}
)";

/// Compares with tests/unit/golden/cli/NAME. With MESH_UPDATE_GOLDEN set, writes it instead: look
/// at the difference before you keep it.
inline void matches_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(k_cli_golden) / name;
  if (std::getenv("MESH_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  INFO(path);
  CHECK(text == content(path));
}

}  // namespace mesh::test
