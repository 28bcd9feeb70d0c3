#include "plugin/loader.hpp"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <link.h>
#include <list>
#include <mutex>

#include <boost/dll/shared_library.hpp>

#include "base/paths.hpp"
#include "mesh/problem.hpp"
#include "plugin/elf.hpp"

namespace mesh {

namespace {

using Entry = const mesh_plugin*();

constexpr const char* k_symbol = "kubectl_mesh_plugin_v1";
constexpr std::uint32_t k_size_of_v1_0 = 56;
constexpr std::uint64_t k_manifest_max = std::uint64_t{256} * 1024;
constexpr const char* k_other_version = "install a version of it made for this kubectl mesh";
constexpr const char* k_no_plugin = "install the plugin again; this file is none";

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what,
                         const char* hint) {
  throw Failure("plugin-refused", "plugin " + shown(path) + ": " + what, hint);
}

void check_file(const std::filesystem::path& path, const std::filesystem::path& bytes) {
  std::string head(k_elf_head, '\0');
  std::ifstream file(bytes, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  std::error_code none;
  const auto objection = no_shared_library(head, std::filesystem::file_size(bytes, none));
  if (objection) refuse(path, "it cannot be loaded: it " + objection->what, objection->hint);
}

/// NODELETE has no name in Boost.DLL; its mode bits are dlopen's own.
constexpr auto k_mode = static_cast<boost::dll::load_mode::type>(
    static_cast<unsigned>(boost::dll::load_mode::rtld_now) |
    static_cast<unsigned>(boost::dll::load_mode::rtld_local) |
    static_cast<unsigned>(RTLD_NODELETE));

/// Owns what is loaded until the process has ended, destructors of statics included: plugin code
/// may still be on a stack then. Called under the loader's mutex.
const boost::dll::shared_library& open(const std::filesystem::path& path,
                                       const std::filesystem::path& bytes) {
  static auto& libraries = *new std::list<boost::dll::shared_library>;
  check_file(path, bytes);
  try {
    return libraries.emplace_back(bytes.string(), k_mode);
  } catch (const boost::dll::fs::system_error& error) {
    refuse(path, std::string("it cannot be loaded: ") + error.what(),
           "it may miss a library: ask ldd");
  }
}

/// Boost.DLL hands out the main program for a path that leads to it, and a symbol of another
/// library if this one lacks it: the entry must lie in what was asked for.
bool lies_in(const boost::dll::shared_library& library, Entry* entry) {
  link_map* asked = nullptr;
  link_map* found = nullptr;
  Dl_info info{};
  ::dlinfo(library.native(), RTLD_DI_LINKMAP, &asked);
  ::dladdr1(reinterpret_cast<void*>(entry), &info, reinterpret_cast<void**>(&found),
            RTLD_DL_LINKMAP);
  return asked != nullptr && asked == found && asked->l_name[0] != '\0';
}

Entry* entry_of(const boost::dll::shared_library& library, const std::filesystem::path& path) {
  if (!library.has(k_symbol)) {
    refuse(path, std::string("it does not export ") + k_symbol, k_no_plugin);
  }
  Entry* entry = &library.get<Entry>(k_symbol);
  if (!lies_in(library, entry)) refuse(path, "its entry lies in another library", k_no_plugin);
  return entry;
}

void check_head(const mesh_plugin* found, const std::filesystem::path& path) {
  if (found == nullptr) refuse(path, "its entry returned nothing", k_other_version);
  if (found->magic != MESH_PLUGIN_MAGIC) {
    refuse(path, "its entry returned no mesh_plugin (the magic number is wrong)", k_no_plugin);
  }
  if (found->abi_major != MESH_ABI_MAJOR) {
    refuse(path,
           "it was built for ABI " + std::to_string(found->abi_major) +
               ", this kubectl mesh runs ABI " + std::to_string(MESH_ABI_MAJOR),
           k_other_version);
  }
  if (found->struct_size < k_size_of_v1_0) {
    refuse(path,
           "its mesh_plugin has " + std::to_string(found->struct_size) + " bytes, ABI 1 has " +
               std::to_string(k_size_of_v1_0) + " at least",
           k_other_version);
  }
}

void check_parts(const mesh_plugin& plugin, const std::filesystem::path& path) {
  if (plugin.start == nullptr) refuse(path, "its function `start` is missing", k_other_version);
  if (plugin.invoke == nullptr) refuse(path, "its function `invoke` is missing", k_other_version);
  const mesh_text& manifest = plugin.manifest;
  if (manifest.ptr == nullptr || manifest.len == 0 || manifest.len > k_manifest_max) {
    refuse(path, "it has no manifest of at most 256 KiB", k_other_version);
  }
}

}  // namespace

LoadedLibrary load_library(const std::filesystem::path& path, const std::filesystem::path& bytes) {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  if (!path.is_absolute()) refuse(path, "its path is not absolute", "write it from / on");
  const mesh_plugin* found = entry_of(open(path, bytes.empty() ? path : bytes), path)();
  check_head(found, path);
  LoadedLibrary library;
  std::memcpy(&library.plugin, found,
              std::min<std::size_t>(found->struct_size, sizeof library.plugin));
  check_parts(library.plugin, path);
  library.manifest.assign(library.plugin.manifest.ptr, library.plugin.manifest.len);
  return library;
}

}  // namespace mesh
