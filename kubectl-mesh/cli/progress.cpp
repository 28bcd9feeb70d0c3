#include "cli/progress.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/secret_values.hpp"
#include "base/text.hpp"

namespace mesh {

namespace {

constexpr std::chrono::milliseconds k_redraw{100};

struct Size {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

Size terminal_size() {
  winsize found{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &found) != 0 || found.ws_row == 0 || found.ws_col == 0) {
    return {};
  }
  return {found.ws_row, found.ws_col};
}

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

/// A line that wrapped would take two rows, and erase() would leave one behind.
std::string cut(std::string text, std::size_t columns) {
  while (display_width(text) >= columns) {
    while (continues(text.back())) text.pop_back();
    text.pop_back();
  }
  return text;
}

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count <= 0) return;  // nobody looks any more
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string line_of(const std::string& cluster, const std::string& text) {
  return (cluster.empty() ? "" : escape_terminal(cluster) + ": ") +
         escape_terminal(without_secret_values(text));
}

}  // namespace

Progress::Progress(const Style& style, int verbosity)
    : m_drawn(style.terminal), m_told(!style.terminal && verbosity > 0) {}

Progress::~Progress() {
  finish();
}

void Progress::step(const std::string& cluster, const std::string& text) {
  const std::scoped_lock lock(m_mutex);
  if (m_told) put(line_of(cluster, text) + "\n");
  if (!m_drawn) return;
  const auto known = std::find_if(m_lines.begin(), m_lines.end(),
                                  [&](const auto& line) { return line.first == cluster; });
  if (known == m_lines.end()) {
    m_lines.emplace_back(cluster, text);
  } else {
    known->second = text;
  }
  m_due = true;
  if (!m_drawer.joinable()) {
    m_drawer = std::jthread([this](const std::stop_token& stop) { draw_when_due(stop); });
  }
  m_changed.notify_one();
}

void Progress::line(const std::string& text) {
  const std::scoped_lock lock(m_mutex);
  erase();
  put(escape_terminal(without_secret_values(text), true) + "\n");
  m_due = !m_lines.empty();
  m_changed.notify_one();
}

void Progress::finish() {
  const std::scoped_lock lock(m_mutex);
  erase();
  m_lines.clear();
  m_due = false;
}

/// Draws at once what is new, then not again for a while, so that the last step of a burst is
/// shown, too.
void Progress::draw_when_due(const std::stop_token& stop) {
  std::unique_lock lock(m_mutex);
  while (m_changed.wait(lock, stop, [&] { return m_due; })) {
    draw();
    m_changed.wait_for(lock, stop, k_redraw, [] { return false; });
  }
}

void Progress::draw() {
  const Size size = terminal_size();
  std::string text = m_height == 0 ? "" : "\x1b[" + std::to_string(m_height) + "A\x1b[J";
  const std::size_t fit = std::min(m_lines.size(), std::max<std::size_t>(size.rows, 3) - 2);
  for (std::size_t at = 0; at < fit; ++at) {
    text += cut(line_of(m_lines[at].first, m_lines[at].second), size.columns) + "\n";
  }
  m_height = fit;
  if (fit < m_lines.size()) {
    text += "and " + std::to_string(m_lines.size() - fit) + " more\n";
    ++m_height;
  }
  put(text);
  m_due = false;
}

void Progress::erase() {
  if (m_height > 0) put("\x1b[" + std::to_string(m_height) + "A\x1b[J");
  m_height = 0;
}

}  // namespace mesh
