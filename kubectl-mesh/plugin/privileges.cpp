#include "plugin/privileges.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <linux/capability.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mesh {

namespace {

/// Tasks that the machine runs now, the second number of "0.20 0.18 0.12 1/80 11206": no fewer than
/// the user's own, which RLIMIT_NPROC counts.
rlim_t running_tasks() {
  std::ifstream load("/proc/loadavg");
  std::string word;
  for (int skipped = 0; skipped < 3; ++skipped) load >> word;
  char slash = '\0';
  rlim_t running = 0;
  rlim_t all = 0;
  load >> running >> slash >> all;
  return all;
}

void limit(__rlimit_resource what, rlim_t most) {
  rlimit now{};
  ::getrlimit(what, &now);
  now.rlim_max = std::min(now.rlim_max, most);
  now.rlim_cur = std::min(now.rlim_cur, now.rlim_max);
  ::setrlimit(what, &now);
}

constexpr rlim_t k_mebibyte = rlim_t{1} << 20U;
constexpr rlim_t k_descriptors = 256;
constexpr rlim_t k_more_tasks = 1024;
// It opens none to write; `plugin check` has one as its standard output.
constexpr rlim_t k_file = k_mebibyte;
constexpr int k_arenas = 4;
constexpr rlim_t k_stack = 64 * k_mebibyte;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr rlim_t k_data = RLIM_INFINITY;  // their shadow of the whole address space counts
constexpr rlim_t k_addresses = RLIM_INFINITY;
#else
constexpr rlim_t k_data = 2048 * k_mebibyte;
// What is made read-only after it was written counts as no data any more. Go's run time reserves
// 1.2 GiB of addresses that it never touches.
constexpr rlim_t k_addresses = k_data + 1024 * k_mebibyte;
#endif

}  // namespace

void drop_privileges() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  ::syscall(SYS_capset, &header, none.data());
}

void limit_resources() {
  limit(RLIMIT_NOFILE, k_descriptors);
  limit(RLIMIT_DATA, k_data);
  limit(RLIMIT_AS, k_addresses);
  limit(RLIMIT_STACK, k_stack);
  limit(RLIMIT_FSIZE, k_file);
  limit(RLIMIT_MSGQUEUE, 0);
  limit(RLIMIT_MEMLOCK, 0);
  limit(RLIMIT_NPROC, running_tasks() + k_more_tasks);
  // Each further arena reserves 64 MiB of addresses; by default there are eight per processor.
  ::mallopt(M_ARENA_MAX, k_arenas);
}

}  // namespace mesh
