#include "base/cancel.hpp"

#include <algorithm>
#include <atomic>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr std::chrono::milliseconds k_longest = std::chrono::hours(24);

std::atomic<int> g_signal{0};
std::atomic<int> g_event{-1};
thread_local int t_shields = 0;

// Only async-signal-safe calls. The second signal is the operator's last word: leave at once.
void on_signal(int number) {
  int none = 0;
  if (!g_signal.compare_exchange_strong(none, number)) ::_exit(128 + number);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(g_event.load(), &one, sizeof one);
}

}  // namespace

std::chrono::milliseconds Deadline::left() const {
  if (m_at == SteadyTime::max()) return k_longest;
  const auto span = std::chrono::duration_cast<std::chrono::milliseconds>(
      m_at - std::chrono::steady_clock::now());
  return std::clamp(span, std::chrono::milliseconds(0), k_longest);
}

std::string seconds_text(std::chrono::milliseconds span) {
  const auto hundredths = (span.count() + 5) / 10;
  if (hundredths < 100) return std::to_string(hundredths * 10) + " ms";
  const auto tenths = (span.count() + 50) / 100;
  return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) +
         " s";
}

void install_signal_handlers() {
  int expected = -1;
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (!g_event.compare_exchange_strong(expected, event)) ::close(event);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  for (const int number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  for (const int number : {SIGPIPE, SIGXFSZ}) ::sigaction(number, &ignore, nullptr);
}

int stop_signal() {
  return g_signal.load();
}

bool stop_requested() {
  return t_shields == 0 && stop_signal() != 0;
}

int stop_descriptor() {
  return t_shields == 0 ? g_event.load() : -1;
}

StopShield::StopShield() {
  ++t_shields;
}
StopShield::~StopShield() {
  --t_shields;
}
bool StopShield::active() {
  return t_shields > 0;
}

void check_stop() {
  if (stop_requested()) throw Failure("cancelled", "interrupted");
}

bool sleep_until_stop(std::chrono::milliseconds span, Deadline deadline) {
  const auto wanted = std::min(span, deadline.left());
  pollfd wait{.fd = stop_descriptor(), .events = POLLIN, .revents = 0};
  const Deadline end = Deadline::in(wanted);
  while (!stop_requested() && !end.passed()) {
    ::poll(&wait, wait.fd < 0 ? 0 : 1, static_cast<int>(end.left().count()) + 1);
  }
  return stop_requested();
}

}  // namespace mesh
