#include "plan/journal.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <mutex>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "base/utc.hpp"
#include "mesh/time.hpp"
#include "plan/journal_lines.hpp"
#include "plan/object.hpp"
#include "plan/seal.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

fs::path runs_folder() {
  return state_home() / "runs";
}

fs::path journal_path(const std::string& run) {
  return runs_folder() / (run + ".jsonl");
}

/// All whole lines. A torn one belongs to a run that was killed while writing it, and what stands
/// behind it was added later. Only a journal of our own is believed: it says what to write.
std::vector<Json> read_lines(const fs::path& path) {
  std::vector<Json> lines;
  const std::string text = read_private_file(path, std::uint64_t{1} << 30U).value_or("");
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

/// "kubectl mesh undo ...", or with the program's name in front.
bool is_undo(const std::string& command) {
  const std::vector<std::string> words = split(command, ' ');
  const std::size_t at = words.size() > 2 && words[0] == "kubectl" && words[1] == "mesh" ? 2 : 1;
  return words.size() > at && words[at] == "undo";
}

std::vector<fs::path> journals() {
  std::vector<fs::path> paths;
  std::error_code none;
  for (const auto& file : fs::directory_iterator(runs_folder(), none)) {
    const bool ours =
        file.path().extension() == ".jsonl" && !file.path().filename().string().starts_with('.');
    if (ours) paths.push_back(file.path());
  }
  return paths;
}

/// By its last lines alone: every run looks at all journals, and some are large.
bool has_ended(const fs::path& path) {
  constexpr std::streamoff k_tail = 4096;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  file.seekg(std::max<std::streamoff>(0, std::streamoff(file.tellg()) - k_tail));
  const std::string tail{std::istreambuf_iterator<char>(file), {}};
  for (const std::string& line : split(tail, '\n')) {
    const Json value = json_or_null(line);
    if (!value.is_object()) continue;
    const std::string type = text_at(value, "/type");
    if (type == "end" || (type == "undone" && !value.contains("number"))) return true;
  }
  return false;
}

std::string command_of(const fs::path& path) {
  std::ifstream file(path);
  std::string first;
  std::getline(file, first);
  return text_at(json_or_null(first), "/command");
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

RunSummary summary_of(const fs::path& path) {
  RunSummary summary;
  for (const Json& line : read_lines(path)) {
    const std::string type = text_at(line, "/type");
    if (type == "run") {
      summary.run = path.stem();  // what a file says of its name is not believed
      summary.command = text_at(line, "/command");
      summary.is_undo = is_undo(summary.command);
      summary.started = text_at(line, "/started");
    }
    if (type == "before") ++summary.writes;
    summary.ended = summary.ended || type == "end";
    summary.undone = summary.undone || (type == "undone" && !line.contains("number"));
  }
  if (summary.run.empty()) throw Failure("invalid-document", "it does not say which run it is of");
  return summary;
}

Problem oddity(const fs::path& path, Problem problem) {
  const bool named = problem.message.find(shown(path)) != std::string::npos;
  problem.message = (named ? "" : shown(path) + ": ") + problem.message + "; it is left as it is";
  if (problem.hint.empty()) problem.hint = "look at it, and move it away if nobody needs it";
  return problem;
}

/// Whether the run was cut off while writes of it were still to be proven. One odd journal must not
/// keep the others from it: `undo` names it.
bool has_unproven(const Journal& journal) try {
  const std::vector<JournalEntry> entries = journal.entries();
  return std::any_of(entries.begin(), entries.end(),
                     [](const JournalEntry& entry) { return entry.unproven && !entry.undone; });
} catch (const Failure&) {
  return false;
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
  std::optional<Seal> seal;   ///< made with the first private value

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

  std::string sealed(const std::string& text, const std::string& context) {
    const std::scoped_lock lock(mutex);
    if (!seal) seal = Seal::of(run);
    if (!seal) seal = Seal::make(run);
    return seal->close(text, context);
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
        "the journal " + shown(journal_path(run)) + " cannot be written: " + std::strerror(error),
        "free some space, then run the same command again");
  }
};

Journal::Journal(std::unique_ptr<State> state) : m_state(std::move(state)) {}
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

std::string new_run() {
  // time(2) lags behind the clock by some milliseconds, and would put the first runs of a second
  // before those of the one before: both parts are of one moment.
  using std::chrono::milliseconds;
  static std::atomic<milliseconds::rep> last{0};  // two of one process never share a millisecond
  const Moment now = std::chrono::system_clock::now();
  milliseconds::rep before = last.load();
  milliseconds::rep mine = 0;
  do {
    mine = std::max(std::chrono::floor<milliseconds>(now.time_since_epoch()).count(), before + 1);
  } while (!last.compare_exchange_weak(before, mine));
  const milliseconds since(mine);
  const Moment moment{std::chrono::duration_cast<Moment::duration>(since)};
  return utc_text(moment, "%Y%m%d-%H%M%S-") +
         std::to_string(1000 + since.count() % 1000).substr(1) + "-" +
         sha256_hex(random_bytes(16)).substr(0, 4);
}

Journal Journal::begin(const std::string& command, const std::string& run) {
  const Moment now = std::chrono::system_clock::now();
  auto state = std::make_unique<State>();
  state->run = run;
  state->command = command;
  const Json first{{"type", "run"},
                   {"run", state->run},
                   {"command", command},
                   {"started", time_text(std::chrono::floor<std::chrono::seconds>(now))}};
  // The first line goes through the private writer: it makes the folders and refuses a name that
  // exists.
  write_private_file(journal_path(state->run), to_text(first) + "\n", Replace::no);
  state->descriptor = open_for_more(journal_path(state->run));
  Seal::destroy_old();
  Journal journal(std::move(state));
  journal.hold();
  return journal;
}

Journal Journal::open(const std::string& run) {
  const RunList list = list_runs();
  const std::vector<RunSummary>& runs = list.runs;
  const auto found = std::find_if(runs.begin(), runs.end(), [&](const RunSummary& summary) {
    return run.empty() ? summary.writes > 0 && !summary.undone && !summary.is_undo
                       : summary.run == run;
  });
  if (found == runs.end()) {
    const std::string file = shown(journal_path(run));
    for (const Problem& odd : list.odd) {
      if (run.empty() || odd.message.find(file) != std::string::npos) throw Failure(odd);
    }
    throw Failure("invalid-input",
                  run.empty() ? "there is no run to undo" : "there is no run \"" + run + "\"",
                  "list all runs: kubectl mesh undo --list");
  }
  auto state = std::make_unique<State>();
  state->run = found->run;
  state->command = found->command;
  state->descriptor = open_for_more(journal_path(found->run));
  return Journal(std::move(state));
}

std::vector<Journal> Journal::interrupted() {
  std::vector<Journal> found;
  for (const fs::path& path : journals()) {
    std::error_code none;
    // To open anything else could wait for ever.
    if (!fs::is_regular_file(path, none) || has_ended(path)) continue;
    auto state = std::make_unique<State>();
    state->run = path.stem();
    state->descriptor = open_for_more(path);
    if (state->descriptor < 0 || ::flock(state->descriptor, LOCK_EX | LOCK_NB) != 0) continue;
    state->command = command_of(path);
    Journal journal(std::move(state));
    if (has_unproven(journal)) found.push_back(std::move(journal));
  }
  std::sort(found.begin(), found.end(),
            [](const Journal& a, const Journal& b) { return a.run() > b.run(); });
  return found;
}

void Journal::hold() {
  if (::flock(m_state->descriptor, LOCK_EX | LOCK_NB) == 0) return;
  throw Failure("refused", "run " + m_state->run + " is still in progress, or is being undone",
                "wait until the other process ends, then run the same command again");
}

void Journal::before(const JournalEntry& entry) {
  m_state->append(line_before(entry, [&](const std::string& values) {
    return m_state->sealed(values, sealed_context(m_state->run, entry));
  }));
}

void Journal::after(const JournalEntry& entry) {
  m_state->add(line_after(entry));
}

void Journal::proven(const std::vector<int>& numbers) {
  m_state->add({{"type", "proven"}, {"numbers", numbers}});
}

void Journal::undoing(int number) {
  m_state->append({{"type", "undoing"}, {"number", number}});
}

void Journal::undone(int number) {
  m_state->add({{"type", "undone"}, {"number", number}});
}

void Journal::end(int exit_code) {
  m_state->append({{"type", "end"}, {"exit", exit_code}});
}

void Journal::mark_undone() {
  m_state->append({{"type", "undone"}});
  Seal::destroy(m_state->run);
}

bool Journal::is_undone() const {
  const std::vector<Json> lines = read_lines(journal_path(m_state->run));
  return std::any_of(lines.begin(), lines.end(), [](const Json& line) {
    return text_at(line, "/type") == "undone" && !line.contains("number");
  });
}

const std::string& Journal::run() const {
  return m_state->run;
}

std::string Journal::command() const {
  return m_state->command;
}

std::vector<JournalEntry> Journal::entries() const {
  return entries_of(read_lines(journal_path(m_state->run)), m_state->run);
}

RunList list_runs() {
  RunList list;
  for (const fs::path& path : journals()) {
    try {
      list.runs.push_back(summary_of(path));
    } catch (const Failure& failure) {
      list.odd.push_back(oddity(path, failure.problem()));
    }
  }
  std::sort(list.runs.begin(), list.runs.end(),
            [](const RunSummary& a, const RunSummary& b) { return a.run > b.run; });
  return list;
}

}  // namespace mesh
