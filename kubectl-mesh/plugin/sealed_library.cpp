#include "plugin/sealed_library.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include "base/files.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr int k_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

}  // namespace

SealedLibrary::SealedLibrary(std::string_view bytes)
    : m_descriptor(raised(::memfd_create("plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING))) {
  int error = m_descriptor < 0 ? errno : write_all(m_descriptor, bytes);
  if (error == 0 && ::fcntl(m_descriptor, F_ADD_SEALS, k_seals) == 0) return;
  if (error == 0) error = errno;
  if (m_descriptor >= 0) ::close(m_descriptor);
  throw Failure("internal", "the plugin cannot be copied into sealed memory: " +
                                std::string(std::strerror(error)));
}

SealedLibrary::~SealedLibrary() {
  ::close(m_descriptor);
}

std::filesystem::path SealedLibrary::path_of(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

}  // namespace mesh
