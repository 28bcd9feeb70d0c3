#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/style.hpp"

namespace mesh {

/// What is being done, on stderr: a line per cluster, drawn anew at most ten times a second, on a
/// terminal. Elsewhere a line per step, if the operator wants to hear that much. Thread-safe.
class Progress {
 public:
  Progress(const Style& style, int verbosity);
  ~Progress();

  /// `cluster` empty: the run as a whole.
  void step(const std::string& cluster, const std::string& text);
  /// A line that stays, whatever is drawn around it.
  void line(const std::string& text);
  /// Takes the display away; a later step() draws again.
  void finish();

 private:
  void draw_when_due(const std::stop_token& stop);
  void draw();
  void erase();

  const bool m_drawn;
  const bool m_told;
  std::mutex m_mutex;
  std::condition_variable_any m_changed;
  bool m_due = false;
  std::vector<std::pair<std::string, std::string>> m_lines;  ///< in the order of appearance
  std::size_t m_height = 0;                                  ///< lines that stand on the terminal
  std::jthread m_drawer;  ///< last member: it ends before the others do
};

}  // namespace mesh
