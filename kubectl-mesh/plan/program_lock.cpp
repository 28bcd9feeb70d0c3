#include "plan/program_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/paths.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr std::chrono::milliseconds k_pause{100};

std::filesystem::path lock_path(const Access& access) {
  return state_home() / "programs" / (sha256_hex(access.endpoint.server) + ".lock");
}

int open_lock(const std::filesystem::path& path) {
  return raised(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

/// Never replaced: who waits for a file that has lost its name waits for nobody.
int open_or_make(const std::filesystem::path& path) {
  const int there = open_lock(path);
  if (there >= 0 || errno != ENOENT) return there;
  try {
    write_private_file(path, "", Replace::no);
  } catch (const Failure&) {
    if (!std::filesystem::exists(path)) throw;  // another run has made it meanwhile
  }
  return open_lock(path);
}

}  // namespace

ProgramLock::ProgramLock(const Access& access) : m_descriptor(open_or_make(lock_path(access))) {
  if (m_descriptor >= 0) return;
  throw Failure("failed", "cannot open " + shown(lock_path(access)) + ": " + std::strerror(errno));
}

ProgramLock::ProgramLock(const Access& access, Deadline deadline) : ProgramLock(access) {
  while (::flock(m_descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (deadline.passed()) {
      Problem problem;
      problem.code = "pending";
      problem.cluster = access.endpoint.context;
      problem.message =
          problem.cluster + ": a program that another run started is still at work on this cluster";
      problem.hint = "wait for its end, or end it: it has " + shown(lock_path(access)) + " open";
      throw Failure(std::move(problem));
    }
    if (sleep_until_stop(k_pause, deadline)) check_stop();
  }
}

ProgramLock::~ProgramLock() {
  ::close(m_descriptor);
}

bool ProgramLock::is_held(const Access& access) {
  const int descriptor = open_lock(lock_path(access));
  if (descriptor < 0) return false;
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
  ::close(descriptor);
  return held;
}

}  // namespace mesh
