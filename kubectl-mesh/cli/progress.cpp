#include "cli/progress.hpp"

#include <cstdio>

#include "base/text.hpp"

namespace mesh {

void Progress::step(const std::string& cluster, const std::string& text) {
  if (!m_drawn) return;
  const std::scoped_lock lock(m_mutex);
  m_lines[cluster] = escape_terminal(text).substr(0, 100);
  const auto now = std::chrono::steady_clock::now();
  if (now - m_last < std::chrono::milliseconds(100)) return;
  m_last = now;
  draw();
}

void Progress::line(const std::string& text) {
  const std::scoped_lock lock(m_mutex);
  erase();
  std::fprintf(stderr, "%s\n", escape_terminal(text).c_str());
}

void Progress::finish() {
  const std::scoped_lock lock(m_mutex);
  erase();
  m_lines.clear();
}

void Progress::draw() {
  erase();
  std::string text;
  for (const auto& [cluster, doing] : m_lines) {
    text += (cluster.empty() ? "" : escape_terminal(cluster) + ": ") + doing + "\n";
  }
  m_height = m_lines.size();
  std::fputs(text.c_str(), stderr);
}

void Progress::erase() {
  if (m_height > 0) std::fprintf(stderr, "\x1b[%zuA\x1b[J", m_height);
  m_height = 0;
}

}  // namespace mesh
