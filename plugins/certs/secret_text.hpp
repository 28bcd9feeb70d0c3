#pragma once

#include <string>
#include <utility>

namespace mesh::certs {

/// A text that must not stay in memory: a private key, a passphrase. Overwritten when it is done.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) { m_text.swap(text); }
  SecretText(const SecretText&) = default;
  SecretText(SecretText&& other) noexcept { m_text.swap(other.m_text); }
  SecretText& operator=(SecretText other) noexcept {
    m_text.swap(other.m_text);
    return *this;
  }
  ~SecretText() { wipe(m_text); }

  const std::string& reveal() const { return m_text; }
  bool empty() const { return m_text.empty(); }
  bool operator==(const SecretText&) const = default;

  static void wipe(std::string& text);

 private:
  std::string m_text;
};

}  // namespace mesh::certs
