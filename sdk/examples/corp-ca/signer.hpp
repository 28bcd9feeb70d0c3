#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace corp {

/// A company's root certificate and key, read from the two files that the operator names.
class Signer {
 public:
  /// Throws mesh::Failure("invalid-input") saying which file is wrong and how.
  Signer(const std::string& certificate_path, const std::string& key_path);
  Signer(Signer&&) noexcept;
  ~Signer();

  const std::string& root() const;  ///< PEM
  /// The certificate of an intermediate CA for the request: its subject, SANs and key, our profile.
  /// It ends `days` after `now`, and never after the root.
  std::string sign(const std::string& csr, std::chrono::system_clock::time_point now,
                   std::int64_t days) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> m_parts;
};

}  // namespace corp
