#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

#include "run/installation.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/search_path.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

bool is_ours_to_write(const fs::path& folder) {
  struct stat status = {};
  return folder.is_absolute() && ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && ::access(folder.c_str(), W_OK) == 0;
}

/// Beside the kubectl-mesh that kubectl finds, as krew links it; else the first that will do.
fs::path chosen_folder() {
  std::vector<fs::path> folders;
  for (const fs::path& program : find_programs(k_program)) {
    folders.push_back(program.parent_path());
  }
  for (const fs::path& folder : search_path()) folders.push_back(folder);
  const auto chosen = std::find_if(folders.begin(), folders.end(), is_ours_to_write);
  if (chosen != folders.end()) return *chosen;
  throw Failure("precondition", "no folder of PATH is yours to write to",
                "make one and put it on PATH, or name another with --dir");
}

bool is_same(const fs::path& file, const std::string& text) {
  // A link leads into a version's folder, which the next upgrade takes away.
  return fs::is_regular_file(fs::symlink_status(file)) && is_program(file) &&
         read_file(file) == text;
}

void put(const fs::path& file, const std::string& text) {
  write_private_file(file, text, Replace::yes);
  fs::permissions(file, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                            fs::perms::others_read | fs::perms::others_exec);
}

/// What still keeps kubectl from running it.
void tell_obstacles(const fs::path& file) {
  const std::vector<fs::path> found = find_programs(k_completion_program);
  if (!found.empty() && found.front().parent_path() == file.parent_path()) return;
  const bool hidden = std::find(found.begin(), found.end(), file) != found.end();
  tell(hidden ? "warning: kubectl runs " + shown(found.front()) + " in its place: remove that\n"
              : "warning: kubectl does not find it before " + shown(file.parent_path()) +
                    " is on PATH\n");
}

}  // namespace

int run_completion_install(const Invocation& invocation, const Catalogue&) {
  const std::string wanted = invocation.options.value("dir", std::string());
  const fs::path folder = wanted.empty() ? chosen_folder() : fs::absolute(wanted);
  if (!fs::is_directory(folder)) {
    throw Failure("invalid-input", shown(folder) + " is no folder", "make it, or name another");
  }
  const fs::path file = folder / k_completion_program;
  const std::string text = read_file(executable().parent_path() / k_completion_program);
  const bool same = is_same(file, text);
  const bool dry = invocation.dry_run != DryRunMode::none;
  if (!same && !dry) put(file, text);
  print(shown(file) + (same ? " unchanged" : " installed") + (dry ? " (dry run)" : "") + "\n");
  if (!dry) tell_obstacles(file);
  return 0;
}

}  // namespace mesh
