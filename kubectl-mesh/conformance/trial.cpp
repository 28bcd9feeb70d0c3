#include "conformance/trial.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.hpp"
#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"

namespace mesh::conformance {

namespace {

// A busy machine takes the time of the clock from a plugin, but not the time of the processor.
constexpr std::chrono::seconds k_processor_time{20};
constexpr std::chrono::seconds k_trial{120};
constexpr int k_look_ms = 100;

/// Where the child's standard output and error go.
int g_prints = -1;

std::string text_of(const Verdict& verdict) {
  return to_text(
      {{"severity", std::string(to_string(verdict.severity))}, {"evidence", verdict.evidence}});
}

Verdict verdict_in(const std::string& text) {
  const Json document = parse_json(text, "the verdict");
  const std::string word = lookup::text(document, "/severity");
  for (const Severity severity : {Severity::pass, Severity::failure, Severity::skipped}) {
    if (word == to_string(severity)) return {severity, lookup::text(document, "/evidence")};
  }
  throw Failure("invalid-document", "the verdict is none");
}

/// What the rule itself cannot catch: the plugin does not start, or answers no document.
Verdict judged(const Rule& rule, const Subject& subject) {
  try {
    return rule.judge(subject);
  } catch (const Failure& failure) {
    return broken(failure.problem().message);
  } catch (const std::exception& error) {
    return broken(error.what());
  }
}

[[noreturn]] void run_child(const Rule& rule, const Subject& subject, int answer) {
  ::setpgid(0, 0);
  g_prints = ::memfd_create("prints", 0);
  ::dup2(g_prints, STDOUT_FILENO);
  ::dup2(g_prints, STDERR_FILENO);
  const std::string text = text_of(judged(rule, subject)) + "\n";
  const bool told = ::write(answer, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::_exit(told ? 0 : 1);
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) {
    return std::string("it ended the process (SIG") + ::sigabbrev_np(WTERMSIG(status)) + ")";
  }
  return "it ended the process (exit status " + std::to_string(WEXITSTATUS(status)) + ")";
}

/// The child of one trial and the pipe that its verdict comes through.
class Child {
 public:
  Child(const Rule& rule, const Subject& subject) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe(ends.data()) != 0) throw Failure("internal", "no file descriptor is left");
    m_process = ::fork();
    if (m_process < 0) throw Failure("internal", "no process can be started");
    if (m_process == 0) run_child(rule, subject, ends[1]);
    ::setpgid(m_process, m_process);
    ::close(ends[1]);
    m_answer = ends[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    end();
    ::close(m_answer);
  }

  Verdict verdict() {
    const Deadline deadline = Deadline::in(k_trial);
    while (m_text.find('\n') == std::string::npos) {
      check_stop();
      if (deadline.passed()) return endless(k_trial, "");
      if (processor_time() > k_processor_time)
        return endless(k_processor_time, " of processor time");
      if (!read()) return broken(end_of(end()));
    }
    return verdict_in(m_text);
  }

 private:
  static Verdict endless(std::chrono::seconds span, const std::string& kind) {
    return broken("it did not come to an end in " + std::to_string(span.count()) + " s" + kind);
  }

  /// What the child has used so far; zero if it has ended.
  std::chrono::nanoseconds processor_time() const {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(m_process, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
      return {};
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  }

  /// Some of what the child says, if it says something; false: it says no more.
  bool read() {
    pollfd ready{m_answer, POLLIN, 0};
    if (::poll(&ready, 1, k_look_ms) <= 0) return true;
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(m_answer, bytes.data(), bytes.size());
    if (count > 0) m_text.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && errno == EINTR);
  }

  /// How it ended; what it left running ends with it.
  int end() {
    if (m_process < 0) return 0;
    ::kill(-m_process, SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(m_process, -1), &status, 0);
    return status;
  }

  pid_t m_process = -1;
  int m_answer = -1;
  std::string m_text;
};

}  // namespace

Verdict try_rule(const Rule& rule, const Subject& subject) {
  return Child(rule, subject).verdict();
}

std::string printed_so_far() {
  std::string text(256, '\0');
  const ssize_t count = ::pread(g_prints, text.data(), text.size(), 0);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace mesh::conformance
