#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "base/files.hpp"

namespace fs = std::filesystem;
using mesh::read_file;
using mesh::read_private_file;
using mesh::Replace;
using mesh::write_private_file;
using mesh::test::code_of;
using mesh::test::content;
using mesh::test::mode_of;
using mesh::test::problem_of;
using mesh::test::TemporaryFolder;

namespace {

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

/// No file may grow beyond this for as long as it lives: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &m_before);
    rlimit now = m_before;
    now.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &now);
    m_handler = std::signal(SIGXFSZ, SIG_IGN);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &m_before);
    std::signal(SIGXFSZ, m_handler);
  }

 private:
  rlimit m_before{};
  void (*m_handler)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("a private file is ours alone, in folders that are ours alone, whatever the umask") {
  const TemporaryFolder folder;
  const mode_t before = ::umask(GENERATE(0, 022, 077));
  write_private_file(folder.path() / "a/b/key.pem", "secret", Replace::no);
  ::umask(before);
  CHECK(mode_of(folder.path() / "a") == 0700);
  CHECK(mode_of(folder.path() / "a/b") == 0700);
  CHECK(mode_of(folder.path() / "a/b/key.pem") == 0600);
  CHECK(content(folder.path() / "a/b/key.pem") == "secret");
  CHECK(names_in(folder.path() / "a/b") == std::vector<std::string>{"key.pem"});
}

TEST_CASE("an existing file is replaced only by leave") {
  const TemporaryFolder folder;
  const fs::path path = folder.write("key.pem", "old");
  const mesh::Problem problem = problem_of([&] { write_private_file(path, "new", Replace::no); });
  CHECK(problem.code == "invalid-input");
  CHECK(problem.message.find("File exists") != std::string::npos);
  CHECK(content(path) == "old");
  write_private_file(path, "new", Replace::yes);
  CHECK(content(path) == "new");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"key.pem"});
}

TEST_CASE("a file with wide permissions is narrow once it is replaced") {
  const TemporaryFolder folder;
  const fs::path path = folder.write("key.pem", "old");
  fs::permissions(path, fs::perms(0666));
  write_private_file(path, "new", Replace::yes);
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("a symbolic link is never written through") {
  const TemporaryFolder folder;
  const fs::path victim = folder.write("victim", "precious");
  fs::create_symlink(victim, folder.path() / "key.pem");
  CHECK(code_of([&] { write_private_file(folder.path() / "key.pem", "new", Replace::no); }) ==
        "invalid-input");
  write_private_file(folder.path() / "key.pem", "new", Replace::yes);
  CHECK(content(victim) == "precious");
  CHECK_FALSE(fs::is_symlink(folder.path() / "key.pem"));
}

TEST_CASE("what a killed run left behind does not stop the next one") {
  const TemporaryFolder folder;
  // The number of a process comes back, in a container at once.
  const fs::path stale = folder.write(".key.pem." + std::to_string(::getpid()), "half");
  write_private_file(folder.path() / "key.pem", "whole", Replace::no);
  CHECK(content(folder.path() / "key.pem") == "whole");
  CHECK(content(stale) == "half");
}

TEST_CASE("on a full disk the file is as it was, nothing is left over, and it is no bad input") {
  const TemporaryFolder folder;
  const fs::path path = folder.write("key.pem", "old");
  const std::string large(100'000, 'x');
  std::string code;
  {
    const FullDisk full(4096);
    code = code_of([&] { write_private_file(path, large, Replace::yes); });
  }
  CHECK(code == "failed");
  CHECK(content(path) == "old");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"key.pem"});
}

TEST_CASE("a folder that cannot be made is named with the reason") {
  const TemporaryFolder folder;
  folder.write("file", "");
  const mesh::Problem problem =
      problem_of([&] { write_private_file(folder.path() / "file/below/key", "x", Replace::no); });
  CHECK(problem.code == "invalid-input");
  CHECK(problem.message.find("file") != std::string::npos);
  CHECK(problem.message.find("Not a directory") != std::string::npos);
}

TEST_CASE("a name without a folder is one in the working folder") {
  const TemporaryFolder folder;
  const mesh::test::WorkingFolder here(folder.path());
  write_private_file("key.pem", "x", Replace::no);
  CHECK(content(folder.path() / "key.pem") == "x");
}

TEST_CASE("many writers of one file leave one whole file") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "state";
  {
    std::vector<std::jthread> writers;
    for (char c = 'a'; c < 'i'; ++c) {
      writers.emplace_back([&, c] {
        for (int round = 0; round < 5; ++round) {
          write_private_file(path, std::string(10'000, c), Replace::yes);
        }
      });
    }
  }
  const std::string text = content(path);
  CHECK(text == std::string(10'000, text.front()));
  CHECK(names_in(folder.path()) == std::vector<std::string>{"state"});
}

TEST_CASE("a private file is read only if it is private") {
  const TemporaryFolder folder;
  const fs::path path = folder.write("key.pem", "secret");
  CHECK(read_private_file(path) == "secret");
  CHECK(read_private_file(folder.path() / "none") == std::nullopt);
  const unsigned mode = GENERATE(0644U, 0620U, 0604U, 0601U);
  fs::permissions(path, fs::perms(mode));
  const mesh::Problem problem = problem_of([&] { read_private_file(path); });
  CHECK(problem.code == "refused");
  CHECK(problem.hint.starts_with("chmod 600 "));
}

TEST_CASE("a private file is a regular file of ours, at its own place") {
  const TemporaryFolder folder;
  fs::create_symlink(folder.write("key.pem", "secret"), folder.path() / "link");
  CHECK(code_of([&] { read_private_file(folder.path() / "link"); }) == "invalid-input");
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(code_of([&] { read_private_file(folder.path() / "pipe"); }) == "refused");
  CHECK(code_of([&] { read_private_file(folder.path()); }) == "refused");
  CHECK(code_of([&] { read_private_file("/dev/null"); }) == "refused");
  folder.write("large", std::string(100, 'x'));
  CHECK(code_of([&] { read_private_file(folder.path() / "large", 99); }) == "invalid-input");
}

TEST_CASE("what cannot be read is named with the reason") {
  const TemporaryFolder folder;
  const auto said = [](const fs::path& path, std::uint64_t limit) {
    return problem_of([&] { read_file(path, limit); }).message;
  };
  CHECK(said(folder.path() / "none", 1) ==
        "cannot read " + (folder.path() / "none").string() + ": No such file or directory");
  CHECK(said(folder.path(), 1).ends_with("Is a directory"));
  const fs::path large = folder.write("large", std::string(3000, 'x'));
  CHECK(said(large, 2048).ends_with("is larger than 2 KiB"));
  CHECK(read_file(large, 3000).size() == 3000);
  CHECK(read_file("/dev/null").empty());
}

TEST_CASE("a pipe of the shell is read to its end, however late it is written") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  ssize_t written = 0;
  std::jthread writer([&] {
    for (const char* text : {"kind: ", "Config"}) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      written += ::write(ends[1], text, 6);
    }
    ::close(ends[1]);
  });
  CHECK(read_file("/dev/fd/" + std::to_string(ends[0])) == "kind: Config");
  writer.join();
  CHECK(written == 12);
  ::close(ends[0]);
}

TEST_CASE("a pipe that nobody writes to does not hang") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(read_file(folder.path() / "pipe").empty());
}
