#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "base/cancel.hpp"
#include "plugin/frames.hpp"

namespace mesh {

inline constexpr int k_helper_socket = 3;
inline constexpr int k_helper_library = 4;
inline constexpr std::string_view k_unsandboxed = "unsandboxed";

struct HelperStart {
  std::filesystem::path program;
  std::filesystem::path library;
  std::string needs;         ///< JSON: what the plugin may do
  bool unsandboxed = false;  ///< it runs even where the kernel cannot confine it
  int sealed = -1;           ///< the library's copy; -1: its file is loaded
};

/// A child that runs one plugin: `PROGRAM __plugin LIBRARY NEEDS [unsandboxed]`, one end of a
/// socket pair as its descriptor 3, the sealed library as 4, nothing else of ours open, a scrubbed
/// environment, its own process group.
class HelperProcess {
 public:
  /// Throws Failure("plugin-fault") if it cannot be started.
  explicit HelperProcess(const HelperStart& start);
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;
  /// Ends what is left of it.
  ~HelperProcess();

  int socket() const { return m_socket; }
  int errors() const { return m_errors; }
  /// Readable once it has ended; -1 where the kernel has no such descriptor.
  int exit() const { return m_exit; }
  /// Whether it still runs. Its socket says nothing about that: a child of it may hold it open.
  bool running();
  /// Waits for its end.
  bool ended_by(Deadline deadline);
  /// TERM, 2 s, KILL: the whole group. May be called again.
  void end();
  /// How it ended, in words that follow "plugin NAME": "crashed (SIGSEGV)".
  std::string obituary();

 private:
  void reap();

  int m_socket = -1;
  int m_errors = -1;
  int m_exit = -1;
  pid_t m_child = -1;
  int m_status = 0;
  bool m_reaped = false;
};

/// Hands over the lines that a pipe brings, each of at most 4 KiB, and of a flood the beginning.
class LineReader {
 public:
  LineReader(int descriptor, std::function<void(const std::string&)> sink)
      : m_descriptor(descriptor), m_sink(std::move(sink)) {}
  /// -1 once there will be no more.
  int descriptor() const { return m_open ? m_descriptor : -1; }
  /// Reads some of what is there now; never waits.
  void read();
  /// The same, and hands over an unfinished line.
  void finish();

 private:
  void hand_over(std::size_t length);

  int m_descriptor;
  std::function<void(const std::string&)> m_sink;
  std::string m_pending;
  std::size_t m_handed_over = 0;
  bool m_open = true;
};

}  // namespace mesh
