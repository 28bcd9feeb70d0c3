#include "plugin/sealed_library.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

#include "base/files.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr int k_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
constexpr int k_tries = 20;
constexpr std::chrono::milliseconds k_pause{10};

/// 0, or what the kernel says against it. It says "busy" while it holds a page for itself, as it
/// does for a moment when memory is scarce.
int seal(int descriptor) {
  for (int tries = 1;; ++tries) {
    if (::fcntl(descriptor, F_ADD_SEALS, k_seals) == 0) return 0;
    if (errno != EBUSY || tries == k_tries) return errno;
    std::this_thread::sleep_for(k_pause);
  }
}

}  // namespace

SealedLibrary::SealedLibrary(std::string_view bytes)
    : m_descriptor(raised(::memfd_create("plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING))) {
  int error = m_descriptor < 0 ? errno : write_all(m_descriptor, bytes);
  if (error == 0) error = seal(m_descriptor);
  if (error == 0) return;
  if (m_descriptor >= 0) ::close(m_descriptor);
  throw Failure("internal", "the plugin cannot be copied into sealed memory: " +
                                std::string(std::strerror(error)));
}

SealedLibrary::~SealedLibrary() {
  ::close(m_descriptor);
}

std::filesystem::path SealedLibrary::path_of(int descriptor) {
  // Not "self": a debugger, another process, opens the library by the name that the loader has.
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(descriptor);
}

}  // namespace mesh
