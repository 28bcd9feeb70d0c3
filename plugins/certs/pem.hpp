#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "secret_text.hpp"

namespace mesh::certs {

/// A PEM text taken apart by its boundary lines, before OpenSSL reads the blocks: its reader skips
/// what it does not know and stops at what it cannot read, both without a word.
class Pem {
 public:
  struct Block {
    std::string_view label;  ///< "CERTIFICATE", "ENCRYPTED PRIVATE KEY"
    std::string_view text;   ///< with its boundary lines
    bool is_certificate() const;
    bool is_key() const;  ///< a private one
    bool encrypted() const;
  };

  /// CRLF becomes LF. Throws Failure("invalid-input") naming `what` for an empty text, DER, more
  /// than 1 MiB, a byte order mark, a block that is cut off, two joined without a line break.
  Pem(const std::string& text, const std::string& what);
  Pem(const Pem&) = delete;  // the blocks are views into the text
  Pem& operator=(const Pem&) = delete;

  const std::vector<Block>& blocks() const { return m_blocks; }
  std::vector<Block> certificates() const;
  std::vector<Block> keys() const;
  /// For a file that the operator named: nothing but blocks. Throws as above for text outside of
  /// them; a cluster's Secret may hold such, as Istio skips it.
  void require_clean() const;

 private:
  void scan(std::string_view text);
  [[noreturn]] void refuse(const std::string& why, const std::string& hint) const;

  std::string m_what;
  SecretText m_text;
  std::vector<Block> m_blocks;
  std::string_view m_outside;  ///< the first line outside of a block
};

}  // namespace mesh::certs
