#pragma once

#include <ctime>
#include <memory>
#include <string>

/// A new root certificate and its key, in PEM.
std::string make_root(const std::string& name, std::time_t now, long days);

/// Signs with a root.
class Signer {
 public:
  explicit Signer(const std::string& certificate_and_key);
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  ~Signer();

  const std::string& root() const;  ///< PEM of the certificate
  /// The intermediate's certificate for a request: its subject, names and key, our profile. It ends
  /// after `days`, and never after the root.
  std::string sign(const std::string& request, std::time_t now, long days) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> m_parts;
};
