#include <algorithm>
#include <array>
#include <cctype>

#include "kube/mask.hpp"

// A log has no schema: what stands in it is judged by how it looks. One pass over each line, by
// hand: std::regex recurses per character, and a container decides how long its lines are.

namespace mesh {

namespace {

constexpr std::size_t k_random_min = 40;  // SHA-1 in hex, 30 bytes in base64

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

bool is_base64(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '_' ||
         c == '-';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// "db_password", "X-Api-Key", "clientSecret"
bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 8> k_parts{"password", "passwd",        "secret",
                                                    "token",    "authorization", "credential",
                                                    "apikey",   "privatekey"};
  std::string plain = lower(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-' || c == '.'; });
  return std::any_of(k_parts.begin(), k_parts.end(),
                     [&](std::string_view part) { return plain.find(part) != std::string::npos; });
}

/// Neither a word nor a path nor a digest in small letters, which names an image.
bool is_random(std::string_view run) {
  if (run.starts_with("eyJ") && run.size() >= 16)
    return true;  // a JWT: the first part begins with {"
  const auto has = [&](int (*kind)(int)) {
    return std::any_of(run.begin(), run.end(),
                       [&](char c) { return kind(static_cast<unsigned char>(c)) != 0; });
  };
  return run.size() >= k_random_min && has(std::isupper) && has(std::islower) && has(std::isdigit);
}

/// One line, rewritten from left to right.
class Line {
 public:
  explicit Line(std::string_view text) : m_rest(text) {}

  std::string masked() {
    while (!m_rest.empty()) {
      if (!take_scheme() && !take_password_of_url() && !take_random()) take_word();
    }
    return std::move(m_done);
  }

 private:
  void keep(std::size_t count) {
    m_done += m_rest.substr(0, count);
    m_rest.remove_prefix(std::min(count, m_rest.size()));
  }
  void hide(std::size_t count) {
    m_done += k_masked;
    m_rest.remove_prefix(std::min(count, m_rest.size()));
  }
  bool at_word() const { return m_done.empty() || !is_word(m_done.back()); }

  template <typename Kind>
  std::size_t run_of(const Kind& kind) const {
    const auto* const end = std::find_if_not(m_rest.begin(), m_rest.end(), kind);
    return static_cast<std::size_t>(end - m_rest.begin());
  }

  /// "Bearer abc", "Basic abc"
  bool take_scheme() {
    if (!at_word()) return false;
    for (const std::string_view scheme : {"bearer ", "basic "}) {
      if (lower(m_rest.substr(0, scheme.size())) != scheme) continue;
      keep(scheme.size());
      const std::size_t value = run_of([](char c) { return is_base64(c) || c == '.' || c == '='; });
      // "Basic authentication failed" has no credential in it.
      if (value >= 16) hide(value);
      return true;
    }
    return false;
  }

  /// "//user:password@host"
  bool take_password_of_url() {
    if (!m_rest.starts_with("//")) return false;
    const std::size_t end = m_rest.find_first_of(" /\"'", 2);
    const std::string_view authority = m_rest.substr(2, end == m_rest.npos ? end : end - 2);
    const std::size_t at = authority.rfind('@');
    const std::size_t colon = authority.find(':');
    if (at == authority.npos || colon >= at) return false;
    keep(2 + colon + 1);
    hide(at - colon - 1);
    return true;
  }

  bool take_random() {
    if (!m_done.empty() && is_base64(m_done.back())) return false;
    // A JWT has two full stops.
    const std::size_t run = run_of([](char c) { return is_base64(c); });
    if (!is_random(m_rest.substr(0, run))) return false;
    hide(run_of([](char c) { return is_base64(c) || c == '.' || c == '='; }));
    return true;
  }

  /// A word, and what stands behind it as its value if it names a secret.
  void take_word() {
    const std::size_t length = run_of(is_word);
    const std::string_view name = m_rest.substr(0, length);
    keep(std::max<std::size_t>(length, 1));
    if (length == 0 || !is_secret_name(name)) return;
    // name=value, name: value, "name": "value", name="value"
    std::size_t at = m_rest.find_first_not_of("\"'\\ ");
    if (at == m_rest.npos || (m_rest[at] != '=' && m_rest[at] != ':')) return;
    at = m_rest.find_first_not_of("\"'\\ ", at + 1);
    if (at == m_rest.npos) return;
    const bool quoted = m_rest[at - 1] == '"' || m_rest[at - 1] == '\'';
    const char quote = m_rest[at - 1];
    keep(at);
    std::size_t end = quoted ? m_rest.find(quote) : m_rest.find_first_of(" ,;&)}]\t");
    // "Authorization: Bearer abc"
    const std::string first = lower(m_rest.substr(0, end));
    if (!quoted && (first == "bearer" || first == "basic") && end != m_rest.npos) {
      end = m_rest.find_first_of(" ,;&)}]\t", end + 1);
    }
    hide(std::min(end, m_rest.size()));
  }

  std::string_view m_rest;
  std::string m_done;
};

}  // namespace

std::string masked_text(std::string_view whole) {
  // First: what is cut out of a value's middle below would leave the rest of it.
  const std::string known = without_secret_values(std::string(whole));
  std::string_view text = known;
  std::string result;
  bool in_key = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.find("PRIVATE KEY-----") != line.npos) {
      // The first lines of a key may have been cut off, its last may be yet to come.
      in_key = line.find("-----BEGIN") != line.npos && line.find("-----END") == line.npos;
      result += k_masked;
    } else if (!in_key) {
      result += Line(line).masked();
    }
    if (end == text.npos) break;
    if (!in_key || line.find("-----BEGIN") != line.npos) result += '\n';
    text.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace mesh
