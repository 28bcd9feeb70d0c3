#include <cstdlib>
#include <map>
#include <sys/stat.h>

#include "unit/plugin_support.hpp"

#include "plugin/catalogue.hpp"

namespace mesh {

using test::content;
using test::TemporaryFolder;

namespace {

std::string manifest(const std::string& name, const std::string& provides,
                     const std::string& version = "1.0.0") {
  return R"({"apiVersion":"kubectl-mesh.dev/v1","kind":"Plugin","name":")" + name +
         R"(","version":")" + version + R"(","abi":{"major":1,"minor":0},"provides":[)" + provides +
         "]}";
}

const std::string k_ca = R"({"point":"ca/1","name":"corp"})";
const std::string k_command =
    R"({"point":"command/1","name":"certs","verbs":[{"name":"install"}]})";

/// A folder with manifests and, beside each, a file that stands for the library: nothing loads it.
struct Folder : TemporaryFolder {
  Folder& add(const std::string& name, const std::string& text) {
    write(name + ".json", text);
    write(name + ".so", "not even ELF");
    return *this;
  }
  Catalogue read(Origin origin = Origin::user) const { return read_catalogue({{path(), origin}}); }
};

std::string refusal_of(const std::string& text) {
  Folder folder;
  folder.add("bad", text).add("good", manifest("good", k_command));
  const Catalogue catalogue = folder.read();
  REQUIRE(catalogue.problems.size() == 1);
  CHECK(catalogue.problems[0].code == "plugin-refused");
  CHECK_THAT(catalogue.problems[0].message, Catch::Contains("bad.json is not used: "));
  // One bad manifest costs nothing but itself.
  REQUIRE(catalogue.plugins.size() == 1);
  CHECK(catalogue.plugins[0].manifest.name == "good");
  return catalogue.problems[0].message;
}

}  // namespace

TEST_CASE("the catalogue knows plugins by their manifests alone") {
  Folder folder;
  folder.add("zulu", manifest("zulu", k_ca)).add("alpha", manifest("alpha", k_command));
  folder.write("README.txt", "no manifest");
  const Catalogue catalogue = folder.read();
  CHECK(catalogue.problems.empty());
  REQUIRE(catalogue.plugins.size() == 2);
  CHECK(catalogue.plugins[0].manifest.name == "alpha");
  CHECK(catalogue.plugins[1].library == folder.path() / "zulu.so");
  CHECK(catalogue.provider("ca/1:corp")->manifest.name == "zulu");
  CHECK(catalogue.extension("command/1:certs")->verbs.at(0).name == "install");
  CHECK(catalogue.provider("ca/1:other") == nullptr);
  CHECK(catalogue.extension("ca/1:other") == nullptr);
  REQUIRE(catalogue.of_point("ca/1").size() == 1);
  CHECK(catalogue.of_point("dns/1").empty());
}

TEST_CASE("a missing folder is an empty one") {
  CHECK(read_catalogue({{"/nowhere/at/all", Origin::bundled}}).problems.empty());
}

TEST_CASE("manifests that are not in order are refused with what is wrong") {
  using Catch::Contains;
  CHECK_THAT(refusal_of(""), Contains("not valid JSON"));
  CHECK_THAT(refusal_of("[]"), Contains("it is not a JSON object"));
  CHECK_THAT(refusal_of(R"({"apiVersion":"kubectl-mesh.dev/v9","kind":"Plugin"})"),
             Contains(R"(its apiVersion is "kubectl-mesh.dev/v9", this kubectl mesh reads )"
                      R"("kubectl-mesh.dev/v1")"));
  std::string newer = manifest("x", k_ca);
  newer.replace(newer.find(R"("major":1)"), 9, R"("major":2)");
  CHECK_THAT(refusal_of(newer), Contains("its ABI is 2, this kubectl mesh runs ABI 1"));
  CHECK_THAT(refusal_of(manifest("../x", k_ca)),
             Contains(R"(the plugin's name "../x" is not 1 to)"));
  CHECK_THAT(refusal_of(manifest("Corp", k_ca)),
             Contains(R"(the plugin's name "Corp" is not 1 to)"));
  CHECK_THAT(refusal_of(manifest(std::string(64, 'a'), k_ca)), Contains("is not 1 to 63"));
  CHECK_THAT(refusal_of(manifest("x", "")), Contains("it provides nothing"));
  CHECK_THAT(refusal_of(manifest("x", k_ca + "," + k_ca)), Contains("ca/1:corp is there twice"));
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"ca","name":"corp"})")),
             Contains(R"(the extension point "ca" is not of the form ca/1)"));
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"ca/0","name":"corp"})")),
             Contains(R"("ca/0" is not of the form)"));
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"ca/1","name":"a/b"})")),
             Contains(R"(the name in ca/1:a/b "a/b" is not 1 to 63)"));
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"command/1","name":"c",)"
                                      R"("verbs":[{"name":"go"},{"name":"go"}]})")),
             Contains(R"(there are two verbs "go")"));
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"command/1","name":"c","verbs":[{"name":"go",)"
                                      R"("options":[{"name":"a"},{"name":"a"}]}]})")),
             Contains(R"(there are two options "a")"));
  for (const char* seconds : {"-1", "0", "86401"}) {
    CHECK_THAT(refusal_of(manifest("x", R"({"point":"ca/1","name":"c","verbs":[{"name":"issue",)"
                                        R"("timeoutSeconds":)" +
                                            std::string(seconds) + "}]}")),
               Contains("the timeoutSeconds of ca/1:c issue is " + std::string(seconds) +
                        ", not 1 to 86400"));
  }
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"ca/1","name":"c","verbs":[{"name":"issue",)"
                                      R"("timeoutSeconds":"2m"}]})")),
             Contains("timeoutSeconds"));
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"command/1","name":"c",)"
                                      R"("lifecycle":{"after":["c"],"up":"go"}})")),
             Contains("the lifecycle of c places it after itself"));
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"command/1","name":"c",)"
                                      R"("lifecycle":{"before":["*"],"up":"go"}})")),
             Contains(R"(the lifecycle of c has in before "*" is not 1 to 63)"));
  CHECK_THAT(refusal_of(manifest("x", k_ca) + "trailing"), Contains("not valid JSON"));
  CHECK_THAT(refusal_of(std::string(257 * 1024, ' ')), Contains("larger than 256 KiB"));
  CHECK_THAT(refusal_of(std::string(70, '[') + std::string(70, ']')), Contains("nests deeper"));
}

TEST_CASE("versions are semantic versions") {
  const auto accepted = [](const std::string& version) {
    Folder folder;
    folder.add("x", manifest("x", k_ca, version));
    return folder.read().problems.empty();
  };
  for (const char* good : {"0.0.0", "1.20.3", "1.0.0-rc.1", "1.0.0+5", "1.0.0-a-b.2+c.3"}) {
    INFO(good);
    CHECK(accepted(good));
  }
  for (const char* bad : {"1", "1.0", "1.0.0.0", "01.0.0", "v1.0.0", "1.0.0-", "1.0.0+",
                          "1.0.0-a..b", "1.0.0 ", "1.0.x"}) {
    INFO(bad);
    CHECK_FALSE(accepted(bad));
  }
}

TEST_CASE("executables are refused by name, and so is what nobody knows") {
  const auto with_runtime = [](const std::string& runtime) {
    const std::string text = manifest("x", k_ca);
    return text.substr(0, text.size() - 1) + R"(,"runtime":)" + runtime + "}";
  };
  CHECK_THAT(refusal_of(with_runtime(R"("executable")")),
             Catch::Contains("it is an executable (runtime: executable), and this kubectl mesh "
                             "runs libraries only"));
  CHECK_THAT(refusal_of(with_runtime(R"("wasm")")), Catch::Contains(R"(its runtime is "wasm")"));
  CHECK_THAT(refusal_of(with_runtime("7")), Catch::Contains("its runtime is 7"));
  Folder folder;
  folder.add("x", with_runtime(R"("library")"));
  CHECK(folder.read().problems.empty());
}

TEST_CASE("reserved names are refused, each with its meaning") {
  const auto named = [](const char* point, const char* name) {
    return manifest("x", std::string(R"({"point":")") + point + R"(","name":")" + name + R"("})");
  };
  for (const char* point : {"command/1", "check/1", "overview/1"}) {
    CHECK_THAT(refusal_of(named(point, "plan")),
               Catch::Contains("the name of " + std::string(point) + ":plan is reserved"));
    CHECK_THAT(refusal_of(named(point, "clusters")), Catch::Contains("is reserved"));
  }
  CHECK_THAT(refusal_of(manifest("x", R"({"point":"command/1","name":"c","verbs":[{"name":"go",)"
                                      R"("options":[{"name":"token"}]}]})")),
             Catch::Contains("the option --token of command/1:c go is reserved"));
  for (const auto& [point, setting] : std::map<std::string, std::string>{
           {"ca/1", "validity"}, {"dns/1", "image"}, {"exposure/1", "exports"}}) {
    CHECK_THAT(refusal_of(manifest("x", R"({"point":")" + point + R"(","name":"c","settings":)" +
                                            R"({"properties":{")" + setting + R"(":{}}}})")),
               Catch::Contains("the setting " + setting + " of " + point + ":c is reserved"));
  }
  CHECK_THAT(
      refusal_of(manifest("x", R"({"point":"command/1","name":"c","settings":{"type":)"
                               R"("object"}},{"point":"check/1","name":"c","settings":)"
                               R"({"type":"object"}})")),
      Catch::Contains("command/1:c and check/1:c both describe the settings of section \"c\""));
  Folder folder;
  folder.add("x", named("ca/1", "plan"));
  CHECK(folder.read().problems.empty());
}

TEST_CASE("a manifest without its library, and what is no file, are refused and do not block") {
  Folder folder;
  folder.write("alone.json", manifest("alone", k_ca));
  REQUIRE(::mkfifo((folder.path() / "fifo.json").c_str(), 0600) == 0);
  std::filesystem::create_directory(folder.path() / "folder.json");
  const Catalogue catalogue = folder.read();
  CHECK(catalogue.plugins.empty());
  REQUIRE(catalogue.problems.size() == 3);
  CHECK_THAT(catalogue.problems[0].message, Catch::Contains("alone.so is not there"));
}

TEST_CASE("an address that two plugins offer is used by neither, wherever they lie") {
  Folder bundled;
  bundled.add("ours", manifest("ours", k_ca + "," + k_command));
  Folder users;
  users.add("theirs", manifest("theirs", k_ca));
  for (const bool ours_first : {true, false}) {
    std::vector<std::pair<std::filesystem::path, Origin>> folders{{bundled.path(), Origin::bundled},
                                                                  {users.path(), Origin::user}};
    if (!ours_first) std::swap(folders[0], folders[1]);
    const Catalogue catalogue = read_catalogue(folders);
    REQUIRE(catalogue.problems.size() == 1);
    CHECK_THAT(catalogue.problems[0].message,
               Catch::Contains("ca/1:corp is offered by") && Catch::Contains("ours.so") &&
                   Catch::Contains("theirs.so") && Catch::Contains("none is used"));
    CHECK(catalogue.provider("ca/1:corp") == nullptr);
    CHECK(catalogue.of_point("ca/1").empty());
    CHECK(catalogue.provider("command/1:certs") != nullptr);
  }
}

TEST_CASE("two plugins of one name would share settings and data: neither is used") {
  Folder folder;
  folder.add("one", manifest("same", k_ca)).add("two", manifest("same", k_command));
  const Catalogue catalogue = folder.read();
  CHECK(catalogue.plugins.empty());
  REQUIRE(catalogue.problems.size() == 1);
  CHECK_THAT(catalogue.problems[0].message, Catch::Contains("the plugin name same is offered by"));
}

TEST_CASE("a folder that is named twice is read once") {
  Folder folder;
  folder.add("x", manifest("x", k_ca));
  const Catalogue catalogue =
      read_catalogue({{folder.path(), Origin::bundled}, {folder.path() / "." / "", Origin::user}});
  CHECK(catalogue.problems.empty());
  REQUIRE(catalogue.plugins.size() == 1);
  CHECK(catalogue.plugins[0].origin == Origin::bundled);
}

TEST_CASE("KUBECTL_MESH_PLUGIN_PATH adds folders, absolute ones only") {
  Folder folder;
  folder.add("x", manifest("from-the-path", k_ca));
  const std::string value = folder.path().string() + "::relative/folder";
  ::setenv("KUBECTL_MESH_PLUGIN_PATH", value.c_str(), 1);
  const Catalogue catalogue = read_catalogue();
  ::unsetenv("KUBECTL_MESH_PLUGIN_PATH");
  const PluginEntry* found = catalogue.provider("ca/1:corp");
  REQUIRE(found != nullptr);
  CHECK(found->origin == Origin::user);
  REQUIRE(catalogue.problems.size() == 1);
  CHECK(catalogue.problems[0].message ==
        "KUBECTL_MESH_PLUGIN_PATH: relative/folder is not an absolute path");
}

}  // namespace mesh
