#include "mutations.hpp"
#include "pem.hpp"
#include "x509.hpp"

namespace mesh::certs {

using mesh::test::survives;

TEST_CASE("bytes: certificates and keys of anybody", "[mutations]") {
  const PrivateKey key = make_key("p256");
  const std::string root = make_root(key, "root", Time(std::chrono::seconds(1796085777)), 10);
  const std::string request = make_request(key, "a", "istio-system");
  const SecretText passphrase("secret");
  survives(
      {root, root + root, "text\n" + root, key.pem.reveal(), protect_key(key, passphrase), request},
      [&](const std::string& bytes) {
        const auto each = [&](const auto& read) {
          try {
            read();
          } catch (const mesh::Failure&) {
          }
        };
        each([&] { Pem(bytes, "it").require_clean(); });
        each([&] {
          const std::vector<Certificate> list = read_certificates(bytes, "it");
          if (!list.empty()) chain_problem(list.front(), list, list, std::nullopt);
        });
        each([&] { holds_encrypted_key(bytes); });
        each([&] {
          sign_request(bytes, read_certificates(root, "root").front(), key,
                       Time(std::chrono::seconds(1796085777)), 1);
        });
        each([&] { read_key(bytes, {}, "it"); });
      });
}

}  // namespace mesh::certs
