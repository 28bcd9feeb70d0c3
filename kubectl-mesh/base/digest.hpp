#pragma once

#include <string>
#include <string_view>

namespace mesh {

/// Lower-case hex SHA-256. Needs libcrypto: engine only.
std::string sha256_hex(std::string_view bytes);
/// "sha256:1f2e3d4c5b6a", how a secret value is shown: enough to compare, nothing to use.
/// Keyed with a random value of this process, so that a short secret cannot be guessed from it.
std::string fingerprint(std::string_view secret);
/// Cryptographic random bytes.
std::string random_bytes(std::size_t count);

}  // namespace mesh
