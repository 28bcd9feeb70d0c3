#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "cli/output.hpp"

namespace mesh {

/// What is being done, on stderr: a line per cluster, drawn anew at most ten times a second, and
/// only on a terminal. Thread-safe.
class Progress {
 public:
  explicit Progress(const Style& style) : m_drawn(style.terminal) {}
  ~Progress() { finish(); }

  void step(const std::string& cluster, const std::string& text);
  /// A line that stays, whatever is drawn around it.
  void line(const std::string& text);
  /// Takes the display away.
  void finish();

 private:
  void draw();
  void erase();

  bool m_drawn;
  std::mutex m_mutex;
  std::map<std::string, std::string> m_lines;
  std::size_t m_height = 0;
  std::chrono::steady_clock::time_point m_last{};
};

}  // namespace mesh
