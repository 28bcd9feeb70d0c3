#include "cli/confirm.hpp"

#include <array>
#include <cstdio>
#include <poll.h>
#include <unistd.h>

#include "base/cancel.hpp"

namespace mesh {

bool can_ask() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

bool confirm(const std::string& question) {
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::array<pollfd, 2> wait{{{STDIN_FILENO, POLLIN, 0}, {stop_descriptor(), POLLIN, 0}}};
  while (::poll(wait.data(), wait.size(), -1) < 0) {
  }
  check_stop();
  std::array<char, 64> answer{};
  if (std::fgets(answer.data(), answer.size(), stdin) == nullptr) return false;
  const std::string text = answer.data();
  return text == "y\n" || text == "yes\n" || text == "Y\n";
}

}  // namespace mesh
