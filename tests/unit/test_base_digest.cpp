#include <set>

#include <catch2/catch.hpp>

#include "base/digest.hpp"

TEST_CASE("a digest is the SHA-256 that everybody else gets") {
  CHECK(mesh::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(mesh::sha256_hex("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a fingerprint tells equal from different and nothing else") {
  const std::string print = mesh::fingerprint("hunter2");
  CHECK(print == mesh::fingerprint("hunter2"));
  CHECK(print != mesh::fingerprint("hunter3"));
  CHECK(print.size() == std::string("sha256:").size() + 12);
  // A short secret could be guessed from its plain hash.
  CHECK(print.substr(7) != mesh::sha256_hex("hunter2").substr(0, 12));
}

TEST_CASE("random bytes are as many as asked for, and new each time") {
  std::set<std::string> seen;
  for (int round = 0; round < 100; ++round) seen.insert(mesh::random_bytes(16));
  CHECK(seen.size() == 100);
  CHECK(seen.begin()->size() == 16);
  CHECK(mesh::random_bytes(0).empty());
}
