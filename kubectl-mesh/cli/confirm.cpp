#include "cli/confirm.hpp"

#include <array>
#include <cstdio>
#include <poll.h>
#include <unistd.h>

#include "base/cancel.hpp"
#include "base/secret_values.hpp"

namespace mesh {

namespace {

/// One line from the terminal, "" at its end. Throws Failure("cancelled") for a signal, which would
/// not end a plain read.
std::string read_answer() {
  std::array<pollfd, 2> sources{{{STDIN_FILENO, POLLIN, 0}, {stop_descriptor(), POLLIN, 0}}};
  std::string answer;
  while (answer.find('\n') == std::string::npos) {
    ::poll(sources.data(), sources.size(), -1);
    check_stop();
    if (sources[0].revents == 0) continue;
    std::array<char, 64> piece{};
    const ssize_t count = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (count <= 0) return {};
    answer.append(piece.data(), static_cast<std::size_t>(count));
  }
  return answer.substr(0, answer.find('\n'));
}

}  // namespace

bool can_ask() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

bool confirm(const std::string& question) {
  std::fprintf(stderr, "%s [y/N] ", without_secret_values(question).c_str());
  const std::string answer = read_answer();
  for (const char* yes : {"y", "Y", "yes", "Yes", "YES"}) {
    if (answer == yes) return true;
  }
  return false;
}

}  // namespace mesh
