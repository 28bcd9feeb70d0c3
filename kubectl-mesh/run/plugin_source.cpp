#include "run/plugin_source.hpp"

#include <functional>
#include <vector>

#include "run/session.hpp"

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "plugin/bridge.hpp"
#include "plugin/manifest_rules.hpp"
#include "plugin/sandbox.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t k_unpack_seconds = 60;

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw Failure(
      "invalid-input", shown(path) + " " + what,
      "name a plugin's library (.so), a folder that has one, or a .tar.gz of that folder");
}

/// The files of a folder or an archive: their names, and how to read one.
struct Files {
  std::vector<std::string> names;
  std::function<std::string(const std::string& name)> read;
};

Files files_of_folder(const fs::path& folder) {
  Files files;
  for (const auto& file : fs::directory_iterator(folder)) {
    if (file.symlink_status().type() == fs::file_type::regular) {
      files.names.push_back(file.path().filename());
    }
  }
  files.read = [folder](const std::string& name) {
    return read_file(folder / name, k_library_max);
  };
  return files;
}

struct Archive {
  fs::path path;
  std::string bytes;  ///< read once: what is hashed is what is unpacked
};

std::string tar(const Archive& archive, std::vector<std::string> arguments) {
  CommandLine command;
  command.program = "tar";
  command.arguments = std::move(arguments);
  command.environment = environment_of_children();
  command.output_limit = k_library_max;
  command.input = archive.bytes;
  const ProcessResult result =
      run_process(command, Deadline::in(std::chrono::seconds(k_unpack_seconds)));
  require_ended(result, command.program, k_unpack_seconds);
  if (result.status == 0) return result.output;
  refuse(archive.path, "is no whole .tar.gz: " + result.errors.substr(0, result.errors.find('\n')));
}

/// Read to memory, member by member: whatever paths and links it has, no file is made of them.
Files files_of_archive(const Archive& archive) {
  Files files;
  for (const std::string& name : split(tar(archive, {"-tzPf", "-"}), '\n')) {
    if (!name.empty() && !name.ends_with('/')) files.names.push_back(name);
  }
  files.read = [archive](const std::string& name) {
    return tar(archive, {"--occurrence=1", "--no-wildcards", "-xzPOf", "-", "--", name});
  };
  return files;
}

std::string only_library(const Files& files, const fs::path& path) {
  std::vector<std::string> libraries;
  for (const std::string& name : files.names) {
    if (fs::path(name).extension() == ".so") libraries.push_back(name);
  }
  if (libraries.empty()) refuse(path, "has no library (.so)");
  if (libraries.size() > 1) refuse(path, "has several libraries: " + join(libraries, ", "));
  return libraries.front();
}

void check_manifest_beside(const Files& files, const std::string& library, const fs::path& path,
                           const std::string& in_library) {
  const std::string beside = fs::path(library).replace_extension(".json");
  for (const std::string& name : files.names) {
    if (name != beside) continue;
    std::string text = files.read(name);
    while (text.ends_with('\n')) text.pop_back();
    if (text == in_library) return;
    throw Failure("plugin-refused",
                  shown(path) + ": the manifest " + escape_terminal(name) +
                      " is not the one that the library holds",
                  "get the plugin again from its author");
  }
}

}  // namespace

bool warned_of_unsandboxed(const std::string& name, const Unsandboxed& unsandboxed) {
  if (!unsandboxed.contains(name)) return false;
  tell("warning: " + unsandboxed_text(name, sandbox_lacks({})) + "\n");
  return true;
}

PluginSource read_source(const std::filesystem::path& path, const Unsandboxed& unsandboxed,
                         const std::function<void(const std::string& bytes)>& accept) {
  const fs::file_type type = fs::symlink_status(path).type();
  if (type == fs::file_type::not_found) refuse(path, "is not there");
  if (type == fs::file_type::symlink) refuse(path, "is a symbolic link");
  PluginSource source;
  Files files;
  std::string library = path.filename();
  if (type == fs::file_type::directory) {
    files = files_of_folder(path);
    library = only_library(files, path);
  } else if (path.extension() == ".so") {
    files = files_of_folder(fs::absolute(path).parent_path());
  } else {
    const Archive archive{path, read_file(path, k_library_max)};
    if (accept) accept(archive.bytes);
    source.archive_sha256 = sha256_hex(archive.bytes);
    files = files_of_archive(archive);
    library = only_library(files, path);
  }

  source.bytes = files.read(library);
  if (accept && source.archive_sha256.empty()) accept(source.bytes);
  source.entry.origin = Origin::user;
  source.entry.library = fs::absolute(path);
  source.entry.manifest_text =
      manifest_of_stranger(path, std::make_shared<const SealedLibrary>(source.bytes),
                           warned_of_unsandboxed(path.stem(), unsandboxed));
  source.entry.manifest = read_manifest(source.entry.manifest_text);
  check_manifest_beside(files, library, path, source.entry.manifest_text);
  return source;
}

}  // namespace mesh
