#include "base/files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/paths.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : m_number(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (m_number >= 0) ::close(m_number);
  }
  int number() const { return m_number; }
  bool open() const { return m_number >= 0; }

 private:
  int m_number;
};

/// A wrong path is the operator's to mend; a full or broken disk is no bad input.
[[noreturn]] void fail(const char* doing, const std::filesystem::path& path, int error) {
  const bool disk = error == ENOSPC || error == EDQUOT || error == EIO || error == EFBIG;
  throw Failure(disk ? "failed" : "invalid-input",
                std::string("cannot ") + doing + " " + shown(path) + ": " + std::strerror(error));
}

/// Never hangs on a FIFO that nobody writes to, but waits for one that somebody does: a shell's
/// `<(command)` is such a file.
int open_to_read(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
  if (descriptor >= 0) ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
  return descriptor;
}

std::string read_all(int descriptor, const std::filesystem::path& path, std::uint64_t limit) {
  std::string data;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path, errno);
    if (count == 0) return data;
    data.append(buffer, static_cast<std::size_t>(count));
    if (data.size() > limit) {
      throw Failure("invalid-input",
                    shown(path) + " is larger than " + std::to_string(limit / 1024) + " KiB");
    }
  }
}

/// Makes the missing folders, each for the operator alone.
void make_private_folders(const std::filesystem::path& folder) {
  std::error_code unknown;  // mkdir says what is wrong
  if (folder.empty() || std::filesystem::is_directory(folder, unknown)) return;
  make_private_folders(folder.parent_path());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail("make", folder, errno);
}

/// What a killed run left behind must not stop this one, so the name is new each time: numbers of
/// processes come back, in containers at once.
std::string temporary_name(const std::string& name) {
  std::array<unsigned char, 8> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    throw Failure("internal", "the random number generator failed");
  }
  std::string text = "." + name + ".";
  for (const unsigned char byte : random) {
    constexpr std::string_view k_digits = "0123456789abcdef";
    text += {k_digits[byte >> 4U], k_digits[byte & 0xfU]};
  }
  return text;
}

/// A file that is gone however the write ends; after a rename there is nothing left to remove.
class Temporary {
 public:
  Temporary(int folder, const std::string& name)
      : m_folder(folder),
        m_name(temporary_name(name)),
        m_file(::openat(folder, m_name.c_str(),
                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (m_file.open()) ::unlinkat(m_folder, m_name.c_str(), 0);
  }
  const char* name() const { return m_name.c_str(); }
  const Descriptor& file() const { return m_file; }

 private:
  int m_folder;
  std::string m_name;
  Descriptor m_file;
};

}  // namespace

int write_all(int descriptor, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::write(descriptor, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

int raised(int descriptor) {
  constexpr int k_first_descriptor = 10;
  if (descriptor < 0) return descriptor;
  const int high = ::fcntl(descriptor, F_DUPFD_CLOEXEC, k_first_descriptor);
  ::close(descriptor);
  return high;
}

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  const Descriptor file(open_to_read(path, 0));
  if (!file.open()) fail("read", path, errno);
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0) fail("read", path, errno);
  if (S_ISDIR(status.st_mode)) fail("read", path, EISDIR);
  return read_all(file.number(), path, limit);
}

void write_private_file(const std::filesystem::path& path, std::string_view data, Replace replace) {
  const std::filesystem::path folder_path = path.has_parent_path() ? path.parent_path() : ".";
  make_private_folders(folder_path);
  const Descriptor folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open()) fail("open", folder_path, errno);

  const std::string name = path.filename();
  const Temporary temporary(folder.number(), name);
  if (!temporary.file().open()) fail("write", path, errno);
  if (const int error = write_all(temporary.file().number(), data)) fail("write", path, error);
  if (::fsync(temporary.file().number()) != 0) fail("write", path, errno);

  // link() refuses an existing name in one step with making ours; rename() replaces in one step.
  const int moved =
      replace == Replace::yes
          ? ::renameat(folder.number(), temporary.name(), folder.number(), name.c_str())
          : ::linkat(folder.number(), temporary.name(), folder.number(), name.c_str(), 0);
  if (moved != 0) fail("write", path, errno);
  if (::fsync(folder.number()) != 0) fail("write", folder_path, errno);
}

std::optional<std::string> read_private_file(const std::filesystem::path& path,
                                             std::uint64_t limit) {
  const Descriptor file(open_to_read(path, O_NOFOLLOW));
  if (!file.open() && errno == ENOENT) return std::nullopt;
  if (!file.open()) fail("read", path, errno);
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0) fail("read", path, errno);
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) {
    throw Failure("refused", shown(path) + " is not a regular file of yours");
  }
  if ((status.st_mode & 077U) != 0) {
    throw Failure("refused", shown(path) + " can be read or written by others",
                  "chmod 600 " + shown(path) + ", and ask yourself who has read it");
  }
  return read_all(file.number(), path, limit);
}

}  // namespace mesh
