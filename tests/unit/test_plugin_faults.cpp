#include <array>
#include <csignal>
#include <filesystem>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "unit/patience_support.hpp"
#include "unit/plugin_support.hpp"

namespace mesh {

using std::chrono::milliseconds;
using test::abi_plugin;
using test::how;
using test::no_services;
using test::PluginFolder;
using test::problem_of;

namespace {

/// misbehave.so, installed once. A test that forks asks for it before: only this process removes
/// it.
const PluginEntry& installed() {
  static PluginFolder folder;
  static const Catalogue catalogue = folder.add(abi_plugin("misbehave")).catalogue();
  return catalogue.plugins.at(0);
}

class Patient {
 public:
  explicit Patient(Isolation isolation, milliseconds silence = std::chrono::seconds(60)) {
    PluginStart start = how(isolation);
    start.silence = silence;
    start.needs = Needs{};
    start.needs->programs = {"true"};  // or it could not fork
    start.unsandboxed = true;
    m_plugin = start_plugin(installed(), start);
  }

  Json invoke(const std::string& verb, Deadline deadline = Deadline::in(std::chrono::seconds(20)),
              const ServiceCall& services = no_services, const Json& request = Json::object()) {
    return m_plugin->invoke("test/1:bad", verb, request, services, deadline);
  }

  std::string fault(const std::string& verb,
                    Deadline deadline = Deadline::in(std::chrono::seconds(20))) {
    const Problem problem = problem_of([&] { invoke(verb, deadline); });
    CHECK(problem.code == "plugin-fault");
    CHECK_FALSE(problem.hint.empty());
    return problem.message;
  }

  bool works() { return invoke("behaves") == Json{{"fine", true}}; }

 private:
  std::unique_ptr<PluginInstance> m_plugin;
};

struct Fault {
  const char* verb;
  const char* message;
};

std::string whole(const Fault& fault) {
  return std::string("plugin bad 1.0.0 ") + fault.message + " in test/1:bad " + fault.verb +
         "; its step was not applied";
}

/// An orphan whose parent does not wait for it stays as a zombie; that it ended is enough.
bool has_ended(pid_t process) {
  const std::string state = test::content("/proc/" + std::to_string(process) + "/stat");
  return state.empty() || state.find(") Z ") != std::string::npos;
}

}  // namespace

TEST_CASE("a reply that is none becomes a plugin-fault, and the plugin can be asked again") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  Patient patient(isolation);
  const Fault fault = GENERATE(values<Fault>({
      {"throws", "failed: let an exception cross the C boundary (boom)"},
      {"throws-a-number", "failed: let an exception cross the C boundary (not a std::exception)"},
      {"answers-65-mib", "answered more than 64 MiB"},
      {"answers-65-mib-in-pieces", "answered more than 64 MiB"},
      {"answers-too-deep", "answered what cannot be read: its answer nests deeper than 64 levels"},
      {"fails-without-saying-why", "failed without saying why"},
      {"returns-an-unknown-code", "failed without saying why"},
      {"gives-up", "gave up although nobody had asked it to"},
  }));
  CHECK(patient.fault(fault.verb) == whole(fault));
  CHECK(patient.works());
}

TEST_CASE("a reply that is no JSON is blamed on the plugin by name and verb") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  Patient patient(isolation);
  const Fault fault = GENERATE(values<Fault>({
      {"answers-invalid-utf8", "answered what cannot be read: its answer is not valid JSON"},
      {"answers-invalid-json", "answered what cannot be read: its answer is not valid JSON"},
      {"answers-nothing", "answered what cannot be read: its answer is not valid JSON"},
      {"fails-in-prose", "failed, and its problem is not valid JSON"},
  }));
  const std::string message = patient.fault(fault.verb);
  CHECK_THAT(message, Catch::StartsWith(std::string("plugin bad 1.0.0 ") + fault.message));
  CHECK_THAT(message, Catch::EndsWith(std::string(" in test/1:bad ") + fault.verb +
                                      "; its step was not applied"));
  CHECK(patient.works());
}

TEST_CASE("an unknown verb is unsupported, not a fault") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  Patient patient(isolation);
  const Problem problem = problem_of([&] { patient.invoke("does-not-know-the-verb"); });
  CHECK(problem.code == "unsupported");
  CHECK(problem.message == "plugin bad 1.0.0 does not offer test/1:bad does-not-know-the-verb");
}

TEST_CASE("an answer in the process that comes after the deadline is refused") {
  Patient patient(Isolation::in_process);
  const std::string message =
      patient.fault("sleeps-past-its-deadline", Deadline::in(milliseconds(100)));
  CHECK_THAT(message, Catch::Matches("plugin bad 1\\.0\\.0 answered .* after its deadline in "
                                     "test/1:bad .*"));
  CHECK(patient.works());
}

TEST_CASE("a helper that does not answer by its deadline is ended, and a fresh one takes over") {
  Patient patient(Isolation::helper);
  const Fault fault = GENERATE(values<Fault>({
      {"sleeps-past-its-deadline", "did not answer by its deadline"},
      {"loops", "did not answer by its deadline"},
  }));
  CHECK(patient.fault(fault.verb, Deadline::in(milliseconds(200))) == whole(fault));
  CHECK(patient.works());
}

TEST_CASE("a helper that ignores TERM is killed two seconds later") {
  Patient patient(Isolation::helper);
  const auto begin = std::chrono::steady_clock::now();
  patient.fault("loops-and-ignores-term", Deadline::in(milliseconds(200)));
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took > std::chrono::seconds(2));
  CHECK(patient.works());
}

TEST_CASE("without a deadline a helper may not be silent for ever") {
  Patient patient(Isolation::helper, milliseconds(300));
  CHECK(patient.fault("loops", Deadline::never()) ==
        whole({"loops", "gave no sign of life for 300 ms"}));
  CHECK(patient.works());
}

TEST_CASE("a helper that ends is named with how it ended, and a fresh one takes over") {
  Patient patient(Isolation::helper);
  const Fault fault = GENERATE(values<Fault>({
      {"crashes", test::k_crash},
      {"overflows-the-stack", test::k_crash},
      {"aborts", "crashed (SIGABRT)"},
      {"exits-with-0", "ended itself (exit status 0) without an answer"},
      {"exits-and-leaves-a-child", "ended itself (exit status 0) without an answer"},
      {"closes-all-descriptors", ""},
      {"writes-garbage-to-all-descriptors", ""},
  }));
  const std::string message = patient.fault(fault.verb);
  CHECK_THAT(message, Catch::StartsWith(std::string("plugin bad 1.0.0 ") + fault.message));
  CHECK(patient.works());
}

namespace {

void survive_faults(std::size_t count) {
  constexpr std::array<const char*, 10> k_verbs{
      "crashes",         "exits-with-0",
      "answers-65-mib",  "answers-invalid-json",
      "throws",          "exits-and-leaves-a-child",
      "answers-nothing", "writes-garbage-to-all-descriptors",
      "fails-in-prose",  "closes-all-descriptors"};
  const auto open_files = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  Patient patient(Isolation::helper);
  REQUIRE(patient.works());
  const auto before = open_files();
  for (std::size_t run = 0; run < count; ++run) {
    const char* verb = k_verbs.at(run % k_verbs.size());
    REQUIRE(problem_of([&] { patient.invoke(verb); }).code == "plugin-fault");
  }
  CHECK(patient.works());
  CHECK(open_files() == before);
}

}  // namespace

TEST_CASE("faults leave the host as it was") {
  survive_faults(50);
  // Nor is a process left that nobody has waited for.
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("ten thousand faults leave the host as it was", "[.endurance]") {
  survive_faults(10'000);
}

TEST_CASE("a child that a plugin left behind ends with the helper") {
  pid_t child = 0;
  {
    Patient patient(Isolation::helper);
    child = patient.invoke("forks-a-child-that-stays").at("child").get<pid_t>();
    CHECK(::kill(child, 0) == 0);
    CHECK(patient.works());
  }
  CHECK(test::eventually([&] { return has_ended(child); }));
}

TEST_CASE("what a helper prints never reaches our stdout, and its stderr becomes log lines") {
  Patient patient(Isolation::helper);
  std::vector<std::string> lines;
  const ServiceCall services = [&](std::string_view service, std::string_view,
                                   const Json& request) {
    CHECK(service == "log/1");
    lines.push_back(request.at("text").get<std::string>());
    return Json::object();
  };
  const auto deadline = Deadline::in(std::chrono::seconds(20));
  CHECK(patient.invoke("prints-to-stdout", deadline, services) == Json{{"fine", true}});
  CHECK(lines == std::vector<std::string>{"complaint"});
  lines.clear();
  CHECK(patient.invoke("floods-stderr", deadline, services) == Json{{"fine", true}});
  CHECK(lines.size() < 4000);
  CHECK(lines.back() == "(it writes more than 64 KiB to stderr; the rest is left out)");
}

TEST_CASE("a helper sees nothing of the host but what it needs") {
  ::setenv("MESH_TEST_SECRET", "canary", 1);
  ::setenv("LC_TIME", "C", 1);
  Patient patient(Isolation::helper);
  ::unsetenv("MESH_TEST_SECRET");
  const Json seen = patient.invoke("looks-around");
  CHECK(seen.at("open") == Json{0, 1, 2, 3});
  CHECK(seen.at("secret") == false);
  CHECK(seen.at("language") == true);
  CHECK(seen.at("leader") == true);
  CHECK(seen.at("process") != ::getpid());
}

TEST_CASE("the deadline of an invoke is what its plugin is told") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  Patient patient(isolation);
  const Problem problem =
      problem_of([&] { patient.invoke("waits-until-cancelled", Deadline::in(milliseconds(200))); });
  CHECK(problem.code == "deadline");
  CHECK(problem.message == "test/1:bad waits-until-cancelled did not finish by the deadline");
  CHECK(patient.works());
}

TEST_CASE("at the end of a run a plugin is stopped in order") {
  std::optional<Patient> patient(GENERATE(Isolation::in_process, Isolation::helper));
  patient->invoke("takes-its-time-to-stop", Deadline::in(std::chrono::seconds(20)), no_services,
                  300);
  const auto begin = std::chrono::steady_clock::now();
  patient.reset();
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(300));
}

TEST_CASE("a signal to the host reaches a plugin, and one that does not listen is ended") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  const bool listens = isolation == Isolation::in_process || GENERATE(true, false);
  // In a process of its own, because a stop is asked for once and for all.
  installed();
  const pid_t host = ::fork();
  if (host == 0) {
    install_signal_handlers();
    ::alarm(
        static_cast<unsigned>(test::k_patience.count()));  // instead of a hang, if nobody listens
    Patient patient(isolation);
    std::thread([] {
      std::this_thread::sleep_for(milliseconds(200));
      ::kill(::getpid(), SIGINT);
    }).detach();
    const Problem problem = problem_of(
        [&] { patient.invoke(listens ? "waits-until-cancelled" : "loops", Deadline::never()); });
    ::_exit(problem.code == (listens ? "cancelled" : "plugin-fault") ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(host, &status, 0) == host);
  CHECK(status == 0);
}

TEST_CASE("the helper ends with its host, whatever its plugin is doing") {
  int channel[2];
  REQUIRE(::pipe(channel) == 0);
  installed();
  const pid_t host = ::fork();
  if (host == 0) {
    // The host of this test: it starts a helper, tells who that is, and dies in the middle.
    Patient patient(Isolation::helper);
    const auto helper = patient.invoke("looks-around").at("process").get<pid_t>();
    if (::write(channel[1], &helper, sizeof helper) != sizeof helper) ::_exit(1);
    std::thread([] {
      std::this_thread::sleep_for(milliseconds(200));
      ::raise(SIGKILL);
    }).detach();
    patient.invoke("loops", Deadline::never());
  }
  pid_t helper = 0;
  REQUIRE(::read(channel[0], &helper, sizeof helper) == sizeof helper);
  ::close(channel[0]);
  ::close(channel[1]);
  int status = 0;
  REQUIRE(::waitpid(host, &status, 0) == host);
  CHECK(WIFSIGNALED(status));
  CHECK(test::eventually([&] { return has_ended(helper); }));
}

}  // namespace mesh
