#include "plugin/elf.hpp"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

namespace mesh {

namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
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

/// Our own header: what our machine is, a plugin's must be. Out of memory, because a sandbox may
/// not read the file.
Header own_header() {
  static const char inside = 0;
  Dl_info info{};
  Header own{};
  if (::dladdr(&inside, &info) != 0) std::memcpy(&own, info.dli_fbase, sizeof own);
  return own;
}

// More than any library has; a made-up table could name the same bytes again and again.
constexpr std::size_t k_symbol_name_max = 4096;
constexpr std::size_t k_symbols_max = 65'536;

std::string_view part_of(std::string_view bytes, std::size_t offset, std::size_t size) {
  return offset < bytes.size() ? bytes.substr(offset, size) : std::string_view();
}

/// A library has one of symbols that others may use; an empty section if it has none.
Section symbol_table(std::string_view bytes) {
  const Header header = at<Header>(bytes, 0);
  for (std::size_t index = 0; index < header.e_shnum; ++index) {
    const Section found = section(bytes, index);
    if (found.sh_type == SHT_DYNSYM) return found;
  }
  return {};
}

bool offered(const Symbol& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

/// Where the last of what the headers name ends. A sum that wraps around is a lie too.
std::uint64_t end_of(std::string_view head) {
  const Header header = at<Header>(head, 0);
  std::uint64_t end = std::max<std::uint64_t>(
      sizeof header, header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize);
  for (std::size_t index = 0; index < header.e_phnum; ++index) {
    const auto segment = at<Segment>(head, header.e_phoff + index * sizeof(Segment));
    if (segment.p_type == PT_LOAD) end = std::max(end, segment.p_offset + segment.p_filesz);
  }
  return end;
}

}  // namespace

std::optional<Objection> no_shared_library(std::string_view head, std::uint64_t size) {
  const Header header = at<Header>(head, 0);
  if (!head.starts_with(std::string_view(ELFMAG, SELFMAG))) {
    return Objection{"is no ELF file", "a plugin is a shared library (.so)"};
  }
  const std::uint64_t end = size < sizeof header ? sizeof header : end_of(head);
  const Header own = own_header();
  const bool known = size >= sizeof header;
  if (known &&
      (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
       header.e_ident[EI_DATA] != own.e_ident[EI_DATA] || header.e_machine != own.e_machine)) {
    return Objection{"is built for another machine", "get the build for this one from its author"};
  }
  if (size < end) {
    return Objection{
        "is cut off: of at least " + std::to_string(end) + " bytes it has " + std::to_string(size),
        "get the file again; a copy or a download of it broke off"};
  }
  if (header.e_type == ET_DYN) return std::nullopt;
  return Objection{"is no shared library", "link it with -shared"};
}

std::vector<std::string> exported_symbols(std::string_view bytes) {
  std::vector<std::string> names;
  const Section table = symbol_table(bytes);
  const Section texts = section(bytes, table.sh_link);
  // A size is what a stranger's file says: what lies beyond its end is nothing.
  const std::string_view symbols = part_of(bytes, table.sh_offset, table.sh_size);
  for (std::size_t place = 0; place + sizeof(Symbol) <= symbols.size(); place += sizeof(Symbol)) {
    const auto symbol = at<Symbol>(symbols, place);
    const std::string_view name =
        part_of(bytes, texts.sh_offset + symbol.st_name, k_symbol_name_max);
    if (offered(symbol) && !name.empty()) names.emplace_back(name.substr(0, name.find('\0')));
    if (names.size() == k_symbols_max) break;
  }
  return names;
}

}  // namespace mesh
