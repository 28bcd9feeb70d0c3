#include "plan/journal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<const char*, Change>, 5> k_changes{{{"create", Change::create},
                                                                   {"update", Change::update},
                                                                   {"delete", Change::remove},
                                                                   {"leave", Change::leave},
                                                                   {"act", Change::act}}};

const char* word_of(Change change) {
  for (const auto& [word, value] : k_changes) {
    if (value == change) return word;
  }
  return "leave";
}

Change change_of(const std::string& text) {
  for (const auto& [word, value] : k_changes) {
    if (word == text) return value;
  }
  return Change::leave;
}

fs::path folder() {
  return state_home() / "runs";
}

fs::path path_of(const std::string& run) {
  return folder() / (run + ".jsonl");
}

using Moment = std::chrono::system_clock::time_point;

std::string stamp(Moment moment, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

/// Sorts by time, also within a second: both parts are of one moment. time(2) lags behind the clock
/// by some milliseconds, and would put the first runs of a second before those of the one before.
std::string new_run(Moment moment) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(moment.time_since_epoch());
  return stamp(moment, "%Y%m%d-%H%M%S-") + std::to_string(1000 + since.count() % 1000).substr(1) +
         "-" + sha256_hex(random_bytes(16)).substr(0, 4);
}

/// All whole lines. A torn one belongs to a run that was killed while writing it, and what stands
/// behind it was added later. Only a journal of our own is believed: it says what to write.
std::vector<Json> lines_of(const fs::path& path) {
  std::vector<Json> lines;
  const std::string text = read_private_file(path, std::uint64_t{64} << 20U).value_or("");
  for (const std::string& line : split(text, '\n')) {
    if (line.empty()) continue;
    try {
      Json value = parse_json(line, "a journal line", 128);
      if (value.is_object()) lines.push_back(std::move(value));
    } catch (const Failure&) {
      continue;
    }
  }
  return lines;
}

std::int64_t number_at(const Json& line, const char* name, std::int64_t otherwise) {
  const auto found = line.find(name);
  return found != line.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

JournalEntry read_entry(const Json& line) {
  JournalEntry entry;
  entry.number = static_cast<int>(number_at(line, "number", 0));
  entry.cluster = text_at(line, "/cluster");
  entry.cluster_uid = text_at(line, "/clusterUID");
  entry.ref = object_ref_from_json(find_at(line, "/ref"));
  entry.change = change_of(text_at(line, "/change"));
  entry.before = find_at(line, "/before");
  entry.restorable = find_at(line, "/restorable") != false;
  return entry;
}

/// "kubectl mesh undo ...", or with the program's name in front.
bool is_undo(const std::string& command) {
  const std::vector<std::string> words = split(command, ' ');
  const std::size_t at = words.size() > 2 && words[0] == "kubectl" && words[1] == "mesh" ? 2 : 1;
  return words.size() > at && words[at] == "undo";
}

int open_for_more(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  // Behind a line that was torn by a kill the next one must not be lost with it.
  const off_t size = descriptor < 0 ? 0 : ::lseek(descriptor, 0, SEEK_END);
  char last = '\n';
  const bool torn = size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n';
  if (torn && ::write(descriptor, "\n", 1) != 1) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

}  // namespace

struct Journal::State {
  std::string run;
  std::string command;
  int descriptor = -1;
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t written = 0;  ///< lines
  std::uint64_t kept = 0;     ///< lines that are on the disk
  bool keeping = false;       ///< somebody waits for the disk
  int broken = 0;             ///< errno: what the disk lost once it does not tell twice

  ~State() {
    if (descriptor >= 0) ::close(descriptor);
  }

  /// Whole and on the disk before it returns: a write that nobody remembers cannot be taken back.
  void append(const Json& line) {
    std::unique_lock lock(mutex);
    const std::uint64_t mine = write(line);
    while (kept < mine) {
      if (broken != 0) fail(broken);
      if (keeping) {
        changed.wait(lock);
      } else {
        keep(lock);
      }
    }
  }

  /// In the file, so that it outlives this process; on the disk with the next append().
  void add(const Json& line) {
    const std::scoped_lock lock(mutex);
    write(line);
  }

 private:
  std::uint64_t write(const Json& line) {
    if (broken != 0) fail(broken);
    const std::string text = to_text(line) + "\n";
    const off_t end = ::lseek(descriptor, 0, SEEK_END);
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count == static_cast<ssize_t>(text.size())) return ++written;
    const int error = count < 0 ? errno : ENOSPC;
    // Half a line would hide all that come after it.
    if (count > 0 && ::ftruncate(descriptor, end) != 0) ::close(std::exchange(descriptor, -1));
    fail(error);
  }

  /// One wait for the disk serves all clusters whose lines were written before it began.
  void keep(std::unique_lock<std::mutex>& lock) {
    const std::uint64_t all = written;
    keeping = true;
    lock.unlock();
    const int error = ::fsync(descriptor) == 0 ? 0 : errno;
    lock.lock();
    keeping = false;
    if (error == 0) kept = all;
    broken = error;
    changed.notify_all();
  }

  [[noreturn]] void fail(int error) const {
    throw Failure(
        "failed",
        "the journal " + shown(path_of(run)) + " cannot be written: " + std::strerror(error),
        "free some space, then run the same command again");
  }
};

Journal::Journal(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

Journal Journal::begin(const std::string& command) {
  const Moment now = std::chrono::system_clock::now();
  auto state = std::make_unique<State>();
  state->run = new_run(now);
  state->command = command;
  const Json first{{"type", "run"},
                   {"run", state->run},
                   {"command", command},
                   {"started", stamp(now, "%Y-%m-%dT%H:%M:%SZ")}};
  // The first line goes through the private writer: it makes the folders and refuses a name that
  // exists.
  write_private_file(path_of(state->run), to_text(first) + "\n", Replace::no);
  state->descriptor = open_for_more(path_of(state->run));
  return Journal(std::move(state));
}

Journal Journal::open(const std::string& run) {
  const std::vector<RunSummary> runs = list_runs();
  const auto found = std::find_if(runs.begin(), runs.end(), [&](const RunSummary& summary) {
    return run.empty() ? summary.writes > 0 && !summary.undone && !summary.is_undo
                       : summary.run == run;
  });
  if (found == runs.end()) {
    throw Failure("invalid-input",
                  run.empty() ? "there is no run to undo" : "there is no run \"" + run + "\"",
                  "kubectl mesh undo --list shows all");
  }
  auto state = std::make_unique<State>();
  state->run = found->run;
  state->command = found->command;
  state->descriptor = open_for_more(path_of(found->run));
  return Journal(std::move(state));
}

void Journal::before(const JournalEntry& entry) {
  const bool secret = is_secret(entry.before);
  Json line{{"type", "before"},          {"number", entry.number},
            {"cluster", entry.cluster},  {"clusterUID", entry.cluster_uid},
            {"ref", to_json(entry.ref)}, {"change", word_of(entry.change)},
            {"restorable", !secret}};
  if (!entry.before.is_null()) line["before"] = without_secrets(entry.before);
  m_state->append(line);
}

void Journal::after(const JournalEntry& entry) {
  m_state->add({{"type", "after"},
                {"number", entry.number},
                {"change", word_of(entry.change)},
                {"uid", entry.after_uid},
                {"resourceVersion", entry.after_resource_version},
                {"hash", entry.after_hash}});
}

void Journal::end(int exit_code) {
  m_state->append({{"type", "end"}, {"exit", exit_code}});
}

void Journal::mark_undone() {
  m_state->append({{"type", "undone"}});
}

const std::string& Journal::run() const {
  return m_state->run;
}

std::string Journal::command() const {
  return m_state->command;
}

std::vector<JournalEntry> Journal::entries() const {
  std::map<int, JournalEntry> entries;
  for (const Json& line : lines_of(path_of(m_state->run))) {
    const std::string type = text_at(line, "/type");
    const int number = static_cast<int>(number_at(line, "number", -1));
    if (type == "before") entries[number] = read_entry(line);
    if (type != "after" || !entries.contains(number)) continue;
    JournalEntry& entry = entries[number];
    entry.done = true;
    entry.change = change_of(text_at(line, "/change"));
    entry.after_uid = text_at(line, "/uid");
    entry.after_resource_version = text_at(line, "/resourceVersion");
    entry.after_hash = text_at(line, "/hash");
  }
  std::vector<JournalEntry> list;
  for (auto& [number, entry] : entries) list.push_back(std::move(entry));
  return list;
}

std::vector<RunSummary> list_runs() {
  std::vector<RunSummary> runs;
  std::error_code none;
  for (const auto& file : fs::directory_iterator(folder(), none)) {
    if (file.path().extension() != ".jsonl" || file.path().filename().string().starts_with('.'))
      continue;
    RunSummary summary;
    for (const Json& line : lines_of(file.path())) {
      const std::string type = text_at(line, "/type");
      if (type == "run") {
        summary.run = file.path().stem();  // what a file says of its name is not believed
        summary.command = text_at(line, "/command");
        summary.is_undo = is_undo(summary.command);
        summary.started = text_at(line, "/started");
      }
      if (type == "before") ++summary.writes;
      summary.ended = summary.ended || type == "end";
      summary.undone = summary.undone || type == "undone";
    }
    if (!summary.run.empty()) runs.push_back(std::move(summary));
  }
  std::sort(runs.begin(), runs.end(),
            [](const RunSummary& a, const RunSummary& b) { return a.run > b.run; });
  return runs;
}

}  // namespace mesh
