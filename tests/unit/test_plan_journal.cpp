#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

#include "plan_support.hpp"
#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "plan/journal.hpp"

namespace fs = std::filesystem;
using mesh::Change;
using mesh::Journal;
using mesh::JournalEntry;
using mesh::Json;
using mesh::list_runs;
using mesh::test::config_map;
using mesh::test::content;
using mesh::test::Environment;
using mesh::test::mode_of;
using mesh::test::problem_of;
using mesh::test::secret;
using mesh::test::TemporaryFolder;

namespace {

/// Runs are kept below a folder of the test's own.
struct State {
  TemporaryFolder folder;
  Environment xdg{"XDG_STATE_HOME", folder.path().c_str()};
  Environment data{"XDG_DATA_HOME", folder.path().c_str()};
  fs::path runs() const { return folder.path() / "kubectl-mesh/runs"; }
  fs::path file(const Journal& journal) const { return runs() / (journal.run() + ".jsonl"); }
};

JournalEntry entry_of(int number, Change change, const Json& before) {
  JournalEntry entry;
  entry.number = number;
  entry.cluster = "a";
  entry.cluster_uid = "uid-of-a";
  entry.ref = {"v1", "ConfigMap", "shop", "c" + std::to_string(number)};
  entry.change = change;
  entry.before = before;
  return entry;
}

void append(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

}  // namespace

TEST_CASE("what is written is read back, in the order of the steps") {
  const State state;
  Journal journal = Journal::begin("kubectl mesh certs install");
  JournalEntry second = entry_of(2, Change::update, config_map("c2", {{"k", "old"}}));
  JournalEntry first = entry_of(1, Change::create, nullptr);
  journal.before(second);
  journal.before(first);
  second.uid = "7";
  second.adjusted = {"/data/k"};
  second.history = {"v2"};
  journal.after(second);

  const std::vector<JournalEntry> entries = Journal::open(journal.run()).entries();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].ref == first.ref);
  CHECK(entries[0].change == Change::create);
  CHECK(entries[0].before.is_null());
  CHECK_FALSE(entries[0].done);
  CHECK(entries[1].done);
  CHECK(entries[1].readable);
  CHECK(entries[1].before == config_map("c2", {{"k", "old"}}));
  CHECK(entries[1].cluster_uid == "uid-of-a");
  CHECK(entries[1].uid == "7");
  CHECK(entries[1].adjusted == second.adjusted);
  CHECK(entries[1].history == second.history);
}

TEST_CASE("a journal is the operator's own, one whole line of JSON per fact") {
  const State state;
  Journal journal = Journal::begin("x\ny");
  journal.before(entry_of(0, Change::create, nullptr));
  journal.end(3);
  CHECK(mode_of(state.file(journal)) == 0600);
  CHECK(mode_of(state.runs()) == 0700);
  const std::string text = content(state.file(journal));
  CHECK(text.ends_with('\n'));
  CHECK(mesh::split(text, '\n').size() == 4);
  for (const std::string& line : mesh::split(text, '\n')) {
    if (!line.empty()) CHECK(Json::parse(line).is_object());
  }
}

TEST_CASE("values of a Secret are encrypted in a journal, under a key elsewhere") {
  const State state;
  Journal journal = Journal::begin("x");
  Json before = secret("s", {{"k", "Y2FuYXJ5"}});
  before["metadata"]["annotations"] = {
      {"kubectl.kubernetes.io/last-applied-configuration", "{\"data\":{\"k\":\"Y2FuYXJ5\"}}"}};
  JournalEntry entry = entry_of(0, Change::update, before);
  entry.ref = mesh::ref_of(before);
  journal.before(entry);
  CHECK(content(state.file(journal)).find("Y2FuYXJ5") == std::string::npos);
  CHECK(journal.entries().front().before == before);
  const fs::path key = state.folder.path() / "kubectl-mesh/undo-keys" / journal.run();
  CHECK(mode_of(key) == 0600);
  SECTION("it is removed with the run") {
    journal.mark_undone();
    CHECK_FALSE(fs::exists(key));
    CHECK_FALSE(journal.entries().front().readable);
  }
  SECTION("values of another place do not open") {
    std::string text = content(state.file(journal));
    text.replace(text.find("\"number\":0"), 10, "\"number\":1");
    std::ofstream(state.file(journal), std::ios::binary | std::ios::trunc) << text;
    CHECK_FALSE(journal.entries().front().readable);
  }
}

TEST_CASE("keys of long ago are removed by the next run") {
  const State state;
  Journal old = Journal::begin("x");
  JournalEntry entry = entry_of(0, Change::update, secret("s", {{"k", "dg=="}}));
  entry.ref.kind = "Secret";
  old.before(entry);
  const fs::path key = state.folder.path() / "kubectl-mesh/undo-keys" / old.run();
  Journal::begin("y");
  CHECK(fs::exists(key));
  fs::last_write_time(key, fs::file_time_type::clock::now() - std::chrono::hours(24 * 31));
  Journal::begin("z");
  CHECK_FALSE(fs::exists(key));
}

TEST_CASE("a run that goes on is not undone, and one undo at a time") {
  const State state;
  Journal running = Journal::begin("x");
  running.before(entry_of(0, Change::create, nullptr));
  CHECK(problem_of([&] { Journal::open(running.run()).hold(); }).code == "refused");
  const std::string run = running.run();
  running = Journal::begin("another");
  Journal first = Journal::open(run);
  CHECK_NOTHROW(first.hold());
  CHECK(problem_of([&] { Journal::open(run).hold(); }).code == "refused");
}

TEST_CASE("a line that a kill has torn costs nothing but itself") {
  const State state;
  Journal killed = Journal::begin("x");
  killed.before(entry_of(0, Change::create, nullptr));
  const std::string torn = GENERATE("{\"type\":\"bef", "{", "nonsense", "{\"type\":\"before\"}x");
  append(state.file(killed), torn);
  CHECK(Journal::open("").entries().size() == 1);
  Journal again = Journal::open(killed.run());
  CHECK_FALSE(list_runs().runs.front().undone);
  again.mark_undone();
  CHECK(list_runs().runs.front().undone);
}

TEST_CASE("unknown lines and fields of a newer version are passed over, odd ones survived") {
  const State state;
  Journal journal = Journal::begin("x");
  JournalEntry entry = entry_of(0, Change::create, nullptr);
  journal.before(entry);
  append(
      state.file(journal),
      "{\"type\":\"weather\",\"number\":0}\n[1]\n7\nnull\n{\"type\":7,\"number\":\"x\"}\n"
      "{\"type\":\"after\",\"number\":99}\n{\"type\":\"after\",\"number\":0,\"change\":\"create\","
      "\"uid\":\"7\",\"new\":{},\"adjusted\":5}\n");
  const std::vector<JournalEntry> entries = journal.entries();
  REQUIRE(entries.size() == 1);
  CHECK(entries.front().done);
  CHECK(entries.front().uid == "7");
  CHECK(entries.front().adjusted.empty());
}

TEST_CASE("runs are listed newest first, with what became of them") {
  const State state;
  CHECK(list_runs().runs.empty());
  Journal first = Journal::begin("first");
  first.before(entry_of(0, Change::create, nullptr));
  first.before(entry_of(1, Change::create, nullptr));
  first.end(0);
  Journal second = Journal::begin("second");
  append(state.runs() / "README", "not a run");
  append(state.runs() / ".20261123.jsonl.tmp", "half");
  const auto runs = list_runs().runs;
  REQUIRE(runs.size() == 2);
  const auto& listed = runs[0].command == "first" ? runs[0] : runs[1];
  CHECK(listed.run == first.run());
  CHECK(listed.writes == 2);
  CHECK(listed.ended);
  CHECK_FALSE(listed.undone);
  CHECK(std::is_sorted(runs.rbegin(), runs.rend(),
                       [](const auto& a, const auto& b) { return a.run < b.run; }));
}

TEST_CASE("the newest run that wrote something and stands is the one to take back") {
  const State state;
  CHECK(problem_of([] { Journal::open(""); }).code == "invalid-input");
  Journal wrote = Journal::begin("wrote");
  wrote.before(entry_of(0, Change::create, nullptr));
  Journal::begin("wrote nothing").end(0);
  CHECK(Journal::open("").run() == wrote.run());
  wrote.mark_undone();
  CHECK(problem_of([] { Journal::open(""); }).message == "there is no run to undo");
  CHECK(Journal::open(wrote.run()).command() == "wrote");
}

TEST_CASE("undo typed once more goes further back and does not take the undo back") {
  const State state;
  const auto wrote = [](const std::string& command) {
    Journal journal = Journal::begin(command);
    journal.before(entry_of(0, Change::create, nullptr));
    return journal;
  };
  const Journal first = wrote("kubectl mesh certs install");
  Journal second = wrote("kubectl-mesh certs rotate --set=a=undo");
  CHECK(Journal::open("").run() == second.run());
  second.mark_undone();
  const Journal taken = wrote(GENERATE("kubectl mesh undo --yes", "kubectl-mesh undo"));
  CHECK(Journal::open("").run() == first.run());
  CHECK(Journal::open(taken.run()).run() == taken.run());
}

TEST_CASE("a name leads to a run of that name and nowhere else") {
  const State state;
  Journal::begin("x");
  state.folder.write("kubectl-mesh/secret.jsonl", "{\"type\":\"run\",\"run\":\"../secret\"}\n");
  const std::string name = GENERATE("../secret", "none", "/etc/passwd", ".", "x/../y");
  CHECK(problem_of([&] { Journal::open(name); }).message == "there is no run \"" + name + "\"");
}

TEST_CASE("a journal that others could have written is not believed") {
  const State state;
  Journal journal = Journal::begin("x");
  fs::permissions(state.file(journal), fs::perms(0666));
  CHECK(problem_of([] { Journal::open(""); }).code == "refused");
}

TEST_CASE("what cannot be remembered is not begun") {
  const State state;
  state.folder.write("kubectl-mesh", "a file where the folder should be");
  CHECK(problem_of([] { Journal::begin("x"); }).code == "invalid-input");
}

TEST_CASE("many clusters write into one journal, whole line by whole line") {
  const State state;
  Journal journal = Journal::begin("x");
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 8; ++writer) {
      writers.emplace_back([&, writer] {
        for (int round = 0; round < 10; ++round) {
          journal.before(entry_of(writer * 10 + round, Change::create, nullptr));
        }
      });
    }
  }
  CHECK(journal.entries().size() == 80);
}

TEST_CASE("runs sort by time where a second ends, too") {
  constexpr std::size_t k_moment = std::string_view("20261123-201500-042").size();
  const State state;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1100);
  std::string last;
  while (std::chrono::steady_clock::now() < end) {
    const std::string moment = Journal::begin("kubectl mesh").run().substr(0, k_moment);
    REQUIRE(last <= moment);
    last = moment;
  }
}
