#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// The calls that a third-party plugin may make, by libseccomp's names; included by
// plugin/system_calls.cpp only. Measured with the templates in C, C++, Go and Rust, the examples
// and the conformance tests; tests/fault/test_confinement.py has what must stay refused.

namespace mesh {

enum class Grant { always, network, programs, signals, truncation };

inline constexpr std::uint64_t k_whole = ~std::uint64_t{0};
inline constexpr std::uint64_t k_own_process = k_whole;  ///< as a value: this process's ID
inline constexpr std::size_t k_checks_max = 3;

/// `argument & mask` has this value.
struct Check {
  unsigned argument = 0;
  std::uint64_t value = 0;
  std::uint64_t mask = 0;  ///< 0: no check
};
constexpr Check is(unsigned argument, std::uint64_t value) {
  return {argument, value, k_whole};
}
constexpr Check bits(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, value, mask};
}

/// A call that is allowed if all checks hold; a call may have several rows.
struct CallRow {
  int call;
  std::array<Check, k_checks_max> checks{};
  Grant grant = Grant::always;
};

// Linux numbers calls that are newer than 423 alike on all architectures. The newest call that is
// judged here is futex_waitv (5.16).
inline constexpr std::uint32_t k_first_common_call = 424;
inline constexpr std::uint32_t k_newest_call = 449;
#if defined(__x86_64__)
inline constexpr std::uint32_t k_last_own_call = 334;  // rseq
#elif defined(__aarch64__)
inline constexpr std::uint32_t k_last_own_call = 294;  // kexec_file_load
#else
#error "add the architecture's last number before 424"
#endif

/// Calls that reach nothing but this process, its open files, and what Landlock allows to read.
inline constexpr std::array k_plain_calls{
    // open files
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
    SCMP_SYS(pwrite64), SCMP_SYS(preadv), SCMP_SYS(pwritev), SCMP_SYS(preadv2), SCMP_SYS(pwritev2),
    SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2),
    SCMP_SYS(dup3), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(sendfile), SCMP_SYS(splice),
    SCMP_SYS(copy_file_range), SCMP_SYS(fadvise64), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
    // names and attributes of files
    SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
    SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents),
    SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(chdir), SCMP_SYS(fchdir), SCMP_SYS(umask),
    // waiting
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2), SCMP_SYS(eventfd), SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime), SCMP_SYS(signalfd), SCMP_SYS(signalfd4),
    SCMP_SYS(pause), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(restart_syscall),
    // open sockets: of its own only the host's, unless a row below creates more
    SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg),
    SCMP_SYS(recvmmsg), SCMP_SYS(shutdown), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
    // memory
    SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(mincore), SCMP_SYS(membarrier),
    // threads and time
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address),
    SCMP_SYS(arch_prctl), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_get_priority_max),
    SCMP_SYS(sched_get_priority_min), SCMP_SYS(getcpu), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
    SCMP_SYS(getitimer), SCMP_SYS(setitimer), SCMP_SYS(alarm), SCMP_SYS(timer_create),
    SCMP_SYS(timer_settime), SCMP_SYS(timer_gettime), SCMP_SYS(timer_getoverrun),
    SCMP_SYS(timer_delete), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(wait4), SCMP_SYS(waitid),
    // its own signals
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(sigaltstack),
    // who and where it is
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getpgrp), SCMP_SYS(getpgid),
    SCMP_SYS(getsid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(getresuid), SCMP_SYS(getresgid), SCMP_SYS(getgroups), SCMP_SYS(uname),
    SCMP_SYS(sysinfo), SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(setrlimit),
    SCMP_SYS(getrandom)};

/// Refused as if the kernel lacked them: a filter cannot follow their pointers, and libraries know
/// an older call that it can judge.
inline constexpr std::array k_calls_with_fallback{SCMP_SYS(clone3), SCMP_SYS(openat2),
                                                  SCMP_SYS(io_uring_setup)};

inline constexpr std::uint64_t k_thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
/// Of a child: namespaces of its own, and the host as its parent.
inline constexpr std::uint64_t k_detached = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                            CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                            CLONE_NEWNET | CLONE_PARENT;
inline constexpr std::uint64_t k_map_kind = 0x0f | MAP_GROWSDOWN;
inline constexpr std::uint64_t k_socket_type = 0x0f;

inline constexpr std::array<CallRow, 53> k_checked_calls{{
    {SCMP_SYS(clone), {bits(0, k_thread | k_detached, k_thread)}},
    {SCMP_SYS(clone), {bits(0, k_detached, 0)}, Grant::programs},
    {SCMP_SYS(fork), {}, Grant::programs},
    {SCMP_SYS(vfork), {}, Grant::programs},
    {SCMP_SYS(execve), {}, Grant::programs},
    // Signals: to itself, and to its group, which is its own.
    {SCMP_SYS(kill), {is(0, 0)}},
    {SCMP_SYS(kill), {is(0, k_own_process)}},
    {SCMP_SYS(tgkill), {is(0, k_own_process)}},
    {SCMP_SYS(rt_sigqueueinfo), {is(0, k_own_process)}},
    {SCMP_SYS(rt_tgsigqueueinfo), {is(0, k_own_process)}},
    {SCMP_SYS(kill), {}, Grant::signals},
    {SCMP_SYS(tgkill), {}, Grant::signals},
    {SCMP_SYS(prlimit64), {is(0, 0)}},
    {SCMP_SYS(prlimit64), {is(0, k_own_process)}},
    // Files are opened to be read; Landlock says which.
    {SCMP_SYS(open), {bits(1, O_TRUNC, 0)}},
    {SCMP_SYS(openat), {bits(2, O_TRUNC, 0)}},
    {SCMP_SYS(open), {}, Grant::truncation},
    {SCMP_SYS(openat), {}, Grant::truncation},
    // No command that sets who gets a descriptor's signals, and no locks or leases.
    {SCMP_SYS(fcntl), {is(1, F_DUPFD)}},
    {SCMP_SYS(fcntl), {is(1, F_DUPFD_CLOEXEC)}},
    {SCMP_SYS(fcntl), {is(1, F_GETFD)}},
    {SCMP_SYS(fcntl), {is(1, F_SETFD)}},
    {SCMP_SYS(fcntl), {is(1, F_GETFL)}},
    {SCMP_SYS(fcntl), {is(1, F_SETFL), bits(2, O_ASYNC, 0)}},
    {SCMP_SYS(fcntl), {is(1, F_GETPIPE_SZ)}},
    {SCMP_SYS(fcntl), {is(1, F_GET_SEALS)}},
    {SCMP_SYS(ioctl), {is(1, TCGETS)}},
    {SCMP_SYS(ioctl), {is(1, TIOCGWINSZ)}},
    {SCMP_SYS(ioctl), {is(1, FIONREAD)}},
    {SCMP_SYS(ioctl), {is(1, FIONBIO)}},
    {SCMP_SYS(ioctl), {is(1, FIOCLEX)}},
    {SCMP_SYS(ioctl), {is(1, FIONCLEX)}},
    // Memory that the limits count: nothing shared but files, no stack that the kernel grows.
    {SCMP_SYS(mmap), {bits(3, k_map_kind, MAP_PRIVATE)}},
    {SCMP_SYS(mmap), {bits(3, k_map_kind | MAP_ANONYMOUS, MAP_SHARED)}},
    {SCMP_SYS(prctl), {is(0, PR_SET_NAME)}},
    {SCMP_SYS(prctl), {is(0, PR_GET_NAME)}},
    {SCMP_SYS(prctl), {is(0, PR_SET_VMA)}},
    {SCMP_SYS(prctl), {is(0, PR_SET_PDEATHSIG)}},
    {SCMP_SYS(prctl), {is(0, PR_GET_DUMPABLE)}},
    {SCMP_SYS(prctl), {is(0, PR_GET_NO_NEW_PRIVS)}},
    {SCMP_SYS(prctl), {is(0, PR_CAPBSET_READ)}},
    // A further filter only narrows; the one of unknown numbers is loaded so.
    {SCMP_SYS(prctl), {is(0, PR_SET_SECCOMP)}},
    // Sockets. A pair of datagram sockets could send to a path, so pairs are streams.
    {SCMP_SYS(socketpair), {is(0, AF_UNIX), bits(1, k_socket_type, SOCK_STREAM)}},
    {SCMP_SYS(socket),
     {is(0, AF_INET), bits(1, k_socket_type, SOCK_STREAM), is(2, 0)},
     Grant::network},
    {SCMP_SYS(socket),
     {is(0, AF_INET), bits(1, k_socket_type, SOCK_STREAM), is(2, IPPROTO_TCP)},
     Grant::network},
    {SCMP_SYS(socket),
     {is(0, AF_INET), bits(1, k_socket_type, SOCK_DGRAM), is(2, 0)},
     Grant::network},
    {SCMP_SYS(socket),
     {is(0, AF_INET), bits(1, k_socket_type, SOCK_DGRAM), is(2, IPPROTO_UDP)},
     Grant::network},
    {SCMP_SYS(socket),
     {is(0, AF_INET6), bits(1, k_socket_type, SOCK_STREAM), is(2, 0)},
     Grant::network},
    {SCMP_SYS(socket),
     {is(0, AF_INET6), bits(1, k_socket_type, SOCK_STREAM), is(2, IPPROTO_TCP)},
     Grant::network},
    {SCMP_SYS(socket),
     {is(0, AF_INET6), bits(1, k_socket_type, SOCK_DGRAM), is(2, 0)},
     Grant::network},
    {SCMP_SYS(socket),
     {is(0, AF_INET6), bits(1, k_socket_type, SOCK_DGRAM), is(2, IPPROTO_UDP)},
     Grant::network},
    {SCMP_SYS(connect), {}, Grant::network},
    {SCMP_SYS(bind), {}, Grant::network},
}};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/// The leak sanitizer stops the threads of its own process from a process of its own; shadow memory
/// is mapped in ways of its own.
inline constexpr std::array<CallRow, 4> k_sanitizer_calls{{
    {SCMP_SYS(ptrace)},
    {SCMP_SYS(clone), {bits(0, k_detached, 0)}},
    {SCMP_SYS(mmap)},
    {SCMP_SYS(prctl)},
}};
#else
inline constexpr std::array<CallRow, 0> k_sanitizer_calls{};
#endif

}  // namespace mesh
