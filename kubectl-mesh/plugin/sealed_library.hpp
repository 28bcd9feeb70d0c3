#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace mesh {

/// Bytes of the largest library that is read.
inline constexpr std::uint64_t k_library_max = std::uint64_t{256} << 20U;

/// A library's bytes in memory that nobody can change any more. What was hashed is what is loaded,
/// whatever happens to the file meanwhile.
class SealedLibrary {
 public:
  /// Throws Failure("internal") if this machine gives no such memory.
  explicit SealedLibrary(std::string_view bytes);
  SealedLibrary(const SealedLibrary&) = delete;
  SealedLibrary& operator=(const SealedLibrary&) = delete;
  ~SealedLibrary();

  int descriptor() const { return m_descriptor; }
  /// A path under which this process can load it.
  static std::filesystem::path path_of(int descriptor);

 private:
  int m_descriptor = -1;
};

}  // namespace mesh
