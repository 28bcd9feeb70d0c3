#include "plugin/helper_process.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "base/files.hpp"
#include "base/process.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr std::chrono::milliseconds k_grace{2000};
// From the end of its connection to its own, if it ends: the kernel closes files last.
constexpr std::chrono::milliseconds k_last_breath{500};
constexpr std::size_t k_line_max = 4096;
constexpr std::size_t k_lines_max = std::size_t{64} * 1024;

std::vector<std::string> scrubbed_environment() {
  std::vector<std::string> kept;
  for (const auto& [name, value] : environment_of_children()) kept.push_back(name + "=" + value);
  return kept;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

/// A pair of connected descriptors, closed unless taken.
struct Ends {
  explicit Ends(int (*make)(std::array<int, 2>&)) {
    std::array<int, 2> low{-1, -1};
    if (make(low) != 0) throw Failure("internal", "no file descriptor is left");
    numbers = {raised(low[0]), raised(low[1])};
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  ~Ends() {
    for (const int number : numbers) {
      if (number >= 0) ::close(number);
    }
  }
  int take(std::size_t at) { return std::exchange(numbers[at], -1); }

  std::array<int, 2> numbers{-1, -1};
};

int make_sockets(std::array<int, 2>& ends) {
  return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
}

int make_pipe(std::array<int, 2>& ends) {
  return ::pipe2(ends.data(), O_CLOEXEC);
}

/// The child's surroundings for posix_spawn: descriptors, signals, group.
class Surroundings {
 public:
  Surroundings(int socket, int errors, int sealed) {
    ::posix_spawn_file_actions_init(&m_actions);
    ::posix_spawnattr_init(&m_attributes);
    ::posix_spawn_file_actions_addopen(&m_actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&m_actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&m_actions, errors, STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&m_actions, socket, k_helper_socket);
    if (sealed >= 0) ::posix_spawn_file_actions_adddup2(&m_actions, sealed, k_helper_library);
    ::posix_spawn_file_actions_addclosefrom_np(
        &m_actions, sealed >= 0 ? k_helper_library + 1 : k_helper_library);
    sigset_t all;
    ::sigfillset(&all);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&m_attributes, &all);
    ::posix_spawnattr_setsigmask(&m_attributes, &none);
    ::posix_spawnattr_setflags(
        &m_attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;
  ~Surroundings() {
    ::posix_spawn_file_actions_destroy(&m_actions);
    ::posix_spawnattr_destroy(&m_attributes);
  }

  pid_t start(const std::vector<std::string>& words) const {
    pid_t child = -1;
    const int error =
        ::posix_spawn(&child, words.front().c_str(), &m_actions, &m_attributes,
                      pointers(words).data(), pointers(scrubbed_environment()).data());
    if (error == 0) return child;
    throw Failure("plugin-fault", "the helper process for plugins cannot be started: " +
                                      std::string(std::strerror(error)));
  }

 private:
  posix_spawn_file_actions_t m_actions{};
  posix_spawnattr_t m_attributes{};
};

}  // namespace

HelperProcess::HelperProcess(const HelperStart& start) {
  Ends sockets(make_sockets);
  Ends errors(make_pipe);
  std::vector<std::string> words{start.program.string(), "__plugin", start.library.string(),
                                 start.needs};
  if (start.unsandboxed) words.emplace_back(k_unsandboxed);
  m_child = Surroundings(sockets.numbers[1], errors.numbers[1], start.sealed).start(words);
  m_socket = sockets.take(0);
  m_errors = errors.take(0);
  // The C library has a function for it since 2.36 only.
  m_exit = static_cast<int>(::syscall(SYS_pidfd_open, m_child, 0));
  ::fcntl(m_errors, F_SETFL, O_NONBLOCK);
}

HelperProcess::~HelperProcess() {
  end();
  ::close(m_errors);
  if (m_exit >= 0) ::close(m_exit);
}

bool HelperProcess::running() {
  if (m_reaped) return false;
  // Looked at without being reaped: the number, and with it the group, stays ours until reap().
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(m_child), &info, WEXITED | WNOHANG | WNOWAIT);
  return info.si_pid != m_child;
}

bool HelperProcess::ended_by(Deadline deadline) {
  constexpr int k_pause = 2;  // milliseconds; for a kernel without pidfd
  pollfd gone{m_exit, POLLIN, 0};
  while (running()) {
    if (deadline.passed()) return false;
    ::poll(&gone, 1, k_pause);
  }
  return true;
}

void HelperProcess::reap() {
  ::kill(-m_child, SIGKILL);  // what it forked ends with it
  while (::waitpid(m_child, &m_status, 0) < 0 && errno == EINTR) {
  }
  m_reaped = true;
}

void HelperProcess::end() {
  if (m_reaped) return;
  if (running()) ::kill(-m_child, SIGTERM);
  ended_by(Deadline::in(k_grace));
  reap();
}

std::string HelperProcess::obituary() {
  const bool alone = ended_by(Deadline::in(k_last_breath));
  end();
  if (!alone) return "closed its connection";
  if (WIFSIGNALED(m_status)) {
    const char* name = ::sigabbrev_np(WTERMSIG(m_status));
    return "crashed (SIG" + std::string(name == nullptr ? "?" : name) + ")";
  }
  return "ended itself (exit status " + std::to_string(WEXITSTATUS(m_status)) +
         ") without an answer";
}

void LineReader::read() {
  std::array<char, k_line_max> buffer{};
  const ssize_t count = ::read(m_descriptor, buffer.data(), buffer.size());
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) m_open = false;
  if (count > 0) m_pending.append(buffer.data(), static_cast<std::size_t>(count));
  for (std::size_t end = m_pending.find('\n'); end != std::string::npos;
       end = m_pending.find('\n')) {
    hand_over(end + 1);
  }
  if (m_pending.size() >= k_line_max) hand_over(k_line_max);
}

void LineReader::hand_over(std::size_t length) {
  std::string line = m_pending.substr(0, length);
  m_pending.erase(0, length);
  if (line.ends_with('\n')) line.pop_back();
  const bool first_too_many = m_handed_over < k_lines_max && m_handed_over + length >= k_lines_max;
  m_handed_over += length;
  if (first_too_many) line = "(it writes more than 64 KiB to stderr; the rest is left out)";
  if (!line.empty() && (m_handed_over < k_lines_max || first_too_many)) m_sink(line);
}

void LineReader::finish() {
  if (m_open) read();
  if (!m_pending.empty()) hand_over(m_pending.size());
}

}  // namespace mesh
