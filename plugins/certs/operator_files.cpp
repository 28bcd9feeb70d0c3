#include "operator_files.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "mesh/problem.hpp"

namespace mesh::certs {

namespace {

constexpr std::size_t k_file_max = std::size_t{1} << 20U;
constexpr std::size_t k_passphrase_max = 512;  // OpenSSL reads no more than 1023 bytes back

class Descriptor {
 public:
  Descriptor(const char* path, int flags) : m_number(::open(path, flags | O_CLOEXEC)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (m_number >= 0) ::close(m_number);
  }
  int number() const { return m_number; }

 private:
  int m_number;
};

[[noreturn]] void fail_to_read(const std::string& path, int error) {
  throw Failure("invalid-input", "cannot read " + path + ": " + std::strerror(error),
                error == ENOENT ? "check the path" : "check its owner and mode: ls -l " + path);
}

SecretText checked(SecretText passphrase, const std::string& where) {
  const auto refuse = [&](const std::string& why) {
    throw Failure("invalid-input", where + " " + why, "give a passphrase of one line");
  };
  if (passphrase.empty()) refuse("holds no passphrase");
  if (passphrase.reveal().size() > k_passphrase_max) refuse("holds more than 512 bytes");
  return passphrase;
}

SecretText from_file(const std::string& path) {
  const SecretText content = read_small_file(path);
  const std::string& text = content.reveal();
  return checked(SecretText(text.substr(0, text.find_first_of("\r\n"))), path);
}

SecretText from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return checked(SecretText(value == nullptr ? "" : value), "the environment variable " + name);
}

SecretText from_terminal(const Host& host, bool fresh) {
  return checked(
      SecretText(host.secret(
          {.question = fresh ? "Passphrase for the new root key" : "Passphrase of the root key",
           .confirm = fresh,
           .instead = "use --passphrase-file FILE or --passphrase-env NAME"})),
      "your answer");
}

}  // namespace

SecretText read_small_file(const std::string& path) {
  const Descriptor file(path.c_str(), O_RDONLY);
  if (file.number() < 0) fail_to_read(path, errno);
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0) fail_to_read(path, errno);
  if (S_ISDIR(status.st_mode))
    throw Failure("invalid-input", path + " is a folder, not a file", "name the file in it");
  std::array<char, 16384> buffer{};
  std::string text;
  // Growing would leave copies of a key behind.
  text.reserve(k_file_max + buffer.size());
  ssize_t count = 1;
  while (count > 0 && text.size() <= k_file_max) {
    count = ::read(file.number(), buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) fail_to_read(path, errno);
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (count < 0) count = 1;  // interrupted: once more
  }
  OPENSSL_cleanse(buffer.data(), buffer.size());
  SecretText whole(std::move(text));
  if (whole.reveal().size() > k_file_max)
    throw Failure("invalid-input", path + " is larger than 1 MiB",
                  "is it the right file? a PEM file has a few KiB");
  return whole;
}

SecretText passphrase_of(const Json& settings, const Host& host, bool fresh) {
  const std::string file = settings.value("passphrase-file", std::string());
  const std::string variable = settings.value("passphrase-env", std::string());
  const bool ask = settings.value("ask-passphrase", false);
  if ((file.empty() ? 0 : 1) + (variable.empty() ? 0 : 1) + (ask ? 1 : 0) > 1)
    throw Failure("usage", "the passphrase is given in more than one way",
                  "choose one of --passphrase-file, --passphrase-env and --ask-passphrase");
  if (!file.empty()) return from_file(file);
  if (!variable.empty()) return from_environment(variable);
  return ask ? from_terminal(host, fresh) : SecretText();
}

void add_passphrase_settings(Json& schema) {
  Json& rows = schema["properties"];
  rows["passphrase-file"] = {{"type", "string"},
                             {"format", "path"},
                             {"description", "file whose first line opens the key"}};
  rows["passphrase-env"] = {{"type", "string"},
                            {"description", "environment variable that opens the key"}};
  rows["ask-passphrase"] = {{"type", "boolean"},
                            {"description", "ask for the passphrase on the terminal"}};
}

}  // namespace mesh::certs
