#include <cstring>
#include <elf.h>
#include <limits>
#include <link.h>
#include <sys/stat.h>

#include "abi/manifest.h"
#include "unit/plugin_support.hpp"

#include "base/files.hpp"
#include "plugin/elf.hpp"
#include "plugin/loader.hpp"
#include "plugin/ownership.hpp"

namespace mesh {

using test::abi_plugin;
using test::how;
using test::no_services;
using test::PluginFolder;
using test::problem_of;

namespace {

std::unique_ptr<PluginInstance> started(const std::string& shape, Isolation isolation,
                                        const std::string& manifest = BAD_MANIFEST) {
  PluginFolder folder;
  folder.add(abi_plugin(shape), manifest);
  const Catalogue catalogue = folder.catalogue();
  REQUIRE(catalogue.problems.empty());
  return start_plugin(catalogue.plugins.at(0), how(isolation));
}

Json answer_of(const std::string& shape, Isolation isolation) {
  return started(shape, isolation)
      ->invoke("test/1:bad", "any", Json::object(), no_services,
               Deadline::in(std::chrono::seconds(5)));
}

struct Refused {
  const char* shape;
  const char* message;
};

}  // namespace

TEST_CASE("a library that is older, newer or as new as the host loads") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  for (const char* shape : {"shape_in_order", "shape_larger"}) {
    INFO(shape);
    CHECK(answer_of(shape, isolation) == Json{{"fine", true}});
  }
}

TEST_CASE("a plugin may log while it starts, and call nothing else") {
  PluginFolder folder;
  folder.add(abi_plugin("shape_start_calls"), BAD_MANIFEST);
  const Catalogue catalogue = folder.catalogue();
  PluginStart start = how(GENERATE(Isolation::in_process, Isolation::helper));
  std::vector<std::string> asked;
  start.services = [&](std::string_view service, std::string_view, const Json& request) {
    asked.push_back(std::string(service) + " " + request.value("text", ""));
    return Json::object();
  };
  CHECK_NOTHROW(start_plugin(catalogue.plugins.at(0), start));
  CHECK(asked == std::vector<std::string>{"log/1 starting"});
}

TEST_CASE("a library that is not in order is refused in one clear sentence") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  const Refused refused = GENERATE(values<Refused>({
      {"shape_smaller", "its mesh_plugin has 48 bytes, ABI 1 has 56 at least"},
      {"shape_wrong_magic", "its entry returned no mesh_plugin (the magic number is wrong)"},
      {"shape_newer_major", "it was built for ABI 2, this kubectl mesh runs ABI 1"},
      {"shape_no_start", "its function `start` is missing"},
      {"shape_no_invoke", "its function `invoke` is missing"},
      {"shape_no_manifest", "it has no manifest of at most 256 KiB"},
      {"shape_returns_null", "its entry returned nothing"},
      {"shape_no_symbol", "it does not export kubectl_mesh_plugin_v1"},
      {"shape_start_fails", "plugin bad 1.0.0 did not start: no token was found"},
  }));
  INFO(refused.shape);
  const Problem problem = problem_of([&] { started(refused.shape, isolation); });
  CHECK(problem.code == "plugin-refused");
  CHECK_THAT(problem.message, Catch::EndsWith(refused.message));
  if (refused.shape != std::string("shape_start_fails")) CHECK_FALSE(problem.hint.empty());
}

TEST_CASE("a library whose manifest is another than the one beside it is refused") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  std::string other = BAD_MANIFEST;
  other.replace(other.find("1.0.0"), 5, "1.0.1");
  const Problem problem = problem_of([&] { started("shape_in_order", isolation, other); });
  CHECK(problem.code == "plugin-refused");
  CHECK(problem.message ==
        "plugin bad: its library describes itself otherwise than the manifest beside it");
}

TEST_CASE("white space and the order of fields do not make another manifest") {
  const std::string other = Json::parse(BAD_MANIFEST).dump(4);
  CHECK(started("shape_in_order", Isolation::in_process, other) != nullptr);
}

TEST_CASE("what is no whole library for this machine is refused before anything is loaded") {
  struct Spoilt {
    const char* how;
    std::function<void(std::string&)> spoil;
    const char* message;
  };
  const std::string whole = test::content(abi_plugin("shape_in_order"));
  const Spoilt spoilt = GENERATE_REF(values<Spoilt>({
      {"text", [](std::string& bytes) { bytes = "not even ELF"; }, "it is no ELF file"},
      {"nothing", [](std::string& bytes) { bytes.clear(); }, "it is no ELF file"},
      {"ARM", [](std::string& bytes) { bytes.at(18) = '\x28'; }, "it is built for another machine"},
      {"32 bits", [](std::string& bytes) { bytes.at(4) = '\1'; },
       "it is built for another machine"},
      {"other byte order", [](std::string& bytes) { bytes.at(5) = '\2'; },
       "it is built for another machine"},
      {"an object file", [](std::string& bytes) { bytes.at(16) = '\1'; },
       "it is no shared library"},
      {"magic only", [](std::string& bytes) { bytes.resize(10); }, "it is cut off: of at least 64"},
      {"header only", [](std::string& bytes) { bytes.resize(200); }, "it is cut off: of at least "},
      {"one page", [](std::string& bytes) { bytes.resize(4096); }, "it is cut off: of at least "},
      {"half", [](std::string& bytes) { bytes.resize(bytes.size() / 2); },
       "it is cut off: of at least "},
      {"all but a byte", [](std::string& bytes) { bytes.pop_back(); },
       "it is cut off: of at least "},
  }));
  INFO(spoilt.how);
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  PluginFolder folder;
  folder.write("bad.json", BAD_MANIFEST);
  std::string bytes = whole;
  spoilt.spoil(bytes);
  folder.write("bad.so", bytes);
  const Catalogue catalogue = folder.catalogue();
  const Problem problem =
      problem_of([&] { start_plugin(catalogue.plugins.at(0), how(isolation)); });
  CHECK(problem.code == "plugin-refused");
  CHECK_THAT(problem.message,
             Catch::Contains("bad.so: it cannot be loaded: " + std::string(spoilt.message)));
  CHECK_FALSE(problem.hint.empty());
}

TEST_CASE("the host itself is no plugin, not even through a link") {
  test::TemporaryFolder folder;
  std::filesystem::create_symlink("/proc/self/exe", folder.path() / "self.so");
  const Problem problem = problem_of([&] { load_library(folder.path() / "self.so"); });
  CHECK(problem.code == "plugin-refused");
}

TEST_CASE("a path that depends on where one stands is refused") {
  CHECK(problem_of([] { load_library("misbehave.so"); }).message ==
        "plugin misbehave.so: its path is not absolute");
}

TEST_CASE("a library that others can change is not run") {
  PluginFolder folder;
  folder.add(abi_plugin("shape_in_order"), BAD_MANIFEST);
  const PluginEntry entry = folder.catalogue().plugins.at(0);
  CHECK_NOTHROW(check_ownership(entry));
  SECTION("the library") {
    ::chmod(entry.library.c_str(), 0775);
    CHECK_THAT(problem_of([&] { start_plugin(entry, how(Isolation::helper)); }).message,
               Catch::Contains("shape_in_order.so can be changed by other users"));
  }
  SECTION("its folder") {
    ::chmod(folder.path().c_str(), 0777);
    CHECK(problem_of([&] { start_plugin(entry, how(Isolation::helper)); }).code ==
          "plugin-refused");
    ::chmod(folder.path().c_str(), 0700);
  }
  SECTION("a FIFO does not make the host wait") {
    std::filesystem::remove(entry.library);
    REQUIRE(::mkfifo(entry.library.c_str(), 0600) == 0);
    CHECK_THAT(problem_of([&] { start_plugin(entry, how(Isolation::in_process)); }).message,
               Catch::EndsWith("is not a regular file"));
  }
}

TEST_CASE("what ends or holds up the process that loads it costs the helper only") {
  CHECK_THAT(problem_of([] { started("shape_constructor_crashes", Isolation::helper); }).message,
             Catch::StartsWith("plugin bad 1.0.0 crashed (SIGABRT) in start"));
  PluginFolder folder;
  folder.add(abi_plugin("shape_start_hangs"), BAD_MANIFEST);
  const Catalogue catalogue = folder.catalogue();
  PluginStart start = how(Isolation::helper);
  start.deadline = Deadline::in(std::chrono::milliseconds(300));
  const Problem problem = problem_of([&] { start_plugin(catalogue.plugins.at(0), start); });
  CHECK(problem.code == "plugin-fault");
  CHECK_THAT(problem.message, Catch::Contains("did not answer by its deadline in start"));
}

TEST_CASE("the manifest is read out of a library, and checked") {
  CHECK(manifest_of_library(abi_plugin("shape_in_order")) == BAD_MANIFEST);
  CHECK_THROWS_AS(manifest_of_library(abi_plugin("shape_no_symbol")), Failure);
}

TEST_CASE("a section of symbols that is larger than its file ends with the file") {
  std::string bytes = read_file(abi_plugin("shape_in_order"));
  const std::vector<std::string> names = exported_symbols(bytes);
  REQUIRE(names == std::vector<std::string>{"kubectl_mesh_plugin_v1"});
  ElfW(Ehdr) header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto change = [&](std::uint64_t size, std::uint64_t offset_more) {
    for (std::size_t index = 0; index < header.e_shnum; ++index) {
      char* at = bytes.data() + header.e_shoff + index * sizeof(ElfW(Shdr));
      ElfW(Shdr) section{};
      std::memcpy(&section, at, sizeof section);
      if (section.sh_type != SHT_DYNSYM) continue;
      section.sh_size = size;
      section.sh_offset += offset_more;
      std::memcpy(at, &section, sizeof section);
    }
  };
  // One symbol after the other, this many would take years.
  change(std::numeric_limits<std::uint64_t>::max() - 64, 0);
  CHECK(exported_symbols(bytes).front() == names.front());
  change(std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 62U);
  CHECK(exported_symbols(bytes).empty());
}

}  // namespace mesh
