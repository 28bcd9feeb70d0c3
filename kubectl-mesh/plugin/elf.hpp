#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesh {

// What a file says about itself before anything of it is loaded. It is a stranger's: nothing in it
// is believed.

/// How much of a file `no_shared_library` wants to see: the headers of a library stand in front.
inline constexpr std::size_t k_elf_head = 4096;

struct Objection {
  std::string what;  ///< "is no ELF file"
  const char* hint;
};
/// Why a file of `size` bytes that begins with `head` is no shared library that this machine can
/// load. To load one that is cut off would end in a SIGBUS.
std::optional<Objection> no_shared_library(std::string_view head, std::uint64_t size);

/// The names that a shared library offers to others.
std::vector<std::string> exported_symbols(std::string_view bytes);

}  // namespace mesh
