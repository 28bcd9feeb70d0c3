#include "plugin/sandbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "base/hardening.hpp"
#include "base/paths.hpp"
#include "base/search_path.hpp"
#include "plugin/landlock.hpp"
#include "plugin/needs.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

// ---- files

/// What every program needs to run at all: libraries, certificates, name service, time zones.
constexpr std::array<const char*, 12> k_system_paths{
    "/usr",      "/bin",      "/lib",  "/lib64",       "/lib32",      "/etc",
    "/dev/null", "/dev/zero", "/proc", "/dev/urandom", "/dev/random", "/run/systemd/resolve"};

fs::path expanded(const std::string& path) {
  const char* home = std::getenv("HOME");
  if (!path.starts_with("~/") || home == nullptr) return path;
  return fs::path(home) / path.substr(2);
}

std::vector<fs::path> paths_of(const Needs& needs) {
  std::vector<fs::path> paths(k_system_paths.begin(), k_system_paths.end());
  paths.push_back(engine_library().parent_path());  // libraries that come with us
  for (const std::string& file : needs.files) paths.push_back(expanded(file));
  for (const std::string& program : needs.programs) {
    for (const fs::path& file : find_programs(needed_program(program).name)) paths.push_back(file);
  }
  return paths;
}

// ---- system calls

/// Who has no use for a call does not get it.
bool always(const Needs&) {
  return true;
}
/// The leak sanitizer stops the threads of its own process by ptrace.
bool not_sanitized(const Needs&) {
#if defined(__SANITIZE_ADDRESS__)
  return false;
#else
  return true;
#endif
}
bool no_network(const Needs& needs) {
  return !needs.network;
}
bool no_programs(const Needs& needs) {
  return needs.programs.empty();
}

struct CallRow {
  int call;
  bool (*denied)(const Needs&);
};
constexpr std::array<CallRow, 40> k_calls{{
    // other processes, and ways around what is denied here
    {SCMP_SYS(ptrace), not_sanitized},
    {SCMP_SYS(process_vm_readv), always},
    {SCMP_SYS(process_vm_writev), always},
    {SCMP_SYS(pidfd_send_signal), always},
    {SCMP_SYS(pidfd_getfd), always},
    {SCMP_SYS(tkill), always},
    {SCMP_SYS(io_uring_setup), always},
    {SCMP_SYS(open_by_handle_at), always},
    {SCMP_SYS(userfaultfd), always},
    {SCMP_SYS(perf_event_open), always},
    {SCMP_SYS(bpf), always},
    // owners and modes of files, which Landlock does not know
    {SCMP_SYS(chmod), always},
    {SCMP_SYS(fchmod), always},
    {SCMP_SYS(fchmodat), always},
    {SCMP_SYS(chown), always},
    {SCMP_SYS(lchown), always},
    {SCMP_SYS(fchown), always},
    {SCMP_SYS(fchownat), always},
    {SCMP_SYS(setxattr), always},
    {SCMP_SYS(lsetxattr), always},
    {SCMP_SYS(fsetxattr), always},
    // the machine
    {SCMP_SYS(mount), always},
    {SCMP_SYS(umount2), always},
    {SCMP_SYS(pivot_root), always},
    {SCMP_SYS(chroot), always},
    {SCMP_SYS(setns), always},
    {SCMP_SYS(unshare), always},
    {SCMP_SYS(init_module), always},
    {SCMP_SYS(finit_module), always},
    {SCMP_SYS(delete_module), always},
    {SCMP_SYS(kexec_load), always},
    {SCMP_SYS(reboot), always},
    {SCMP_SYS(add_key), always},
    {SCMP_SYS(request_key), always},
    {SCMP_SYS(keyctl), always},
    // unless it said that it needs them; a group of its own would outlive the host
    {SCMP_SYS(socket), no_network},
    {SCMP_SYS(execve), no_programs},
    {SCMP_SYS(execveat), no_programs},
    {SCMP_SYS(setsid), no_programs},
    {SCMP_SYS(setpgid), no_programs},
}};

void deny(scmp_filter_ctx filter, int call, scmp_arg_cmp condition) {
  ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 1, condition);
}

/// kill() of 1 to `self` - 1. A rule may look at an argument once, so that a range is told in
/// blocks that share their leading bits.
void deny_kill_below(scmp_filter_ctx filter, scmp_datum_t self) {
  constexpr scmp_datum_t k_all = 0xffffffff;
  scmp_datum_t above = 0;
  for (int bit = 31; bit >= 0; --bit) {
    const scmp_datum_t one = scmp_datum_t{1} << static_cast<unsigned>(bit);
    if ((self & one) != 0 && above != 0) {
      deny(filter, SCMP_SYS(kill), SCMP_A0(SCMP_CMP_MASKED_EQ, k_all & ~(one - 1), above));
    } else if ((self & one) != 0) {
      // The block that has 0 in it, without it.
      for (scmp_datum_t low = one >> 1U; low != 0; low >>= 1U) {
        deny(filter, SCMP_SYS(kill), SCMP_A0(SCMP_CMP_MASKED_EQ, k_all & ~(low - 1), low));
      }
    }
    above |= self & one;
  }
}

/// Signals reach this process and its group (0), nobody else.
void deny_signals_to_others(scmp_filter_ctx filter) {
  const auto self = static_cast<scmp_datum_t>(::getpid());
  for (const int call :
       {SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo)}) {
    deny(filter, call, SCMP_A0(SCMP_CMP_NE, self));
  }
  deny(filter, SCMP_SYS(kill), SCMP_A0(SCMP_CMP_GT, self));
  deny_kill_below(filter, self);
}

void filter_calls(const Needs& needs) {
  const std::unique_ptr<void, decltype(&::seccomp_release)> filter(::seccomp_init(SCMP_ACT_ALLOW),
                                                                   ::seccomp_release);
  if (!filter) return;
  for (const CallRow& row : k_calls) {
    if (row.denied(needs)) {
      ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), row.call, 0);
    }
  }
  if (needs.programs.empty()) deny_signals_to_others(filter.get());
  ::seccomp_load(filter.get());
}

// ---- what it may use up

constexpr rlim_t k_descriptors = 256;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr rlim_t k_memory = RLIM_INFINITY;  // their shadow of the whole address space counts
#else
constexpr rlim_t k_memory = rlim_t{2} << 30U;
#endif

void limit(__rlimit_resource what, rlim_t most) {
  rlimit now{};
  ::getrlimit(what, &now);
  now.rlim_max = std::min(now.rlim_max, most);
  now.rlim_cur = now.rlim_max;
  ::setrlimit(what, &now);
}

}  // namespace

void enter_sandbox(const Needs& needs) {
  forbid_core_dumps();
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_NOFILE, k_descriptors);
  limit(RLIMIT_DATA, k_memory);
  allow_files_only(paths_of(needs));
  filter_calls(needs);
}

std::string sandbox_lacks() {
  const bool filters = ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
  std::string lacks = landlock_version() == 0 ? "files (Landlock)" : "";
  if (!filters) lacks += std::string(lacks.empty() ? "" : ", ") + "system calls (seccomp)";
  return lacks;
}

}  // namespace mesh
