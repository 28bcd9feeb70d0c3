#include <cstdlib>
#include <thread>

#include "unit/plugin_support.hpp"

#include "plugin/registry.hpp"
#include "plugin/trust.hpp"

namespace mesh {

using std::chrono::milliseconds;
using test::abi_plugin;
using test::PluginFolder;
using test::problem_of;

namespace {

/// A registry over asker.so and misbehave.so, in the process or in helpers.
class Switchboard {
 public:
  explicit Switchboard(Origin origin, bool trusted = true, const Unsandboxed& unsandboxed = {}) {
    m_folder.add(abi_plugin("asker")).add(abi_plugin("misbehave"));
    m_catalogue = m_folder.catalogue(origin);
    REQUIRE(m_catalogue.problems.empty());
    for (const PluginEntry& entry : m_catalogue.plugins) {
      if (trusted) trust(entry, judge(entry).sha256);
    }
    m_registry = std::make_unique<Registry>(
        m_catalogue, [](const Rights& rights) { return services_of(rights.plugin()); },
        [](const std::string& section) {
          return Json{{"of", section}};
        },
        unsandboxed, test::k_plugin_helper);
  }

  void prepare(const std::string& address) {
    m_registry->prepare(address, Json::object(), Deadline::in(std::chrono::seconds(20)));
  }

  Json invoke(const std::string& address, const std::string& verb, const Json& request,
              Deadline deadline = Deadline::in(std::chrono::minutes(2))) {
    return m_registry->invoke(address, verb, request, deadline);
  }

 private:
  static ServiceCall services_of(const PluginEntry& entry) {
    return [&entry](std::string_view service, std::string_view, const Json& request) -> Json {
      if (service == "log/1") return Json::object();
      if (service == "broken/1") throw std::runtime_error("lost a pointer");
      if (service == "large/1") return std::string(std::size_t{65} << 20U, 'x');
      if (service != "who/1") throw Failure("unsupported", "not there");
      return {{"caller", entry.manifest.name}, {"asked", request}};
    };
  }

  PluginFolder m_folder;
  test::Environment m_data{"XDG_DATA_HOME", m_folder.path().c_str()};
  Catalogue m_catalogue;
  std::unique_ptr<Registry> m_registry;
};

Json asking(const std::string& address, const std::string& verb, Json request = Json::object()) {
  return {{"address", address}, {"verb", verb}, {"request", std::move(request)}};
}

const std::string k_first = "test/1:first";
const std::string k_second = "test/1:second";

}  // namespace

TEST_CASE("a request reaches the plugin that offers the address") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  CHECK(board.invoke(k_second, "echo", {{"a", 1}}) ==
        Json::parse(R"({"name":"second","request":{"a":1}})"));
  const Problem problem = problem_of([&] { board.invoke("test/1:third", "echo", {}); });
  CHECK(problem.code == "unsupported");
  CHECK(problem.message == "no installed plugin offers test/1:third");
}

TEST_CASE("a Failure keeps its code and words on its way through") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  const Problem direct = problem_of([&] { board.invoke(k_first, "fail", {}); });
  CHECK(direct.code == "conflict");
  CHECK(direct.message == "somebody else holds it");
  CHECK(direct.hint == "ask them");
  const Json nested = board.invoke(k_first, "report-failure", asking(k_second, "fail"));
  Json wanted = Json::parse(R"({"code":"conflict","message":"somebody else holds it",)"
                            R"("hint":"ask them"})");
  // Of a third party's words the host says whose they are.
  if (!direct.plugin.empty()) wanted["plugin"] = "asker";
  CHECK(nested == wanted);
}

TEST_CASE("a plugin asks services in its own name") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  CHECK(board.invoke(k_first, "ask", asking("who/1", "is", {{"b", 2}})) ==
        Json::parse(R"({"caller":"asker","asked":{"b":2}})"));
  CHECK(board.invoke(k_first, "report-failure", asking("what/1", "is")).at("code") ==
        "unsupported");
  CHECK(board.invoke(k_first, "report-failure", asking("broken/1", "x")).at("message") ==
        "broken/1 failed by a bug of ours: lost a pointer");
  CHECK(board.invoke(k_first, "report-failure", asking("large/1", "x")).at("message") ==
        "the answer of large/1 x is larger than 64 MiB");
}

TEST_CASE("a plugin asks itself and others, nested, also from threads of its own") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  CHECK(board.invoke(k_first, "ask", asking(k_second, "ask", asking(k_first, "echo"))).at("name") ==
        "first");
  CHECK(board.invoke(k_first, "ask", asking("test/1:bad", "behaves")) == Json{{"fine", true}});
  const Json answers = board.invoke(k_first, "ask-from-threads",
                                    asking(k_second, "ask-from-threads", asking(k_first, "echo")));
  REQUIRE(answers.size() == 4);
  CHECK(answers.at(3).at(3).at("name") == "first");
}

TEST_CASE("plugins that ask each other in a circle are stopped") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  const Problem problem = problem_of([&] { board.invoke(k_first, "circle", Json::object()); });
  CHECK(problem.code == "plugin-fault");
  CHECK_THAT(problem.message, Catch::Contains("in a circle"));
  CHECK(board.invoke(k_first, "echo", Json::object()).at("name") == "first");
}

TEST_CASE("a nested request inherits the deadline") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  const Problem problem = problem_of([&] {
    board.invoke(k_first, "ask", asking("test/1:bad", "waits-until-cancelled"),
                 Deadline::in(milliseconds(300)));
  });
  CHECK(problem.code == "deadline");
}

TEST_CASE("a verb ends at the timeout of its manifest, in the host and in a helper") {
  const Origin origin = GENERATE(Origin::bundled, Origin::user);
  const std::string verb = GENERATE("waits-for-its-timeout", "outstays-its-timeout");
  const bool stops = verb == "waits-for-its-timeout";
  Switchboard board(origin);
  const Problem problem = problem_of([&] { board.invoke("test/1:bad", verb, Json::object()); });
  CHECK(problem.code == (stops ? "deadline" : "plugin-fault"));
  CHECK(problem.message == "plugin bad 1.0.0 did not finish test/1:bad " + verb +
                               " within the 1 s of its manifest (timeoutSeconds); its step was "
                               "not applied");
  CHECK(problem.hint == "run the same command again, or report it to the plugin's author");
}

TEST_CASE("a timeout is of one verb, and does not extend the time of the run") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  CHECK(board.invoke("test/1:bad", "behaves", Json::object()) == Json{{"fine", true}});
  const Problem problem = problem_of([&] {
    board.invoke("test/1:bad", "waits-for-its-timeout", Json::object(),
                 Deadline::in(milliseconds(200)));
  });
  CHECK(problem.code == "deadline");
  CHECK(problem.hint == "give it more time with --timeout");
}

TEST_CASE("the timeout of a verb that another plugin asks is told as that plugin's") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  const Json told =
      board.invoke(k_first, "report-failure", asking("test/1:bad", "waits-for-its-timeout"));
  CHECK(told.at("code") == "deadline");
  CHECK_THAT(told.at("message").get<std::string>(),
             Catch::StartsWith("plugin bad 1.0.0 did not finish test/1:bad"));
}

TEST_CASE("what a verb asks others counts for its own timeout") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  const Problem problem = problem_of([&] {
    board.invoke(k_first, "ask-within-a-second", asking("test/1:bad", "waits-until-cancelled"));
  });
  CHECK_THAT(problem.message, Catch::StartsWith("plugin asker 1.0.0 did not finish test/1:first "
                                                "ask-within-a-second within the 1 s"));
}

TEST_CASE("a plugin that crashes costs the one who asked it only the answer") {
  Switchboard board(Origin::user);
  const Json told = board.invoke(k_first, "report-failure", asking("test/1:bad", "crashes"));
  CHECK(told.at("code") == "plugin-fault");
  CHECK_THAT(told.at("message").get<std::string>(), Catch::Contains(test::k_crash));
  CHECK(board.invoke(k_first, "ask", asking("test/1:bad", "behaves")) == Json{{"fine", true}});
}

TEST_CASE("a fault is told in the name of the plugin that failed, however many passed it on") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  const auto told = [&](const Json& request) {
    return problem_of([&] { board.invoke(k_first, "ask", request); });
  };
  const Json throws = asking("test/1:bad", "throws");
  const std::string once =
      "plugin bad 1.0.0 failed: let an exception cross the C boundary (boom) in test/1:bad throws; "
      "its step was not applied";
  for (const Json& request : {throws, asking(k_second, "ask", throws),
                              asking(k_second, "ask", asking(k_first, "ask", throws))}) {
    CHECK(told(request).message == once);
    CHECK(told(request).plugin == "bad");
  }
}

TEST_CASE("what a bundled plugin refuses is not its fault") {
  Switchboard bundled(Origin::bundled);
  CHECK(problem_of([&] { bundled.invoke(k_first, "fail", {}); }).plugin.empty());
  Switchboard other(Origin::user);
  CHECK(problem_of([&] { other.invoke(k_first, "fail", {}); }).plugin == "asker");
}

TEST_CASE("a plugin that hung is not waited for a second time") {
  Switchboard board(Origin::user);
  const auto asked = [&](milliseconds span) {
    return problem_of(
        [&] { board.invoke("test/1:bad", "loops", Json::object(), Deadline::in(span)); });
  };
  const Problem first = asked(milliseconds(300));
  CHECK_THAT(first.message, Catch::Contains("did not answer by its deadline"));
  // Asked again, it would be killed only after a minute of silence, with other words.
  CHECK(asked(std::chrono::hours(24)).message == first.message);
}

TEST_CASE("requests of several threads are answered one after the other") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  std::vector<std::thread> threads;
  std::vector<Json> answers(4);
  for (std::size_t at = 0; at < answers.size(); ++at) {
    threads.emplace_back([&, at] { answers[at] = board.invoke(k_first, "echo", {{"at", at}}); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t at = 0; at < answers.size(); ++at) CHECK(answers[at]["request"]["at"] == at);
}

TEST_CASE("a helper that was prepared answers, and so does what cannot be prepared") {
  Switchboard board(GENERATE(Origin::bundled, Origin::user));
  board.prepare("test/1:nobody");
  for (int time = 0; time < 2; ++time) {
    board.prepare(k_first);
    CHECK(board.invoke(k_first, "echo", {{"at", time}})["request"]["at"] == time);
  }
}

TEST_CASE("a helper that was prepared and never asked is ended with the registry") {
  Switchboard board(Origin::user);
  board.prepare(k_first);
}

TEST_CASE("why a helper could not be prepared is said each time it is asked") {
  Switchboard board(Origin::user, false);
  board.prepare(k_first);
  for (int time = 0; time < 2; ++time) {
    CHECK(problem_of([&] { board.invoke(k_first, "echo", Json::object()); }).code == "refused");
  }
}

TEST_CASE("KUBECTL_MESH_ISOLATION says where plugins run, and nothing else does") {
  const auto process_of = [](Origin origin, const Unsandboxed& unsandboxed = {}) {
    Switchboard board(origin, true, unsandboxed);
    return board.invoke("test/1:bad", "looks-around", Json::object()).at("process").get<pid_t>();
  };
  CHECK(process_of(Origin::bundled) == ::getpid());
  CHECK(process_of(Origin::user) != ::getpid());
  ::setenv("KUBECTL_MESH_ISOLATION", "helper", 1);
  CHECK(process_of(Origin::bundled) != ::getpid());
  ::setenv("KUBECTL_MESH_ISOLATION", "process", 1);
  CHECK(process_of(Origin::bundled) == ::getpid());
  CHECK(process_of(Origin::user, {"bad"}) == ::getpid());
  CHECK(problem_of([&] { process_of(Origin::user); }).code == "plugin-refused");
  ::setenv("KUBECTL_MESH_ISOLATION", "thread", 1);
  CHECK(problem_of([&] { process_of(Origin::user); }).code == "usage");
  ::unsetenv("KUBECTL_MESH_ISOLATION");
}

}  // namespace mesh
