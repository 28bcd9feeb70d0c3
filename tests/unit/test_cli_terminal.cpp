#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "cli_support.hpp"
#include "patience_support.hpp"
#include <catch2/catch.hpp>

#include "cli/confirm.hpp"
#include "cli/progress.hpp"
#include "cli/style.hpp"

using std::chrono_literals::operator""ms;

namespace mesh {

/// Sends stderr through a pipe until it is read.
class CaughtErrors {
 public:
  CaughtErrors() {
    REQUIRE(::pipe(m_pipe.data()) == 0);
    REQUIRE(::fcntl(m_pipe[1], F_SETPIPE_SZ, 1 << 20) > 0);
    m_saved = ::dup(STDERR_FILENO);
    ::dup2(m_pipe[1], STDERR_FILENO);
  }
  ~CaughtErrors() {
    if (m_saved >= 0) text();
  }
  /// Waits until `part` has been written.
  bool shows(const std::string& part) {
    return test::eventually([&] {
      int ready = 0;
      REQUIRE(::ioctl(m_pipe[0], FIONREAD, &ready) == 0);
      std::string piece(static_cast<std::size_t>(ready), 0);
      if (ready > 0) REQUIRE(::read(m_pipe[0], piece.data(), piece.size()) == ready);
      m_text += piece;
      return m_text.find(part) != std::string::npos;
    });
  }
  std::string text() {
    ::dup2(m_saved, STDERR_FILENO);
    ::close(m_saved);
    ::close(m_pipe[1]);
    m_saved = -1;
    std::string all = m_text;
    std::array<char, 4096> piece{};
    for (ssize_t count = 0; (count = ::read(m_pipe[0], piece.data(), piece.size())) > 0;) {
      all.append(piece.data(), static_cast<std::size_t>(count));
    }
    ::close(m_pipe[0]);
    return all;
  }

 private:
  std::array<int, 2> m_pipe{};
  int m_saved = -1;
  std::string m_text;
};

static std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

static const Style k_terminal{.color = false, .symbols = false, .terminal = true};

TEST_CASE("progress is a line per cluster, and gone at the end") {
  CaughtErrors errors;
  {
    Progress progress(k_terminal, 0);
    progress.step("a", "reading");
    progress.step("b", "reading");
    progress.step("", "comparing");
    CHECK(errors.shows("a: reading\nb: reading\ncomparing\n"));
    progress.finish();
  }
  const std::string text = errors.text();
  CHECK(text.ends_with("\x1b[3A\x1b[J"));
}

TEST_CASE("progress is drawn ten times a second at most, and its last word is shown") {
  CaughtErrors errors;
  const auto begun = std::chrono::steady_clock::now();
  {
    Progress progress(k_terminal, 0);
    for (int count = 0; count < 300; ++count) {
      progress.step("a", "step " + std::to_string(count));
      std::this_thread::sleep_for(1ms);
    }
    CHECK(errors.shows("a: step 299\n"));
  }
  const auto tenths = (std::chrono::steady_clock::now() - begun) / 100ms;
  const auto drawn = times(errors.text(), "a: step");
  CHECK(drawn >= 2);
  CHECK(drawn <= static_cast<std::size_t>(tenths) + 1);
}

TEST_CASE("lines of talk stand, and nothing of a cluster steers the terminal") {
  CaughtErrors errors;
  {
    Progress progress(k_terminal, 0);
    progress.step("a\x1b[2J", "b\rc");
    CHECK(errors.shows("b\\x0dc\n"));
    progress.line("warning: x\x07");
    CHECK(errors.shows("warning: x\\x07\na\\x1b[2J: b\\x0dc\n"));
  }
  const std::string text = errors.text();
  CHECK(text.find("a\\x1b[2J: b\\x0dc\n") != std::string::npos);
  CHECK(text.find("\x1b[1A\x1b[Jwarning: x\\x07\n") != std::string::npos);
  CHECK(times(text, "b\\x0dc") == 2);
}

TEST_CASE("a line that is too long is cut between characters") {
  CaughtErrors errors;
  {
    Progress progress(k_terminal, 0);
    std::string umlauts;
    for (int count = 0; count < 100; ++count) umlauts += "\u00e4";
    progress.step("", umlauts);
    CHECK(errors.shows("\n"));
  }
  const std::string line = errors.text();
  CHECK(line.find('\n') == 2 * 79);
}

TEST_CASE("without a terminal progress is silent, or told line by line") {
  CaughtErrors quiet;
  {
    Progress progress({}, 0);
    progress.step("a", "reading");
    progress.line("kept");
  }
  CHECK(quiet.text() == "kept\n");
  CaughtErrors told;
  {
    Progress progress({}, 1);
    progress.step("a", "reading");
    progress.step("", "done");
  }
  CHECK(told.text() == "a: reading\ndone\n");
}

TEST_CASE("progress may be told from many threads") {
  CaughtErrors errors;
  {
    Progress progress(k_terminal, 0);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&progress, thread] {
        for (int count = 0; count < 200; ++count) {
          progress.step(std::to_string(thread), std::to_string(count));
          if (count % 50 == 0) progress.line("line");
        }
      });
    }
  }
  CHECK(times(errors.text(), "line\n") == 16);
}

/// Asks in a child whose terminal is ours; its exit status is the answer.
static int ask(const std::string& typed) {
  int master = -1;
  const pid_t child = ::forkpty(&master, nullptr, nullptr, nullptr);
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(can_ask() && confirm("Apply?") ? 7 : 3);
  CHECK(::write(master, typed.data(), typed.size()) == static_cast<ssize_t>(typed.size()));
  int status = 0;
  std::array<char, 256> piece{};
  while (::read(master, piece.data(), piece.size()) > 0) {
  }
  ::waitpid(child, &status, 0);
  ::close(master);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("only a yes is a yes") {
  CHECK(ask("y\n") == 7);
  CHECK(ask("yes\n") == 7);
  CHECK(ask("Y\n") == 7);
  CHECK(ask("n\n") == 3);
  CHECK(ask("\n") == 3);
  CHECK(ask("yess\n") == 3);
  CHECK(ask("\x04") == 3);
}

/// The style that a child with a terminal of its own decides on, as bits.
static int style_on_terminal(ColorMode mode) {
  int master = -1;
  const pid_t child = ::forkpty(&master, nullptr, nullptr, nullptr);
  REQUIRE(child >= 0);
  if (child == 0) {
    const Style style = decide_style(mode);
    ::_exit((style.color ? 1 : 0) | (style.symbols ? 2 : 0) | (style.terminal ? 4 : 0));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(master);
  return WEXITSTATUS(status);
}

TEST_CASE("colours, symbols and progress are for terminals that can show them") {
  ::unsetenv("NO_COLOR");
  ::unsetenv("CI");
  ::unsetenv("LC_ALL");
  ::unsetenv("LC_CTYPE");
  const test::Environment term("TERM", "xterm");
  const test::Environment locale("LANG", "de_DE.UTF-8");
  CHECK(style_on_terminal(ColorMode::automatic) == 7);
  CHECK(style_on_terminal(ColorMode::never) == 6);
  {
    const test::Environment ascii("LC_ALL", "C");
    CHECK(style_on_terminal(ColorMode::automatic) == 5);
  }
  {
    const test::Environment none("NO_COLOR", "");
    CHECK(style_on_terminal(ColorMode::automatic) == 6);
    CHECK(style_on_terminal(ColorMode::always) == 7);
  }
  {
    const test::Environment dumb("TERM", "dumb");
    CHECK(style_on_terminal(ColorMode::automatic) == 0);
  }
  const test::Environment machine("CI", "true");
  CHECK(style_on_terminal(ColorMode::automatic) == 3);
}

}  // namespace mesh
