#include <array>
#include <clocale>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/candidate.hpp"
#include "conformance/surroundings.hpp"

#include "base/process.hpp"
#include "base/text.hpp"

// What a process has once for all that runs in it: a plugin finds it and leaves it as it is.

namespace mesh::conformance {

namespace {

std::string folder() {
  return std::filesystem::current_path().string();
}

std::string umask_now() {
  const mode_t now = ::umask(0);
  ::umask(now);
  return std::to_string(now);
}

std::string locale() {
  return std::setlocale(LC_ALL, nullptr);
}

std::string environment() {
  std::string text;
  for (const auto& [name, value] : current_environment()) text += name + "=" + value + "\n";
  return text;
}

/// The signals that a host acts on. Those of a fault in a thread's own code are left out: a
/// language's run time may want them, and they reach nobody else.
constexpr std::array<int, 10> k_signals{SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM,
                                        SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2, SIGXFSZ};

std::string signals() {
  sigset_t masked;
  ::sigprocmask(SIG_BLOCK, nullptr, &masked);
  std::string text;
  for (const int signal : k_signals) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    const auto handler = reinterpret_cast<std::uintptr_t>(action.sa_handler);
    text += std::to_string(handler) + (::sigismember(&masked, signal) == 1 ? " masked " : " ");
  }
  return text;
}

/// Those that are ignored or masked.
std::set<int> lost_signals() {
  sigset_t masked;
  ::sigprocmask(SIG_BLOCK, nullptr, &masked);
  std::set<int> lost;
  for (const int signal : k_signals) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN || ::sigismember(&masked, signal) == 1) lost.insert(signal);
  }
  return lost;
}

/// It answers, stops and starts again, verb by verb.
Verdict works(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) {
    candidate.answer(ask);
    candidate.stop();
    candidate.start();
    return std::string();
  });
}

/// One thing before the plugin is loaded, and after it answered and stopped.
template <std::string (*Look)()>
Verdict leaves(const Subject& subject) {
  const std::string before = Look();
  const Verdict asked = works(subject);
  if (asked.severity == Severity::skipped) return asked;
  return before == Look() ? Verdict{} : broken("it is another one after the plugin's work");
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator listed("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(listed), end(listed)));
}

/// From the second answer on: a run time may open something of its own at the first.
Verdict closes_what_it_opens(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    candidate.answer(ask);
    const std::size_t before = open_descriptors();
    candidate.answer(ask);
    const std::size_t after = open_descriptors();
    return after <= before ? "" : std::to_string(after - before) + " more are open after an answer";
  });
}

}  // namespace

Verdict ignores_no_signal(const Subject& subject) {
  const std::set<int> before = lost_signals();
  works(subject);
  for (const int signal : lost_signals()) {
    if (before.count(signal) == 0)
      return broken(std::string("it ignores or masks SIG") + ::sigabbrev_np(signal));
  }
  return {};
}

const std::vector<Rule>& surroundings_rules() {
  static const std::vector<Rule> rules{
      {"surroundings/signals", "it leaves signals as they are",
       "Ctrl-C must reach the host, which tells its plugins",
       "set no handler and no mask; look at cancelled()", leaves<signals>},
      {"surroundings/folder", "it leaves the working folder as it is",
       "paths that the operator gave are relative to it", "use absolute paths instead of chdir",
       leaves<folder>},
      {"surroundings/umask", "it leaves the umask as it is", "files with keys must stay private",
       "let the host write files: actions of type store", leaves<umask_now>},
      {"surroundings/locale", "it leaves the locale as it is",
       "numbers and dates of everybody else depend on it", "never call setlocale", leaves<locale>},
      {"surroundings/environment", "it leaves the environment as it is",
       "other threads may read it at that moment, and programs get it",
       "never call setenv; take what you need from the request's settings", leaves<environment>},
      {"surroundings/descriptors", "it closes what it opens",
       "a run over fifty clusters must not run out of descriptors",
       "close every file and socket before you return", closes_what_it_opens},
  };
  return rules;
}

}  // namespace mesh::conformance
