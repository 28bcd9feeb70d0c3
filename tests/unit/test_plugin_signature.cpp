#include "mutations.hpp"

#include "plugin/signature.hpp"

using mesh::bad_signature;
using mesh::test::survives;

namespace {

const std::string k_ecdsa =
    "ecdsa-sha2-nistp256 "
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBF3+S7ZX3hZB/YVu3WEBFq5/"
    "++OjjJF9Kt1mynF3LzrJfU82jb39eU9/TRTkzGhXNmRWN0h2SQYhkq7yxpPG3Gc=\n";
const std::string k_ed25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKh4/WOjlDAQBMwOdQA14921jfSx/x7Nb/Ypb07bxXuC\n";
const std::string k_pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAtHHHe+QOpz+DWOUTThUW1XW1gXZXCwVoqwLBc5qmIk8=\n"
    "-----END PUBLIC KEY-----\n";
/// Of "x", by the first key: ssh-keygen -Y sign -n file.
const std::string k_signature =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE\n"
    "EEXf5LtlfeFkH9hW7dYQEWrn/746OMkX0q3WbKcXcvOsl9TzaNvf15T39NFOTMaFc2ZFY3\n"
    "SHZJBiGSrvLGk8bcZwAAAARmaWxlAAAAAAAAAAZzaGE1MTIAAABkAAAAE2VjZHNhLXNoYT\n"
    "ItbmlzdHAyNTYAAABJAAAAIQCWI4Tr+WBjcSDbMPH5aKldEcfEYhBUgP0gHoZHP3s8GwAA\n"
    "ACAY/BJUFd/KF2WMQZ1ojaOe+37wXktA8Tflm8+MCIipEg==\n"
    "-----END SSH SIGNATURE-----\n";

}  // namespace

TEST_CASE("signature: holds for the bytes and a pinned key, and for no others") {
  CHECK(bad_signature("x", k_signature, k_ecdsa).empty());
  CHECK(bad_signature("x", k_signature, k_pem + k_ed25519 + k_ecdsa).empty());
  CHECK_FALSE(bad_signature("y", k_signature, k_ecdsa).empty());
  CHECK_FALSE(bad_signature("", k_signature, k_ecdsa).empty());
  CHECK_FALSE(bad_signature("x", k_signature, k_pem + k_ed25519).empty());
  CHECK_THROWS_AS(bad_signature("x", k_signature, "# " + k_ecdsa), mesh::Failure);
}

TEST_CASE("bytes: signatures of plugins", "[mutations]") {
  survives({k_signature, k_ed25519, std::string(64, '\x30')}, [](const std::string& bytes) {
    CHECK_FALSE(bad_signature("y", bytes, k_ecdsa + k_ed25519 + k_pem).empty());
  });
}

TEST_CASE("bytes: keys that signatures are judged by", "[mutations]") {
  survives({k_ecdsa, k_ed25519, k_pem, k_ed25519 + k_pem}, [](const std::string& keys) {
    static_cast<void>(bad_signature("y", k_signature, keys));
  });
}
