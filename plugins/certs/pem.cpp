#include "pem.hpp"

#include <algorithm>
#include <iterator>

#include "mesh/problem.hpp"

namespace mesh::certs {

namespace {

constexpr std::size_t k_pem_max = std::size_t{1} << 20U;
constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view k_begin = "-----BEGIN ";
constexpr std::string_view k_end = "-----END ";
constexpr std::string_view k_dashes = "-----";

std::string with_line_feeds(const std::string& text) {
  std::string lines;
  lines.reserve(text.size() + 1);  // no second buffer that would keep half a key
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\r')
      lines += text[at];
    else if (at + 1 == text.size() || text[at + 1] != '\n')
      lines += '\n';
  }
  return lines;
}

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\n") - first + 1);
}

/// The label of a boundary line, empty if it is none.
std::string_view label_of(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix) || !line.ends_with(k_dashes)) return {};
  if (line.size() <= prefix.size() + k_dashes.size()) return {};
  return line.substr(prefix.size(), line.size() - prefix.size() - k_dashes.size());
}

/// A sequence whose length follows in more bytes, or is the rest of the file.
bool is_der(const std::string& text) {
  if (text.size() < 2 || text[0] != 0x30) return false;
  const auto length = static_cast<unsigned char>(text[1]);
  return (length & 0x80U) != 0 || length == text.size() - 2;
}

}  // namespace

bool Pem::Block::is_certificate() const {
  return label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "TRUSTED CERTIFICATE";
}

bool Pem::Block::is_key() const {
  return label.ends_with("PRIVATE KEY");
}

bool Pem::Block::encrypted() const {
  return label.starts_with("ENCRYPTED") || text.find("Proc-Type: 4,ENCRYPTED") != text.npos;
}

Pem::Pem(const std::string& text, const std::string& what) : m_what(what) {
  if (text.empty()) refuse("is empty", "is it the right file? give one in PEM");
  if (text.size() > k_pem_max) refuse("is larger than 1 MiB", "a PEM file has a few KiB");
  if (is_der(text)) refuse("is DER, not PEM", "convert it: openssl x509 (or pkey) -inform DER");
  if (text.starts_with(k_byte_order_mark))  // Istio would not find the block behind it
    refuse("begins with a byte order mark", "save it as UTF-8 without one");
  m_text = SecretText(with_line_feeds(text));
  scan(m_text.reveal());
}

void Pem::scan(std::string_view text) {
  std::size_t begun = std::string_view::npos;
  std::string_view label;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = trimmed(text.substr(at, end - at));
    if (line.starts_with(k_end) && line.find(k_begin) != line.npos)
      refuse("joins two blocks without a line break", "begin a new line at each -----BEGIN");
    if (begun == std::string_view::npos) {
      label = label_of(line, k_begin);
      if (!label.empty())
        begun = at;
      else if (!line.empty() && m_outside.empty())
        m_outside = line;
    } else if (label_of(line, k_end) == label) {
      m_blocks.push_back({label, text.substr(begun, end - begun)});
      begun = std::string_view::npos;
    } else if (line.starts_with(k_begin)) {
      break;
    }
    at = end;
  }
  if (begun != std::string_view::npos)
    refuse("is cut off: a block has no -----END " + std::string(label) + "-----",
           "copy the whole file again");
}

std::vector<Pem::Block> Pem::certificates() const {
  std::vector<Block> some;
  std::copy_if(m_blocks.begin(), m_blocks.end(), std::back_inserter(some),
               [](const Block& block) { return block.is_certificate(); });
  return some;
}

std::vector<Pem::Block> Pem::keys() const {
  std::vector<Block> some;
  std::copy_if(m_blocks.begin(), m_blocks.end(), std::back_inserter(some),
               [](const Block& block) { return block.is_key(); });
  return some;
}

void Pem::require_clean() const {
  // What stands there is not repeated: it may be half a key.
  if (!m_outside.empty() && !m_blocks.empty())
    refuse("holds text outside of its PEM blocks",
           "keep only the blocks: openssl x509 (or pkey) -in FILE -out CLEAN-FILE");
}

void Pem::refuse(const std::string& why, const std::string& hint) const {
  throw Failure("invalid-input", m_what + " " + why, hint);
}

}  // namespace mesh::certs
