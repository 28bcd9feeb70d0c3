#include "plugin/sealed_library.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr int k_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

/// Out of the way of the numbers that a helper's own descriptors get.
int raised(int descriptor) {
  constexpr int k_first = 10;
  const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, k_first);
  if (descriptor >= 0) ::close(descriptor);
  return high;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

SealedLibrary::SealedLibrary(std::string_view bytes)
    : m_descriptor(raised(::memfd_create("plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING))) {
  if (m_descriptor >= 0 && write_all(m_descriptor, bytes) &&
      ::fcntl(m_descriptor, F_ADD_SEALS, k_seals) == 0) {
    return;
  }
  const std::string why = std::strerror(errno);
  if (m_descriptor >= 0) ::close(m_descriptor);
  throw Failure("internal", "the plugin cannot be copied into sealed memory: " + why);
}

SealedLibrary::~SealedLibrary() {
  ::close(m_descriptor);
}

std::filesystem::path SealedLibrary::path_of(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

}  // namespace mesh
