#include "plugin/landlock.hpp"

#include <array>
#include <cstdint>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The C library has no functions for these calls:
// https://docs.kernel.org/userspace-api/landlock.html

namespace mesh {

namespace {

constexpr std::uint64_t k_read_file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t k_read = k_read_file | LANDLOCK_ACCESS_FS_READ_DIR;

/// What each version of the interface added, all of it taken away unless a rule gives it back.
constexpr std::array<std::uint64_t, 5> k_rights{
    k_read | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
        LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
        LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
    std::uint64_t{1} << 13U,   // REFER
    std::uint64_t{1} << 14U,   // TRUNCATE
    0,                         // TCP, see Ruleset
    std::uint64_t{1} << 15U};  // IOCTL_DEV

/// landlock_ruleset_attr as of version 6; the headers of the oldest build machine are older. What
/// an older kernel does not know must be zero.
struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t ports = 0;
  std::uint64_t scopes = 0;
};
constexpr int k_version_of_ports = 4;
constexpr std::uint64_t k_tcp = 0b11;     // BIND_TCP, CONNECT_TCP
constexpr std::uint64_t k_scopes = 0b11;  // ABSTRACT_UNIX_SOCKET, SIGNAL

std::uint64_t rights_of(int version) {
  std::uint64_t rights = 0;
  for (std::size_t at = 0; at < k_rights.size() && at < static_cast<std::size_t>(version); ++at) {
    rights |= k_rights.at(at);
  }
  return rights;
}

/// A right that a thing of this kind cannot have would be refused as a mistake. Of devices only the
/// harmless ones are named: to write to them is no harm.
std::uint64_t rights_on(int descriptor) {
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return k_read_file;
  if (S_ISDIR(status.st_mode)) return k_read;
  return S_ISCHR(status.st_mode) ? k_read_file | LANDLOCK_ACCESS_FS_WRITE_FILE : k_read_file;
}

void allow(int ruleset, const std::filesystem::path& path) {
  landlock_path_beneath_attr rule{};
  rule.parent_fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return;
  rule.allowed_access = rights_on(rule.parent_fd);
  ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  ::close(rule.parent_fd);
}

}  // namespace

int landlock_version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<int>(version);
}

bool allow_files_only(const std::vector<std::filesystem::path>& paths, bool network) {
  const int version = landlock_version();
  if (version == 0) return false;
  const Ruleset rules{.files = rights_of(version),
                      .ports = version >= k_version_of_ports && !network ? k_tcp : 0,
                      .scopes = version >= k_landlock_keeps_signals ? k_scopes : 0};
  const auto ruleset =
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0));
  if (ruleset < 0) return false;
  for (const std::filesystem::path& path : paths) allow(ruleset, path);
  const bool restricted = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  ::close(ruleset);
  return restricted;
}

}  // namespace mesh
