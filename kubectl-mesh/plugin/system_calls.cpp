#include "plugin/system_calls.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <initializer_list>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <memory>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plugin/system_call_rows.hpp"

// An allow list: a call that a later kernel adds is refused until a row allows it. A call that this
// file does not allow fails with EPERM; one that it cannot know fails with ENOSYS, as on an older
// kernel, so that libraries fall back.

namespace mesh {

namespace {

using Filter = std::unique_ptr<void, decltype(&::seccomp_release)>;

bool is_granted(Grant grant, const SystemCalls& allowed) {
  switch (grant) {
    case Grant::always:
      return true;
    case Grant::network:
      return allowed.network;
    case Grant::programs:
      return allowed.programs;
    case Grant::signals:
      return allowed.signals;
    case Grant::truncation:
      return allowed.truncation;
  }
  return false;
}

scmp_arg_cmp comparison(const Check& check) {
  const std::uint64_t value =
      check.value == k_own_process ? static_cast<std::uint64_t>(::getpid()) : check.value;
  if (check.mask == k_whole) return {check.argument, SCMP_CMP_EQ, value, 0};
  return {check.argument, SCMP_CMP_MASKED_EQ, check.mask, value};
}

/// Numbers below zero are libseccomp's names of calls that this architecture does not have.
bool add(const Filter& filter, std::uint32_t action, const CallRow& row) {
  if (row.call < 0) return true;
  std::array<scmp_arg_cmp, k_checks_max> checks{};
  unsigned count = 0;
  for (const Check& check : row.checks) {
    if (check.mask != 0) checks.at(count++) = comparison(check);
  }
  return ::seccomp_rule_add_array(filter.get(), action, row.call, count, checks.data()) == 0;
}

bool load_allow_list(const SystemCalls& allowed) {
  const Filter filter(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), ::seccomp_release);
  if (!filter) return false;
  // A call by another architecture's numbers (32 bits, x32) is one that this kernel lacks.
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
  ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree instead of a list
  for (const int call : k_plain_calls) {
    if (!add(filter, SCMP_ACT_ALLOW, {call})) return false;
  }
  for (const CallRow& row : k_checked_calls) {
    if (is_granted(row.grant, allowed) && !add(filter, SCMP_ACT_ALLOW, row)) return false;
  }
  for (const CallRow& row : k_sanitizer_calls) {
    if (!add(filter, SCMP_ACT_ALLOW, row)) return false;
  }
  for (const int call : k_calls_with_fallback) {
    if (!add(filter, SCMP_ACT_ERRNO(ENOSYS), {call})) return false;
  }
  return ::seccomp_load(filter.get()) == 0;
}

/// Of two filters that both refuse a call, the one that was loaded last says how: this one says
/// ENOSYS for numbers in no row of this architecture's table. libseccomp compares no ranges.
bool load_unknown_numbers() {
  constexpr std::uint32_t k_unknown = SECCOMP_RET_ERRNO | ENOSYS;
  std::array<sock_filter, 6> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, k_newest_call, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, k_first_common_call, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, k_last_own_call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, k_unknown),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{code.size(), code.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

bool allow_system_calls_only(const SystemCalls& allowed) {
  return load_allow_list(allowed) && load_unknown_numbers();
}

bool has_system_call_filters() {
  const std::uint32_t action = SECCOMP_RET_ERRNO;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

}  // namespace mesh
