#include <sys/stat.h>

#include "unit/plugin_support.hpp"

#include "base/files.hpp"
#include "mesh/time.hpp"
#include "plugin/services.hpp"

namespace mesh {

using test::problem_of;
using test::TemporaryFolder;

namespace {

/// A cluster that has what it is given and nothing else; any write is a mistake of the test.
class ShelfClient : public Client {
 public:
  explicit ShelfClient(std::string cluster) : m_cluster(std::move(cluster)) {}
  const std::string& cluster() const override { return m_cluster; }
  std::optional<Json> get(const ObjectRef& ref, Deadline) override {
    if (ref.name == "forbidden") throw Failure("forbidden", "you may not");
    if (ref.name != "there") return std::nullopt;
    return Json{{"kind", ref.kind}, {"from", m_cluster}};
  }
  ListPage list(const Read& read, Deadline) override {
    if (read.object.kind == "Service") return {{{"items", Json::array()}}, ""};
    if (read.object.kind == "Role") {
      Json role{{"metadata", {{"name", "there"}, {"namespace", "x"}}}};
      if (!read.metadata_only) role["rules"] = Json::array();
      return {{{"items", Json::array({role})}}, ""};
    }
    return {{{"kind", read.object.kind + "List"},
             {"labels", read.labels},
             {"limit", read.limit},
             {"at", read.next}},
            "more"};
  }
  std::optional<std::chrono::seconds> clock_ahead() const override { return std::nullopt; }
  Json create(const Json&, Deadline) override { return written(); }
  Json apply(const Json&, DryRun, Deadline) override { return written(); }
  Json patch(const ObjectRef&, const Json&, DryRun, Deadline) override { return written(); }
  Json merge(const ObjectRef&, const Json&, DryRun, Deadline) override { return written(); }
  bool remove(const ObjectRef&, const std::string&, const std::string&, DryRun, Deadline) override {
    return !written().is_null();
  }
  std::optional<std::string> denied(const Right&, Deadline) override { return std::nullopt; }
  Json events(const std::string&, const std::string&, Deadline) override { return written(); }
  std::string log(const ObjectRef&, const std::string&, bool, int, Deadline) override {
    return written();
  }
  std::string version(Deadline) override { return "v1.36.4"; }
  RequestCounts counts() const override { return {}; }

 private:
  static Json written() { throw Failure("internal", "a plugin's read wrote"); }
  std::string m_cluster;
};

struct World {
  World() {
    std::vector<Fleet::Member> members(2);
    members[0].name = "a";
    members[1].name = "b";
    fleet = std::make_unique<Fleet>(members, TransportLimits{}, std::chrono::seconds(1),
                                    [](const Access&, const TransportLimits&) {
                                      return std::make_unique<ShelfClient>("shelf");
                                    });
    entry.manifest.name = "corp";
    entry.manifest.provides = {
        {.point = "check/1", .name = "corp", .summary = {}, .verbs = {}, .abilities = {}}};
    needs().reads = {"*", "v1/Secret"};
  }

  Json ask(const std::string& service, const std::string& verb, const Json& request) {
    ServiceContext context;
    context.fleet = fleet.get();
    context.plugin_data = folder.path().string();
    context.log = [this](const std::string& level, const std::string& text) {
      said.push_back(level + " " + text);
    };
    context.progress = [this](const std::string& cluster, const std::string& text) {
      said.push_back(cluster + " " + text);
    };
    context.ask_secret = [this](const SecretQuestion& asked) {
      said.push_back(asked.question + (asked.confirm ? ", twice" : "") + "; or " + asked.instead);
      return std::string("open sesame");
    };
    Rights rights{.holders = {{&entry, needs_of(entry.manifest)}}};
    rights.effect = effect;
    rights.clusters = clusters;
    rights.folders = {given.path()};
    if (led_by) rights.holders.push_back({&*led_by, needs_of(led_by->manifest)});
    return make_services(std::move(context))(rights)(service, verb, request);
  }

  Json read(const Json& one) {
    return ask("kube.read/1", "read", {{"reads", {one}}}).at("results").at(0);
  }

  std::string refusal(const std::string& service, const std::string& verb, const Json& request) {
    const Problem problem = problem_of([&] { ask(service, verb, request); });
    CHECK(problem.code == "invalid-document");
    return problem.message;
  }

  Needs& needs() { return entry.manifest.provides.front().needs; }

  TemporaryFolder folder;
  TemporaryFolder given;
  std::unique_ptr<Fleet> fleet;
  PluginEntry entry;
  Effect effect = Effect::reads;
  std::optional<std::set<std::string>> clusters;
  std::optional<PluginEntry> led_by;  ///< a third party that asked `entry`
  std::vector<std::string> said;
};

const Json k_config_map = {{"cluster", "a"},
                           {"apiVersion", "v1"},
                           {"kind", "ConfigMap"},
                           {"namespace", "n"},
                           {"name", "there"}};

Json with(Json document, const char* name, const Json& value) {
  document[name] = value;
  return document;
}

}  // namespace

TEST_CASE("a list of metadata never stands for the objects; a list of these does for it") {
  World world;
  const auto first = [&](bool metadata_only) {
    const Json answer = world.read({{"cluster", "a"},
                                    {"apiVersion", "rbac.authorization.k8s.io/v1"},
                                    {"kind", "Role"},
                                    {"metadataOnly", metadata_only}});
    return answer.at("object").at("items").at(0);
  };
  CHECK_FALSE(first(true).contains("rules"));
  CHECK(first(false).contains("rules"));
  CHECK_FALSE(first(true).contains("rules"));
  const Json named = world.read({{"cluster", "b"},
                                 {"apiVersion", "rbac.authorization.k8s.io/v1"},
                                 {"kind", "Role"},
                                 {"namespace", "x"},
                                 {"name", "there"}});
  CHECK(named.at("found") == true);
}

TEST_CASE("kube.read answers every read in its place, whatever came of the others") {
  World world;
  const Json reply = world.ask(
      "kube.read/1", "read",
      {{"reads",
        {k_config_map, with(k_config_map, "name", "missing"),
         with(k_config_map, "name", "forbidden"), with(k_config_map, "cluster", "elsewhere"),
         Json{{"cluster", "b"},
              {"apiVersion", "apps/v1"},
              {"kind", "Deployment"},
              {"labels", "x=y"},
              {"limit", 9000},
              {"next", "page-2"}}}}});
  const Json& results = reply.at("results");
  REQUIRE(results.size() == 5);
  CHECK(results[0].at("found") == true);
  CHECK(results[0].at("object").at("kind") == "ConfigMap");
  CHECK_FALSE(results[0].contains("problem"));
  CHECK(results[1] == Json::parse(R"({"found":false,"object":null,"next":""})"));
  CHECK(results[2].at("problem").at("code") == "forbidden");
  CHECK(results[3].at("problem").at("message") == "cluster \"elsewhere\" is not part of this run");
  CHECK(results[4].at("object") ==
        Json::parse(R"({"kind":"DeploymentList","labels":"x=y","limit":500,"at":"page-2"})"));
  CHECK(results[4].at("next") == "more");
}

TEST_CASE("a list says of an object that it is not there, a list by labels does not") {
  World world;
  const Json service = with(k_config_map, "kind", "Service");
  Json list = service;
  list.erase("name");
  const auto [labels, found] = GENERATE(table<std::string, bool>({{"", false}, {"x=y", true}}));
  const std::string place = GENERATE("n", "");
  world.read(with(with(list, "labels", labels), "namespace", place));
  CHECK(world.read(service).at("found") == found);
}

TEST_CASE("kube.read lets no word lead to another path of the API") {
  World world;
  const auto refused = [&](const char* field, const char* value) {
    return world.refusal("kube.read/1", "read", {{"reads", {with(k_config_map, field, value)}}});
  };
  CHECK(refused("kind", "pods/../secrets") == "kube.read/1: \"pods/../secrets\" is no kind");
  CHECK(refused("kind", "Secret?x=") == "kube.read/1: \"Secret?x=\" is no kind");
  CHECK(refused("namespace", "n/secrets/x?") == "kube.read/1: \"n/secrets/x?\" is no namespace");
  CHECK(refused("name", "..") == "kube.read/1: \"..\" is no name");
  CHECK(refused("name", "a/b") == "kube.read/1: \"a/b\" is no name");
  CHECK(refused("apiVersion", "v1/../v2") == "kube.read/1: \"v1/../v2\" is no apiVersion");
  CHECK(refused("apiVersion", "") == "kube.read/1: \"\" is no apiVersion");
}

TEST_CASE("a plugin reads what its manifest names, Secrets by that name only") {
  World world;
  const Json secret = with(k_config_map, "kind", "Secret");
  CHECK(world.read(secret).at("found") == true);
  world.needs().reads = {"*"};
  const Json refused = world.read(secret);
  CHECK(refused.at("found") == false);
  CHECK(refused.at("object").is_null());
  CHECK(refused.at("problem").at("code") == "refused");
  CHECK(refused.at("problem").at("message") ==
        "plugin corp may not use v1/Secret: its manifest does not name it (needs.reads)");
  CHECK(world.read(k_config_map).at("found") == true);
  world.needs().reads = {"v1/Pod"};
  CHECK(world.read(k_config_map).at("problem").at("code") == "refused");
  // A kind written otherwise than the API writes it leads to the same objects.
  const char* kind = GENERATE("secret", "SECRET");
  world.needs().reads = {"*"};
  CHECK(world.read(with(k_config_map, "kind", kind)).at("problem").at("code") == "refused");
}

TEST_CASE(
    "for a third party a plugin of ours reads only what both name, in the clusters asked about") {
  World world;
  world.entry.origin = Origin::bundled;
  world.led_by = world.entry;
  world.led_by->manifest.name = "stranger";
  world.led_by->origin = Origin::user;
  world.led_by->manifest.provides.front().needs.reads = {"v1/ConfigMap"};
  CHECK(world.read(k_config_map).at("found") == true);
  CHECK(world.read(with(k_config_map, "kind", "Secret")).at("problem").at("message") ==
        "plugin stranger may not use v1/Secret through plugin corp: its manifest does not name it "
        "(needs.reads)");
  world.clusters = {"b"};
  CHECK(world.read(k_config_map).at("problem").at("message") ==
        "cluster \"a\" is not part of this request, so plugin corp may not ask it");
  CHECK(world.read(with(k_config_map, "cluster", "b")).at("found") == true);
}

TEST_CASE("a third party starts a program only in a verb that changes") {
  World world;
  world.entry.origin = Origin::user;
  const Json request{{"program", "true"}};
  CHECK_THAT(problem_of([&] { world.ask("program/1", "run", request); }).hint,
             Catch::EndsWith(R"("needs": {"programs": ["true"]})"));
  world.needs().programs = {"true"};
  const auto run = [&] { return world.ask("program/1", "run", request).at("status"); };
  CHECK_THAT(problem_of(run).message, Catch::Contains("only reads"));
  world.effect = Effect::previews;
  CHECK_THAT(problem_of(run).message, Catch::Contains("only reads"));
  world.effect = Effect::changes;
  CHECK(run() == 0);
}

TEST_CASE("a token is tried in the operator's place, without whom he impersonates") {
  World world;
  Fleet::Member member{.name = "a", .access = {}};
  member.access.endpoint.headers = {{"Impersonate-User", "jane"}};
  std::vector<std::string> asked;
  world.fleet = std::make_unique<Fleet>(
      std::vector<Fleet::Member>{member}, TransportLimits{}, std::chrono::seconds(1),
      [&](const Access& access, const TransportLimits&) {
        asked.push_back(access.credentials->current().authorization);
        CHECK(access.endpoint.headers.empty());
        return std::make_unique<ShelfClient>("shelf");
      });
  const Json read{{"cluster", "a"}, {"apiVersion", "v1"}, {"kind", "Pod"}, {"token", "t0k"}};
  CHECK(world.ask("kube.read/1", "try", {{"reads", {read}}}) ==
        Json{{"answers", Json::array({Json::object()})}});
  CHECK(asked == std::vector<std::string>{"Bearer t0k"});
  const Json elsewhere{{"reads", {with(read, "cluster", "b")}}};
  CHECK(problem_of([&] { world.ask("kube.read/1", "try", elsewhere); }).message ==
        "cluster \"b\" is not part of this run");
}

TEST_CASE("the versions of API servers are told in their order") {
  World world;
  CHECK(world.ask("cluster/1", "versions", {{"clusters", {"b", "a"}}}) ==
        Json::parse(R"({"versions": [{"version": "v1.36.4"}, {"version": "v1.36.4"}]})"));
  CHECK(problem_of([&] {
          world.ask("cluster/1", "versions", {{"clusters", {"c"}}});
        }).message == "cluster \"c\" is not part of this run");
}

TEST_CASE("kube.read without clusters says so") {
  World world;
  world.fleet.reset();
  CHECK(problem_of([&] { world.read(k_config_map); }).message == "no cluster is addressed");
}

TEST_CASE("what a plugin says is marked with its name and made safe for a terminal") {
  World world;
  world.ask("log/1", "write", {{"level", "warning"}, {"text", "red \x1b[31m"}});
  world.ask("progress/1", "step", {{"cluster", "a"}, {"text", "signing"}});
  REQUIRE(world.said.size() == 2);
  CHECK_THAT(world.said[0], Catch::StartsWith("warning corp: red "));
  CHECK(world.said[0].find('\x1b') == std::string::npos);
  CHECK(world.said[1] == "a signing");
  CHECK_THAT(world.refusal("log/1", "write", {{"level", "fatal"}, {"text", "x"}}),
             Catch::Contains("is not debug, info or warning"));
}

TEST_CASE("clock and random") {
  World world;
  const auto before =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto now =
      read_time(world.ask("clock/1", "now", Json::object()).at("time").get<std::string>());
  REQUIRE(now);
  CHECK(*now >= before);
  CHECK(*now <= std::chrono::system_clock::now());
  const Json bytes = world.ask("random/1", "bytes", {{"count", 1024}}).at("bytes");
  CHECK(bytes.size() == 1024);
  CHECK(bytes != world.ask("random/1", "bytes", {{"count", 1024}}).at("bytes"));
  CHECK(world.refusal("random/1", "bytes", {{"count", 1025}}) ==
        "random/1: count is not 0 to 1024");
  CHECK(world.refusal("random/1", "bytes", {{"count", -1}}) == "random/1: count is not 0 to 1024");
}

TEST_CASE("store gives a plugin its own files and those that were named for it, no others") {
  World world;
  world.entry.origin = GENERATE(Origin::bundled, Origin::user);
  write_private_file(world.folder.path() / "corp" / "root.pem", "PEM", Replace::no);
  write_private_file(world.given.path() / "root.pem", "GIVEN", Replace::no);
  write_private_file(world.folder.path() / "other" / "root.pem", "OTHER", Replace::no);
  const Json own = world.ask("store/1", "get", {{"folder", ""}, {"name", "root.pem"}});
  CHECK(own == Json::parse(R"({"found":true,"data":"PEM"})"));
  CHECK(world.ask("store/1", "get", {{"name", "none"}}) == Json{{"found", false}});
  const std::string given = world.given.path().string();
  CHECK(world.ask("store/1", "get", {{"folder", given}, {"name", "root.pem"}}).at("data") ==
        "GIVEN");

  const Json others{{"folder", (world.folder.path() / "corp" / ".." / "other").string()},
                    {"name", "root.pem"}};
  const Problem refused = problem_of([&] { world.ask("store/1", "get", others); });
  CHECK(refused.code == "refused");
  CHECK_THAT(refused.message, Catch::StartsWith("plugin corp may not read the folder "));
}

TEST_CASE("store takes no name that is a path, and changes no bytes on the way") {
  World world;
  for (const std::string& name : {std::string("../x"), std::string("a/b"), std::string(".."),
                                  std::string(), std::string("a\0b", 3)}) {
    CHECK_THAT(world.refusal("store/1", "get", {{"name", name}}),
               Catch::EndsWith("is not one part of a path"));
  }
  CHECK_THAT(world.refusal("store/1", "get", {{"folder", "relative"}, {"name", "x"}}),
             Catch::EndsWith("is not absolute"));
  write_private_file(world.folder.path() / "corp" / "raw", "\xff\xfe", Replace::no);
  CHECK_THAT(problem_of([&] {
               world.ask("store/1", "get", {{"name", "raw"}});
             }).message,
             Catch::EndsWith("raw is not a text in UTF-8"));
}

TEST_CASE("a secret is asked for in the name of the plugin") {
  World world;
  CHECK(world.ask("operator/1", "secret", {{"question", "Password\033[2J"}}) ==
        Json{{"answer", "open sesame"}});
  REQUIRE(world.said.size() == 1);
  CHECK(world.said[0].starts_with("corp: Password"));
  CHECK(world.said[0].find('\033') == std::string::npos);
  world.ask("operator/1", "secret",
            {{"question", "New one"}, {"confirm", true}, {"instead", "use --set file=FILE"}});
  CHECK(world.said[1] == "corp: New one, twice; or use --set file=FILE");
}

TEST_CASE("requests of another shape and unknown services are named") {
  World world;
  CHECK(problem_of([&] { world.ask("store/2", "get", Json::object()); }).code == "unsupported");
  CHECK(problem_of([&] { world.ask("store/1", "put", Json::object()); }).code == "unsupported");
  CHECK(world.refusal("clock/1", "now", Json::array()) ==
        "the request of clock/1 now is not an object");
  CHECK_THAT(world.refusal("random/1", "bytes", {{"count", "many"}}),
             Catch::StartsWith("the request of random/1 bytes has another shape"));
  CHECK_THAT(world.refusal("kube.read/1", "read", Json::object()),
             Catch::StartsWith("the request of kube.read/1 read has another shape"));
}

}  // namespace mesh
