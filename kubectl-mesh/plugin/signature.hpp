#pragma once

#include <string>
#include <string_view>

namespace mesh {

// Detached signatures of plugins. The operator pins keys in a file: public keys in PEM, or in
// OpenSSH's one line each, as in a file of allowed signers. Ed25519 and ECDSA; nothing else is one.

/// Why `signature` is no signature of `bytes` by one of the `keys`, as the end of a sentence;
/// empty: it is one. It is what `ssh-keygen -Y sign -n file` writes, or what `openssl` does, as it
/// is or in base64. Throws Failure("invalid-input") if `keys` hold none that can be used.
std::string bad_signature(std::string_view bytes, const std::string& signature,
                          const std::string& keys);

}  // namespace mesh
