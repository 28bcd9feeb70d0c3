#pragma once

#include "base/cancel.hpp"
#include "cluster/access.hpp"

namespace mesh {

/// One program at a time works on a cluster. The lock is held by whoever has its descriptor: the
/// run that took it and the program that was given it, which goes on when the run is killed. So the
/// next run on this machine finds out, and does not start the same program beside it.
class ProgramLock {
 public:
  /// Waits for whoever has it. Throws Failure("pending") at the deadline.
  ProgramLock(const Access& access, Deadline deadline);
  ProgramLock(const ProgramLock&) = delete;
  ProgramLock& operator=(const ProgramLock&) = delete;
  ~ProgramLock();

  int descriptor() const { return m_descriptor; }
  static bool is_held(const Access& access);

 private:
  explicit ProgramLock(const Access& access);  ///< open, not taken yet
  int m_descriptor;
};

}  // namespace mesh
