#include "plugin/kept_files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sys/stat.h>
#include <unistd.h>

#include "base/paths.hpp"
#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

/// A file as a plugin wants it stored.
struct Wish {
  const Rights& rights;
  const Json& file;
  fs::path own;     ///< the plugin's folder
  fs::path folder;  ///< what the file says, else `own`
};

bool is_bundled(const Wish& wish) {
  return wish.rights.plugin().origin == Origin::bundled;
}

// ---- why a file is not stored; each row answers the end of a sentence, or nothing

std::string bad_name(const Wish& wish) {
  const std::string name = lookup::text(wish.file, "/name");
  const bool printable = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isprint(static_cast<unsigned char>(c)) != 0;
  });
  if (printable && !name.empty() && name.front() != '.' && name.find('/') == std::string::npos)
    return {};
  return "\"" + escape_terminal(name) + "\" is not the name of a file";
}

std::string foreign_owner(const Wish& wish) {
  const std::string owner = lookup::text(wish.file, "/owner");
  if (owner.empty()) return {};
  for (const Extension& extension : wish.rights.plugin().manifest.provides) {
    if (owner == extension.point + ":" + extension.name) return {};
  }
  return "owner \"" + escape_terminal(owner) + "\" is an extension of another plugin";
}

std::string foreign_folder(const Wish& wish) {
  const std::string said = lookup::text(wish.file, "/folder");
  if (said.empty()) return {};
  const std::string shown = "folder \"" + escape_terminal(said) + "\" ";
  if (!wish.folder.is_absolute()) return shown + "is not absolute";
  const auto steps_up = std::find(wish.folder.begin(), wish.folder.end(), "..");
  if (steps_up != wish.folder.end()) return shown + "has \"..\" in it";
  const auto& named = wish.rights.folders;
  const fs::path folder = normal(wish.folder);
  if (folder == wish.own || std::find(named.begin(), named.end(), folder) != named.end()) return {};
  return shown + "is neither its own nor one that the operator named for it";
}

/// The folder of the plugin itself is never a link; one that the operator named may be, for us.
std::string linked_folder(const Wish& wish) {
  struct stat status = {};
  if (::lstat(normal(wish.folder).c_str(), &status) != 0) return {};
  const bool followed = is_bundled(wish) && normal(wish.folder) != wish.own;
  if (S_ISDIR(status.st_mode) || (followed && S_ISLNK(status.st_mode))) return {};
  return "folder " + shown(wish.folder) + " is not a directory";
}

std::string special_file(const Wish& wish) {
  struct stat status = {};
  const fs::path path = wish.folder / lookup::text(wish.file, "/name");
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (S_ISREG(status.st_mode) && status.st_uid == ::geteuid()) return {};
  return shown(path) + " is not a regular file of yours";
}

constexpr std::array<std::string (*)(const Wish&), 5> k_objections{
    {bad_name, foreign_owner, foreign_folder, linked_folder, special_file}};

Json placed(const Json& file, const Rights& rights) {
  const std::string& plugin = rights.plugin().manifest.name;
  const fs::path own = store_home() / plugin;
  const std::string said = lookup::text(file, "/folder");
  const Wish wish{rights, file, normal(own), said.empty() ? own : fs::path(said)};
  for (const auto objection : k_objections) {
    const std::string why = objection(wish);
    if (why.empty()) continue;
    throw Failure("plugin-fault", "plugin " + plugin + " may not store a file: " + why,
                  "nothing of this is done; the manifest needs a setting of the format \"path\" "
                  "that names the folder, and the operator sets it");
  }
  return {{"folder", normal(wish.folder).string()},
          {"name", lookup::text(file, "/name")},
          {"data", lookup::text(file, "/data")},
          {"replace", lookup::value(file, "/replace") == true}};
}

/// The files of a reply, whichever document it is.
template <typename Use>
void each_file(Json& reply, const Use& use) {
  if (!reply.is_object()) return;
  const auto in = [&](const char* list, const auto& found) {
    if (!reply.contains(list) || !reply[list].is_array()) return;
    for (Json& one : reply[list]) {
      if (one.is_object()) found(one);
    }
  };
  in("keep", use);
  in("actions", [&](Json& action) {
    if (lookup::text(action, "/type") == "store" && action.contains("file")) use(action["file"]);
  });
}

}  // namespace

void settle_files(Json& reply, const Rights& rights, const KeptFiles& kept) {
  each_file(reply, [&](Json& file) {
    const Json number = lookup::value(file, "/kept");
    if (number.is_null() || number == 0) {
      file = placed(file, rights);
      return;
    }
    const auto at = number.is_number_integer() ? number.get<std::int64_t>() : 0;
    if (at < 1 || at > static_cast<std::int64_t>(kept.size())) {
      throw Failure("plugin-fault", "plugin " + rights.plugin().manifest.name +
                                        " may not store a file: no extension that it asked "
                                        "answered a file " +
                                        to_text(number));
    }
    file = kept[static_cast<std::size_t>(at - 1)];
  });
}

void seal_files(Json& reply, KeptFiles& kept) {
  each_file(reply, [&](Json& file) {
    Json number{{"name", file["name"]},
                {"folder", file["folder"]},
                {"replace", file["replace"]},
                {"data", ""},
                {"kept", kept.size() + 1}};
    kept.push_back(std::move(file));
    file = std::move(number);
  });
}

}  // namespace mesh
