#include "cli/ask_secret.hpp"

#include <array>
#include <fcntl.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_answer_max = 512;

bool has_terminal() {
  const int terminal = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return false;
  ::close(terminal);
  return true;
}

}  // namespace

std::string ask_secret(const SecretQuestion& asked) {
  if (!has_terminal())
    throw Failure(
        "usage", "there is no terminal to ask on: " + asked.question,
        asked.instead.empty() ? "give it in a file, as the plugin's settings say" : asked.instead);
  std::array<char, k_answer_max + 2> buffer{};
  const int status = EVP_read_pw_string(buffer.data(), static_cast<int>(buffer.size()),
                                        (asked.question + ": ").c_str(), asked.confirm ? 1 : 0);
  std::string answer(buffer.data());
  OPENSSL_cleanse(buffer.data(), buffer.size());
  if (status != 0 || answer.empty())
    throw Failure("cancelled", "nothing was answered; nothing was written",
                  "run the same command again");
  return answer;
}

}  // namespace mesh
