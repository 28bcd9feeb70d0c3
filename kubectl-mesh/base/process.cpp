#include "base/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/search_path.hpp"
#include "mesh/problem.hpp"

// posix_spawn and not Boost.Process: version 1 (all that Debian 12 has) closes the pipes that it
// was told to keep when it is asked to close everything else, and its timed waits install a SIGCHLD
// handler that takes the children of others.

extern char** environ;

namespace mesh {

namespace {

constexpr std::size_t k_errors_kept = std::size_t{64} * 1024;
constexpr std::chrono::milliseconds k_grace{2000};

// By whole names: a prefix would let a secret pass that the operator happened to name so.
constexpr std::array<std::string_view, 51> k_passed{
    "HOME", "PATH", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "TMPDIR",
    // language
    "LANG", "LANGUAGE", "LC_ALL", "LC_ADDRESS", "LC_COLLATE", "LC_CTYPE", "LC_IDENTIFICATION",
    "LC_MEASUREMENT", "LC_MESSAGES", "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER",
    "LC_TELEPHONE", "LC_TIME",
    // folders of programs
    "XDG_CACHE_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_DATA_DIRS", "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "DOCKER_CONFIG", "HELM_CACHE_HOME", "HELM_CONFIG_HOME",
    "HELM_DATA_HOME", "HELM_DRIVER", "HELM_PLUGINS", "HELM_REGISTRY_CONFIG",
    "HELM_REPOSITORY_CACHE", "HELM_REPOSITORY_CONFIG",
    // the way to the network, and who is trusted there
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy",
    "no_proxy", "SSL_CERT_DIR", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"};

struct Pipe {
  Pipe() {
    std::array<int, 2> low{-1, -1};
    if (::pipe2(low.data(), O_CLOEXEC) == 0) ends = {raised(low[0]), raised(low[1])};
    if (ends[0] >= 0 && ends[1] >= 0) return;
    close(0);
    close(1);
    throw Failure("internal", "no pipe is left");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
  void close(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

/// Everything that posix_spawn wants, released together.
class Spawn {
 public:
  Spawn(const CommandLine& command, Pipe& in, Pipe& out, Pipe& err) {
    ::posix_spawn_file_actions_init(&m_actions);
    ::posix_spawnattr_init(&m_attributes);
    if (!command.interactive) {
      ::posix_spawn_file_actions_adddup2(&m_actions, in.ends[0], STDIN_FILENO);
      ::posix_spawn_file_actions_adddup2(&m_actions, err.ends[1], STDERR_FILENO);
    }
    ::posix_spawn_file_actions_adddup2(&m_actions, out.ends[1], STDOUT_FILENO);
    // Sockets of the HTTP library are not close-on-exec: nothing but these may pass.
    int passed = 3;
    if (!command.private_file.empty()) {
      m_private_file = file_in_memory(command.private_file);
      ::posix_spawn_file_actions_adddup2(&m_actions, m_private_file, passed++);
    }
    if (command.held >= 0) {
      // It may outlive us: then a word of it must not be its end in the midst of its work, as it
      // is where nobody has the other end of the pipe.
      for (const int kept : {command.held, out.ends[0], err.ends[0]}) {
        ::posix_spawn_file_actions_adddup2(&m_actions, kept, passed++);
      }
    }
    ::posix_spawn_file_actions_addclosefrom_np(&m_actions, passed);
    if (!command.working_folder.empty()) {
      ::posix_spawn_file_actions_addchdir_np(&m_actions, command.working_folder.c_str());
    }
    sigset_t defaults;
    ::sigemptyset(&defaults);
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) ::sigaddset(&defaults, number);
    ::posix_spawnattr_setsigdefault(&m_attributes, &defaults);
    // Its own group, so that it can be ended with all that it started; an interactive one stays in
    // the terminal's foreground group, or it could not read the operator's answer.
    short flags = POSIX_SPAWN_SETSIGDEF;
    if (!command.interactive) flags |= POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setflags(&m_attributes, flags);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&m_actions);
    ::posix_spawnattr_destroy(&m_attributes);
    if (m_private_file >= 0) ::close(m_private_file);
  }

  pid_t start(const std::string& program, const CommandLine& command) const {
    std::vector<std::string> words{command.program};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> variables;
    for (const auto& [name, value] : command.environment) variables.push_back(name + "=" + value);
    pid_t child = -1;
    const int error = ::posix_spawn(&child, program.c_str(), &m_actions, &m_attributes,
                                    pointers(words).data(), pointers(variables).data());
    return error == 0 ? child : -1;
  }

 private:
  static int file_in_memory(const std::string& content) {
    const int file = raised(::memfd_create("private", MFD_CLOEXEC));
    if (file < 0) throw Failure("internal", "no descriptor is left");
    if (write_all(file, content) == 0) return file;
    ::close(file);
    throw Failure("internal", "no memory is left for a file");
  }

  int m_private_file = -1;
  posix_spawn_file_actions_t m_actions{};
  posix_spawnattr_t m_attributes{};
};

/// What waits on the other ends of the child's three pipes.
class Conversation {
 public:
  Conversation(const CommandLine& command, Pipe& in, Pipe& out, Pipe& err)
      : m_command(command), m_in(in), m_out(out), m_err(err) {
    in.close(0);
    out.close(1);
    err.close(1);
    if (command.input.empty() || command.interactive) in.close(1);
    ::fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
  }

  /// Talks until both outputs are closed. Not `exited`: why it was given up.
  ProcessResult::End talk(Deadline deadline, ProcessResult& result) {
    while (m_out.ends[0] >= 0 || m_err.ends[0] >= 0) {
      if (stop_requested()) return ProcessResult::End::cancelled;
      if (deadline.passed()) return ProcessResult::End::timed_out;
      if (result.output.size() > m_command.output_limit) return ProcessResult::End::output_too_long;
      std::array<pollfd, 4> wait{{{m_out.ends[0], POLLIN, 0},
                                  {m_err.ends[0], POLLIN, 0},
                                  {m_in.ends[1], POLLOUT, 0},
                                  {stop_descriptor(), POLLIN, 0}}};
      const auto left = std::min<std::chrono::milliseconds>(deadline.left(), k_grace);
      if (::poll(wait.data(), wait.size(), static_cast<int>(left.count()) + 1) < 0) continue;
      if (wait[0].revents != 0) take(m_out, result.output);
      if (wait[1].revents != 0) take(m_err, result.errors);
      if (wait[2].revents != 0) give();
      if (result.errors.size() > k_errors_kept) {
        result.errors.erase(0, result.errors.size() - k_errors_kept);
      }
    }
    return ProcessResult::End::exited;
  }

 private:
  static void take(Pipe& pipe, std::string& text) {
    char buffer[8192];
    const ssize_t count = ::read(pipe.ends[0], buffer, sizeof buffer);
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) pipe.close(0);
  }

  void give() {
    const ssize_t count =
        ::write(m_in.ends[1], m_command.input.data() + m_given, m_command.input.size() - m_given);
    if (count > 0) m_given += static_cast<std::size_t>(count);
    const bool refused = count < 0 && errno != EINTR && errno != EAGAIN;
    if (refused || m_given == m_command.input.size()) m_in.close(1);
  }

  const CommandLine& m_command;
  Pipe& m_in;
  Pipe& m_out;
  Pipe& m_err;
  std::size_t m_given = 0;
};

/// `give_up` is asked between two looks.
template <typename GiveUp>
std::optional<int> reap(pid_t child, const GiveUp& give_up) {
  int status = 0;
  for (;;) {
    if (::waitpid(child, &status, WNOHANG) == child) return status;
    if (give_up()) return std::nullopt;
    ::poll(nullptr, 0, 5);
  }
}

/// TERM, a moment, KILL: to the whole group where it has one.
int end_process(pid_t child, bool group) {
  const pid_t target = group ? -child : child;
  ::kill(target, SIGTERM);
  const Deadline grace = Deadline::in(k_grace);
  const std::optional<int> status = reap(child, [&] { return grace.passed(); });
  ::kill(target, SIGKILL);
  return status ? *status : *reap(child, [] { return false; });
}

}  // namespace

bool can_run(const std::string& program) {
  return !find_programs(program).empty();
}

ProcessResult run_process(const CommandLine& command, Deadline deadline) {
  ProcessResult result{};
  const auto path = command.environment.find("PATH");
  // Looked up once: what is checked is what runs.
  const std::vector<std::filesystem::path> found =
      find_programs(command.program, path == command.environment.end() ? "" : path->second);
  if (found.empty()) {
    result.end = ProcessResult::End::not_found;
    return result;
  }
  Pipe in;
  Pipe out;
  Pipe err;
  const pid_t child = Spawn(command, in, out, err).start(found.front(), command);
  if (child < 0) {
    result.end = ProcessResult::End::not_found;
    return result;
  }
  result.end = Conversation(command, in, out, err).talk(deadline, result);

  // It may close its outputs and go on: the deadline and a stop hold for its exit too.
  std::optional<int> status;
  if (result.end == ProcessResult::End::exited) {
    status = reap(child, [&] { return stop_requested() || deadline.passed(); });
    if (!status) {
      result.end = stop_requested() ? ProcessResult::End::cancelled : ProcessResult::End::timed_out;
    }
  }
  if (!status) status = end_process(child, !command.interactive);
  if (result.end == ProcessResult::End::exited && WIFSIGNALED(*status)) {
    result.end = ProcessResult::End::signalled;
  }
  result.status = WIFSIGNALED(*status) ? WTERMSIG(*status) : WEXITSTATUS(*status);
  return result;
}

std::map<std::string, std::string> current_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

std::map<std::string, std::string> environment_of_children() {
  std::map<std::string, std::string> variables = current_environment();
  std::erase_if(variables, [](const auto& entry) {
    return std::find(k_passed.begin(), k_passed.end(), entry.first) == k_passed.end();
  });
  return variables;
}

void require_ended(const ProcessResult& result, const std::string& program, std::int64_t seconds) {
  using End = ProcessResult::End;
  const std::string last = result.errors.empty() ? "" : ": " + result.errors;
  switch (result.end) {
    case End::exited:
      return;
    case End::not_found:
      throw Failure("missing", "the program " + program + " is not there",
                    "install it, or put its folder on PATH");
    case End::timed_out:
      throw Failure("deadline",
                    program + " did not end within " + std::to_string(seconds) + " s" + last);
    case End::cancelled:
      throw Failure("cancelled", program + " was ended");
    case End::signalled:
      throw Failure("failed",
                    program + " was ended by signal " + std::to_string(result.status) + last);
    case End::output_too_long:
      throw Failure("failed", program + " wrote more than was asked for");
  }
}

}  // namespace mesh
