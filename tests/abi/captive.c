/* A third-party plugin whose verbs are attempts to leave its sandbox: each does one thing and
 * answers how the kernel took it, as errno has it (0: it worked). `captive` declares nothing,
 * `courier` the network, `starter` a program. tests/fault/test_confinement.py has the denials. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "plugin_in_c.h"

#if defined(CAPTIVE_COURIER)
#define NAME "courier"
#define NEEDS "\"network\":true"
#define CHANGES "false"
#elif defined(CAPTIVE_STARTER)
#define NAME "starter"
#define NEEDS "\"programs\":[\"true\"]"
#define CHANGES "true" /* a verb that only reads may start nothing */
#else
#define NAME "captive"
#define NEEDS ""
#define CHANGES "false"
#endif

#define HOST getppid()
#define SOCKET 3 /* to the host */

/* A file of the operator's. */
static const char* operators(void) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/operators", getenv("HOME"));
  return path;
}
static const char* of_host(const char* file) {
  static char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)HOST, file);
  return path;
}

static long reads(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) close(file);
  return file;
}

static long opens(const char* path, int flags) {
  return open(path, flags | O_CLOEXEC, 0600);
}

static long pair_of(int type) {
  int ends[2];
  return socketpair(AF_UNIX, type, 0, ends);
}

static long changes_limit_of(pid_t process) {
  const struct rlimit one = {1, 1};
  return syscall(SYS_prlimit64, process, RLIMIT_CPU, &one, NULL);
}

static long owns_by_type(void) {
  const struct f_owner_ex owner = {F_OWNER_PID, HOST};
  return fcntl(SOCKET, F_SETOWN_EX, &owner);
}

static long ioctl_of(unsigned long request) {
  int value = HOST;
  return ioctl(SOCKET, request, &value);
}

static long peeks(void) {
  char byte;
  const struct iovec here = {&byte, 1};
  const struct iovec there = {(void*)4096, 1};
  return process_vm_readv(HOST, &here, 1, &there, 1, 0);
}

static long clones(unsigned long flags) {
  const long child = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
  if (child == 0) _exit(0);
  if (child > 0) waitpid((pid_t)child, NULL, __WALL);
  return child;
}

/* Three gigabytes of addresses, each piece of 64 MiB made read-only if `hidden`: the limit of data
 * counts only what can be written. */
static long maps_three_gigabytes(int hidden) {
  const size_t size = (size_t)64 << 20;
  for (int piece = 0; piece < 48; ++piece) {
    void* memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return -1;
    if (hidden && mprotect(memory, size, PROT_READ) != 0) return -1;
  }
  return 0;
}

static long maps(int flags) {
  return mmap(NULL, (size_t)3 << 30, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED ? -1 : 0;
}

/* EPERM: none is left, and none can be gained. */
static long has_capability(void) {
  FILE* status = fopen("/proc/self/status", "r");
  char line[256];
  unsigned long long left = 0;
  unsigned long long some;
  int limited = 0;
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (sscanf(line, "CapPrm: %llx", &some) == 1 || sscanf(line, "CapInh: %llx", &some) == 1 ||
        sscanf(line, "CapAmb: %llx", &some) == 1)
      left |= some;
    /* Of an ordinary user the bounding set stays as it was, which means nothing to it. */
    if (sscanf(line, "CapBnd: %llx", &some) == 1 && getuid() == 0) left |= some;
    if (strcmp(line, "NoNewPrivs:\t1\n") == 0) limited = 1;
  }
  errno = EPERM;
  return left == 0 && limited ? -1 : 0;
}

static long limit_is(int which, rlim_t most) {
  struct rlimit now;
  getrlimit(which, &now);
  errno = EPERM;
  return now.rlim_cur <= most && now.rlim_max <= most ? -1 : 0;
}

static long knows(const char* variable) {
  errno = ENOENT;
  return getenv(variable) == NULL ? -1 : 0;
}

static long resolves(void) {
  struct addrinfo* found = NULL;
  const int code = getaddrinfo("localhost", "80", NULL, &found);
  errno = EIO;
  return code == 0 && found != NULL ? 0 : -1;
}

static long starts(void) {
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    execl("/bin/true", "true", NULL);
    _exit(errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  return errno == 0 ? 0 : -1;
}

/* A child of its own, which programs have. */
static long ends_its_child(void) {
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    for (;;) pause();
  }
  const int result = kill(child, SIGKILL);
  const int why = errno;
  if (result == 0) waitpid(child, NULL, 0);
  errno = why;
  return result;
}

/* verb, attempt */
#define ATTEMPTS(X)                                                                   \
  X("kill-host", kill(HOST, SIGKILL))                                                 \
  X("kill-host-thread", syscall(SYS_tgkill, HOST, HOST, SIGKILL))                     \
  X("kill-host-task", syscall(SYS_tkill, HOST, SIGKILL))                              \
  X("kill-all", kill(-1, 0))                                                          \
  X("kill-group-of-host", kill(-getpgid(HOST), SIGKILL))                              \
  X("queue-signal", sigqueue(HOST, SIGKILL, (union sigval){0}))                       \
  X("pidfd-host", syscall(SYS_pidfd_open, HOST, 0))                                   \
  X("pidfd-signal", syscall(SYS_pidfd_send_signal, SOCKET, SIGKILL, NULL, 0))         \
  X("limit-host", changes_limit_of(HOST))                                             \
  X("own-descriptor", fcntl(SOCKET, F_SETOWN, HOST))                                  \
  X("own-descriptor-of-type", owns_by_type())                                         \
  X("choose-signal", fcntl(SOCKET, F_SETSIG, SIGKILL))                                \
  X("signal-on-input", fcntl(SOCKET, F_SETFL, O_ASYNC))                               \
  X("watch-folder", fcntl(SOCKET, F_NOTIFY, DN_MODIFY))                               \
  X("lease-file", fcntl(SOCKET, F_SETLEASE, F_RDLCK))                                 \
  X("lock-file", fcntl(SOCKET, F_SETLK, &(struct flock){.l_type = F_RDLCK}))          \
  X("ioctl-own", ioctl_of(FIOSETOWN))                                                 \
  X("ioctl-group", ioctl_of(SIOCSPGRP))                                               \
  X("ioctl-signal", ioctl_of(FIOASYNC))                                               \
  X("ioctl-type-ahead", ioctl_of(TIOCSTI))                                            \
  X("slow-host", setpriority(PRIO_PROCESS, (id_t)HOST, 19))                           \
  X("pin-host", syscall(SYS_sched_setaffinity, HOST, 8, &(long){1}))                  \
  X("trace-host", ptrace(PTRACE_ATTACH, HOST, NULL, NULL))                            \
  X("read-memory-of-host", peeks())                                                   \
  X("read-arguments-of-host", reads(of_host("cmdline")))                              \
  X("read-environment-of-host", reads(of_host("environ")))                            \
  X("read-init", reads("/proc/1/status"))                                             \
  X("read-operators-file", reads(operators()))                                        \
  X("read-shadow", reads("/etc/shadow"))                                              \
  X("read-passwd", reads("/etc/passwd"))                                              \
  X("read-hosts", reads("/etc/hosts"))                                                \
  X("list-etc", reads("/etc"))                                                        \
  X("list-processes", reads("/proc"))                                                 \
  X("write-operators-file", opens(operators(), O_WRONLY))                             \
  X("empty-operators-file", opens(operators(), O_RDONLY | O_TRUNC))                   \
  X("truncate", truncate(operators(), 0))                                             \
  X("create-file", opens("/dev/shm/kubectl-mesh-captive", O_RDWR | O_CREAT))          \
  X("chmod", chmod(operators(), 0777))                                                \
  X("fchmodat", syscall(SYS_fchmodat, AT_FDCWD, operators(), 0777))                   \
  X("fchmodat2", syscall(452, AT_FDCWD, operators(), 0777, 0))                        \
  X("chown", chown(operators(), 1, 1))                                                \
  X("set-attribute", setxattr(operators(), "user.x", "y", 1, 0))                      \
  X("set-attribute-at", syscall(463, AT_FDCWD, operators(), 0, "user.x", NULL, 0))    \
  X("set-time", utimensat(AT_FDCWD, operators(), NULL, 0))                            \
  X("remove", unlink(operators()))                                                    \
  X("rename", rename(operators(), "/tmp/kubectl-mesh-captive"))                       \
  X("link", link(operators(), "/tmp/kubectl-mesh-captive"))                           \
  X("make-folder", mkdir("/tmp/kubectl-mesh-captive", 0700))                          \
  X("watch-file", inotify_init1(IN_CLOEXEC))                                          \
  X("open-by-how", syscall(SYS_openat2, AT_FDCWD, operators(), &(long[3]){0}, 24))    \
  X("connect", socket(AF_INET, SOCK_STREAM, 0))                                       \
  X("ask-agent", socket(AF_UNIX, SOCK_STREAM, 0))                                     \
  X("ask-kernel", socket(AF_NETLINK, SOCK_RAW, 0))                                    \
  X("listen-to-wire", socket(AF_PACKET, SOCK_RAW, 0))                                 \
  X("forge-packets", socket(AF_INET, SOCK_RAW, 1))                                    \
  X("ping", socket(AF_INET, SOCK_DGRAM, 1))                                           \
  X("serve", listen(SOCKET, 1))                                                       \
  X("write-to-log-socket", pair_of(SOCK_DGRAM))                                       \
  X("fork", clones(0))                                                                \
  X("fork-sibling", clones(CLONE_PARENT))                                             \
  X("new-user", clones(CLONE_NEWUSER))                                                \
  X("clone3", syscall(SYS_clone3, NULL, 0))                                           \
  X("exec", execl("/bin/true", "true", NULL))                                         \
  X("leave-session", setsid())                                                        \
  X("leave-group", setpgid(0, HOST))                                                  \
  X("unshare", unshare(CLONE_NEWUSER))                                                \
  X("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL))                    \
  X("chroot", chroot("/"))                                                            \
  X("bpf", syscall(SYS_bpf, 0, NULL, 0))                                              \
  X("perf", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))                         \
  X("userfault", syscall(SYS_userfaultfd, 0))                                         \
  X("io-uring", syscall(SYS_io_uring_setup, 1, NULL))                                 \
  X("keyring", syscall(SYS_keyctl, 0, -3, 0))                                         \
  X("kernel-log", syscall(SYS_syslog, 3, NULL, 0))                                    \
  X("be-root", setuid(0))                                                             \
  X("gain-capability", syscall(SYS_capset, NULL, NULL))                               \
  X("have-capability", has_capability())                                              \
  X("be-dumpable", prctl(PR_SET_DUMPABLE, 1))                                         \
  X("know-passphrase", knows("LC_MESH_PASSPHRASE"))                                   \
  X("know-kubeconfig", knows("KUBECONFIG"))                                           \
  X("unknown-call", syscall(9999))                                                    \
  X("unassigned-call", syscall(400))                                                  \
  X("shared-memory", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600))                     \
  X("semaphores", semget(IPC_PRIVATE, 1, IPC_CREAT | 0600))                           \
  X("messages", msgget(IPC_PRIVATE, IPC_CREAT | 0600))                                \
  X("message-queue", syscall(SYS_mq_open, "captive", O_CREAT | O_RDWR, 0600, NULL))   \
  X("memory-file", syscall(SYS_memfd_create, "captive", 0))                           \
  X("map-data", maps_three_gigabytes(0))                                              \
  X("map-hidden-data", maps_three_gigabytes(1))                                       \
  X("map-shared", maps(MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE))                   \
  X("map-growing", maps(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_GROWSDOWN)) \
  X("lock-memory", mlock(operators(), 1))                                             \
  X("file-size", limit_is(RLIMIT_FSIZE, 1 << 20))                                     \
  X("descriptors", limit_is(RLIMIT_NOFILE, 256))                                      \
  X("bounded-tasks", limit_is(RLIMIT_NPROC, 1 << 20))                                 \
  X("compute", raise(0))                                                              \
  X("read-self", reads("/proc/self/status"))                                          \
  X("write-null", opens("/dev/null", O_WRONLY | O_TRUNC))                             \
  X("resolve", resolves())                                                            \
  X("datagram", socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0))                       \
  X("start", starts())                                                                \
  X("end-child", ends_its_child())

/* What must not reach a terminal or a CI log in clear. */
#define KEY "-----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49canary\\n-----END PRIVATE KEY-----"
#define JWT "eyJhbGciOiJSUzI1NiIsImtpZCI6Imcanary.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
#define SECRETS "it found " KEY " and Bearer " JWT " and password=canary"

#define AS_VERB(verb, attempt) ",{\"name\":\"" verb "\",\"changes\":" CHANGES "}"
#define TELLINGS                                                                             \
  ",{\"name\":\"report-secrets\"},{\"name\":\"log-secrets\"},{\"name\":\"print-secrets\"},{" \
  "\"name\":\"fail-"                                                                         \
  "with-secrets\"},{\"name\":\"plan-secrets\",\"changes\":true}"
static const char k_manifest[] =
    "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"" NAME
    "\",\"version\":\"1.0.0\",\"abi\":{\"major\":1,\"minor\":0},\"provides\":[{\"point\":\"command/"
    "1\","
    "\"name\":\"" NAME "\",\"needs\":{" NEEDS
    "},\"verbs\":[{\"name\":\"nothing\"}" TELLINGS ATTEMPTS(AS_VERB) "]}]}";

/* What the kernel said, and -1 for a verb that is none. */
static int outcome(mesh_text verb) {
#define AS_CASE(name, attempt) \
  if (is(verb, name)) return (attempt) < 0 ? errno : 0;
  ATTEMPTS(AS_CASE)
  return -1;
}

#define REPORT(items)                                             \
  "{\"apiVersion\":\"kubectl-mesh.dev/"                           \
  "v1\",\"kind\":\"AttemptList\",\"columns\":[{\"title\":\"IT\"," \
  "\"pointer\":\"/text\"}],\"items\":[" items "]}"

#define PLAN(notes)                                              \
  "{\"apiVersion\":\"kubectl-mesh.dev/"                          \
  "v1\",\"kind\":\"Plan\",\"title\":\"captive\",\"actions\":[]," \
  "\"notes\":[" notes "]}"

static int32_t forget(void* ctx, const char* bytes, uint64_t size) {
  (void)ctx;
  (void)bytes;
  (void)size;
  return MESH_OK;
}

/* Says the secrets in the way that the verb names. */
static int32_t tell(mesh_text verb, const mesh_host* host, const mesh_sink* reply) {
  const mesh_sink nowhere = {NULL, forget};
  if (is(verb, "report-secrets")) return say(reply, REPORT("{\"text\":\"" SECRETS "\"}"));
  if (is(verb, "fail-with-secrets")) {
    say(reply, "{\"code\":\"refused\",\"message\":\"" SECRETS "\",\"hint\":\"" SECRETS "\"}");
    return MESH_FAILED;
  }
  if (is(verb, "plan-secrets")) return say(reply, PLAN("{\"text\":\"" SECRETS "\"}"));
  if (is(verb, "log-secrets")) {
    host->call(host->ctx, text_of("log/1"), text_of("write"),
               text_of("{\"level\":\"warning\",\"text\":\"" SECRETS "\"}"), &nowhere);
    host->call(host->ctx, text_of("progress/1"), text_of("step"),
               text_of("{\"cluster\":\"a\",\"text\":\"" SECRETS "\"}"), &nowhere);
    return say(reply, REPORT(""));
  }
  if (!is(verb, "print-secrets")) return MESH_UNSUPPORTED;
  fputs("it found Bearer " JWT " and password=canary\n-----BEGIN PRIVATE KEY-----\n", stderr);
  fputs("MIGHcanary\n-----END PRIVATE KEY-----\nand went on\n", stderr);
  return say(reply, REPORT(""));
}

static int32_t invoke(void* self, const mesh_host* host, mesh_text extension, mesh_text verb,
                      mesh_text request, const mesh_sink* reply) {
  (void)self;
  (void)extension;
  (void)request;
  const int error = outcome(verb);
  if (error < 0) return tell(verb, host, reply);
  char answer[256];
  if (strcmp(CHANGES, "true") == 0) {
    snprintf(answer, sizeof answer, PLAN("{\"text\":\"errno %d\"}"), error);
  } else {
    snprintf(answer, sizeof answer, REPORT("{\"text\":\"errno %d\"}"), error);
  }
  return say(reply, answer);
}

PLUGIN(start_idle)
