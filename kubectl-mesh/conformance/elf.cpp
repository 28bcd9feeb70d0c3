#include "conformance/elf.hpp"

#include <cstring>
#include <elf.h>
#include <fstream>
#include <link.h>

namespace mesh::conformance {

namespace {

using Header = ElfW(Ehdr);
using Section = ElfW(Shdr);
using Symbol = ElfW(Sym);

/// A struct at an offset that a stranger's file names; zero where the file ends before it.
template <typename T>
T at(std::string_view bytes, std::size_t offset) {
  T found{};
  if (offset <= bytes.size() && bytes.size() - offset >= sizeof found) {
    std::memcpy(&found, bytes.data() + offset, sizeof found);
  }
  return found;
}

Section section(std::string_view bytes, std::size_t index) {
  const Header header = at<Header>(bytes, 0);
  return at<Section>(bytes, header.e_shoff + index * sizeof(Section));
}

/// This program's own header: what its machine is, a plugin's must be.
Header own_header() {
  Header own{};
  std::ifstream("/proc/self/exe", std::ios::binary).read(reinterpret_cast<char*>(&own), sizeof own);
  return own;
}

bool offered(const Symbol& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

std::string no_shared_library(std::string_view bytes) {
  const Header header = at<Header>(bytes, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "is no ELF file";
  const Header own = own_header();
  if (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || header.e_machine != own.e_machine) {
    return "is built for another machine";
  }
  return header.e_type == ET_DYN ? "" : "is no shared library";
}

std::vector<std::string> exported_symbols(std::string_view bytes) {
  std::vector<std::string> names;
  const Header header = at<Header>(bytes, 0);
  for (std::size_t index = 0; index < header.e_shnum; ++index) {
    const Section table = section(bytes, index);
    if (table.sh_type != SHT_DYNSYM) continue;
    const Section texts = section(bytes, table.sh_link);
    for (std::size_t place = 0; place + sizeof(Symbol) <= table.sh_size; place += sizeof(Symbol)) {
      const auto symbol = at<Symbol>(bytes, table.sh_offset + place);
      const std::size_t name = texts.sh_offset + symbol.st_name;
      if (!offered(symbol) || name >= bytes.size()) continue;
      names.emplace_back(bytes.substr(name, bytes.find('\0', name) - name));
    }
  }
  return names;
}

}  // namespace mesh::conformance
