#include "base/yaml_long_texts.hpp"

#include <charconv>
#include <cstdint>
#include <sys/random.h>

namespace mesh {

namespace {

constexpr std::size_t k_long = 64;  // longer than the longest number that could be meant

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_plain(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') ||
         std::string_view("+/=_-.").find(c) != std::string_view::npos;
}

/// Where the long text that begins at `from` ends; `from` if there is none.
std::size_t end_of_long_text(std::string_view text, std::size_t from) {
  if (!is_letter(text[from])) return from;
  std::size_t end = from;
  while (end < text.size() && is_plain(text[end])) ++end;
  const std::string_view rest = text.substr(end);
  const bool ends_line = rest.empty() || rest.starts_with('\n') || rest.starts_with("\r\n");
  return ends_line && end - from >= k_long ? end : from;
}

/// Letters only; "" if there is no randomness: then nothing is taken out.
std::string new_name() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) return {};
  std::string name = "long";
  for (; random != 0; random >>= 4U) name += static_cast<char>('a' + (random & 0xfU));
  return name + "Z";
}

}  // namespace

std::string LongTexts::take_out(std::string_view text) {
  m_name = new_name();
  if (m_name.empty() || text.find(m_name) != std::string_view::npos) return std::string(text);
  std::string left;
  std::size_t copied = 0;
  // A space at the very end has nothing behind it; no space at all is further still.
  const std::size_t last = text.empty() ? 0 : text.size() - 1;
  for (std::size_t space = text.find(' '); space < last; space = text.find(' ', space + 1)) {
    const std::size_t end = end_of_long_text(text, space + 1);
    if (end == space + 1) continue;
    left += text.substr(copied, space + 1 - copied);
    left += m_name + std::to_string(m_texts.size()) + "Z";
    m_texts.emplace_back(text.substr(space + 1, end - space - 1));
    copied = end;
  }
  return left += text.substr(copied);
}

std::string LongTexts::put_back(const std::string& scalar) const {
  if (m_texts.empty()) return scalar;
  std::string whole;
  std::size_t copied = 0;
  for (std::size_t at = scalar.find(m_name); at != std::string::npos;
       at = scalar.find(m_name, copied)) {
    std::size_t number = 0;
    const char* digits = scalar.data() + at + m_name.size();
    const char* end = std::from_chars(digits, scalar.data() + scalar.size(), number).ptr;
    whole.append(scalar, copied, at - copied).append(m_texts.at(number));
    copied = static_cast<std::size_t>(end - scalar.data()) + 1;
  }
  return whole.append(scalar, copied);
}

}  // namespace mesh
