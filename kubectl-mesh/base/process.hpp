#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/cancel.hpp"

namespace mesh {

/// A program to run to its end: no shell, no inherited descriptors beyond stdin/out/err, a process
/// group of its own that is ended (TERM, 2 s, KILL) at the deadline or on a stop.
struct CommandLine {
  std::string program;  ///< absolute, or a name that is looked up once in PATH
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  ///< the whole of it
  std::string working_folder;                      ///< empty: ours
  std::string input;                               ///< its stdin; then end of file
  std::string private_file;  ///< content of a file that only the child sees: k_private_file
  int held = -1;             ///< raised(): the child keeps it open until its end, even beyond ours
  bool interactive = false;  ///< stdin and stderr are the operator's terminal
  std::size_t output_limit = 1U << 20U;  ///< bytes of stdout kept; more ends it
};

/// Where a child finds its private file: in memory, open in no other process.
inline constexpr const char* k_private_file = "/proc/self/fd/3";

struct ProcessResult {
  enum class End { exited, signalled, timed_out, cancelled, not_found, output_too_long } end;
  int status = 0;  ///< exit status, or the signal's number
  std::string output;
  std::string errors;  ///< stderr, its last 64 KiB; empty if interactive
};

/// Whether run_process would find `program` in our own PATH, or at its path.
bool can_run(const std::string& program);
ProcessResult run_process(const CommandLine& command, Deadline deadline);

/// Throws Failure("missing"/"deadline"/"cancelled"/"failed") unless the program ended by itself,
/// whatever its status; what it said last is in the message.
void require_ended(const ProcessResult& result, const std::string& program, std::int64_t seconds);

/// Our own environment, for building a child's from it.
std::map<std::string, std::string> current_environment();
/// Those of our variables that programs and plugins may know: where they find things, language,
/// time zone, proxies. Nothing that leads to a cluster, and no secret: not the variable that a
/// passphrase is in, whatever its name.
std::map<std::string, std::string> environment_of_children();

}  // namespace mesh
