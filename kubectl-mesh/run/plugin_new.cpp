#include <algorithm>
#include <fstream>

#include "run/plugin_card.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "plugin/manifest_rules.hpp"

// A project is layers of files, copied over each other: what a point means, how a language builds,
// the code of a point in that language, and the language's own SDK.

namespace mesh {

namespace {

namespace fs = std::filesystem;

struct Wish {
  std::string name, point, language;
  fs::path folder;
};

struct Layer {
  fs::path from, to;
};

/// "ca/1" is the folder ca of each language.
std::string folder_of(const std::string& point) {
  return point.substr(0, point.find('/'));
}

std::vector<std::string> languages_of(const std::string& point) {
  std::vector<std::string> languages;
  for (const auto& entry : fs::directory_iterator(templates())) {
    if (fs::exists(entry.path() / folder_of(point))) languages.push_back(entry.path().filename());
  }
  std::erase(languages, "points");
  std::sort(languages.begin(), languages.end());
  return languages;
}

std::string required(const Invocation& invocation, const std::string& option) {
  const std::string value = invocation.options.value(option, std::string());
  if (!value.empty()) return value;
  throw Failure("usage", "--" + option + " is missing", "see `kubectl mesh plugin new --help`");
}

Wish wish_of(const Invocation& invocation) {
  Wish wish{.name = invocation.arguments.front(),
            .point = required(invocation, "point"),
            .language = required(invocation, "lang"),
            .folder = {}};
  wish.folder = invocation.output_dir.value_or(wish.name);
  // cargo takes no name that begins with another character.
  if (!is_plugin_name(wish.name) || wish.name.front() < 'a') {
    throw Failure("invalid-input",
                  "\"" + escape_terminal(wish.name) + "\" cannot be a plugin's name",
                  "take a letter, then up to 62 of a-z, 0-9 and -");
  }
  if (fs::exists(wish.folder) && !(fs::is_directory(wish.folder) && fs::is_empty(wish.folder))) {
    throw Failure("invalid-input", shown(wish.folder) + " is there already",
                  "name an empty folder, or one that is not there: --output-dir FOLDER");
  }
  const std::vector<std::string> offered = languages_of(wish.point);
  if (std::find(offered.begin(), offered.end(), wish.language) == offered.end()) {
    throw Failure("invalid-input", "there is no template of " + wish.point + " in " + wish.language,
                  wish.point + " can be begun in " + join(offered, ", "));
  }
  return wish;
}

std::string filled(std::string text, const Wish& wish) {
  for (const auto& [mark, value] :
       {std::pair<std::string, std::string>{"@NAME@", wish.name}, {"@POINT@", wish.point}}) {
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      text.replace(at, mark.size(), value);
      at += value.size();
    }
  }
  return text;
}

void copy(const Layer& layer, const Wish& wish) {
  if (!fs::exists(layer.from)) return;
  for (const auto& entry : fs::recursive_directory_iterator(layer.from)) {
    if (!entry.is_regular_file()) continue;
    const fs::path target = layer.to / entry.path().lexically_relative(layer.from);
    fs::create_directories(target.parent_path());
    std::ofstream out(target, std::ios::binary);
    out << filled(read_file(entry.path()), wish) << std::flush;
    if (!out) throw Failure("failed", shown(target) + " cannot be written");
  }
}

}  // namespace

int run_plugin_new(const Invocation& invocation, const Catalogue&) {
  const Wish wish = wish_of(invocation);
  const fs::path language = templates() / wish.language;
  for (const Layer& layer : {Layer{templates() / "points" / folder_of(wish.point), wish.folder},
                             {language / "project", wish.folder},
                             {language / folder_of(wish.point), wish.folder},
                             {author_sdks() / wish.language, wish.folder / "mesh"}}) {
    copy(layer, wish);
  }
  print_done({{"name", wish.name}, {"folder", wish.folder}}, "created in " + shown(wish.folder),
             invocation);
  tell("how it is built, tested and installed: " + shown(wish.folder / "README.md") + "\n");
  return 0;
}

}  // namespace mesh
