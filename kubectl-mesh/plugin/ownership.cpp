#include "plugin/ownership.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "base/paths.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

struct stat look_at(const std::filesystem::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    throw Failure("plugin-refused", shown(path) + " cannot be read", "install the plugin again");
  }
  return status;
}

void check_owned(const std::filesystem::path& path) {
  const struct stat status = look_at(path);
  const bool ours = status.st_uid == 0 || status.st_uid == ::geteuid();
  if (ours && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  throw Failure("plugin-refused",
                shown(path) + " can be changed by other users, so its code is not run",
                "make it yours alone (chown, then chmod go-w), after a look at what is in it");
}

}  // namespace

void check_ownership(const PluginEntry& entry) {
  // Loading a FIFO or a device would wait for its other end.
  if (!S_ISREG(look_at(entry.library).st_mode)) {
    throw Failure("plugin-refused", shown(entry.library) + " is not a regular file",
                  "install the plugin again");
  }
  if (entry.origin == Origin::bundled) return;
  check_owned(entry.library);
  check_owned(entry.library.parent_path());
}

}  // namespace mesh
