#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// One code point and how many bytes it took; `valid` is false for a byte that is no UTF-8.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 1;
  bool valid = false;
};

CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
  std::uint32_t value = first & (0xffU >> (length + 1));
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0U) != 0x80U) return {};
    value = (value << 6U) | (byte(at) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> k_least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < k_least[length] || surrogate || value > 0x10ffff) return {};
  return {value, length, true};
}

using Range = std::pair<std::uint32_t, std::uint32_t>;

template <std::size_t Count>
bool in_ranges(std::uint32_t value, const std::array<Range, Count>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return value >= range.first && value <= range.second;
  });
}

// What could move the cursor, hide text or turn it around: controls, zero-width and invisible
// characters, bidi, byte order mark, tags.
constexpr std::array<Range, 15> k_dangerous{{{0x00, 0x1f},
                                             {0x7f, 0x9f},
                                             {0xad, 0xad},
                                             {0x61c, 0x61c},
                                             {0x115f, 0x1160},
                                             {0x17b4, 0x17b5},
                                             {0x180e, 0x180e},
                                             {0x200b, 0x200f},
                                             {0x2028, 0x202e},
                                             {0x2060, 0x206f},
                                             {0x3164, 0x3164},
                                             {0xfeff, 0xfeff},
                                             {0xfff9, 0xfffb},
                                             {0xfffe, 0xffff},
                                             {0xe0000, 0xe007f}}};
// East Asian Wide and Fullwidth, and emoji, as terminals draw them.
constexpr std::array<Range, 9> k_wide{{{0x1100, 0x115f},
                                       {0x2e80, 0x303e},
                                       {0x3041, 0xa4cf},
                                       {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},
                                       {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},
                                       {0x1f300, 0x1faff},
                                       {0x20000, 0x3fffd}}};
constexpr std::array<Range, 3> k_combining{{{0x300, 0x36f}, {0x1ab0, 0x1aff}, {0xfe00, 0xfe0f}}};

std::string escape(std::uint32_t value, const char* form, int digits) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text = form;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    text.push_back(k_digits[(value >> static_cast<unsigned>(shift)) & 0xfU]);
  }
  return text;
}

/// Optimal string alignment: a swap of neighbours is one edit, as mistyped words have it.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string escape_terminal(std::string_view text, bool multiline) {
  std::string safe;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    const bool layout = multiline && (point.value == '\n' || point.value == '\t');
    if (!point.valid) {
      safe += escape(static_cast<unsigned char>(text.front()), "\\x", 2);
    } else if (!layout && in_ranges(point.value, k_dangerous)) {
      safe += point.value < 0x100     ? escape(point.value, "\\x", 2)
              : point.value < 0x10000 ? escape(point.value, "\\u", 4)
                                      : escape(point.value, "\\U", 8);
    } else {
      safe.append(text.substr(0, point.length));
    }
    text.remove_prefix(point.length);
  }
  return safe;
}

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  while (!utf8.empty()) {
    const CodePoint point = decode(utf8);
    if (!in_ranges(point.value, k_combining)) width += in_ranges(point.value, k_wide) ? 2 : 1;
    utf8.remove_prefix(point.length);
  }
  return width;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = word.size() > 8 ? 4 : 3;  // one more than what is near
  for (const std::string& candidate : candidates) {
    if (word.size() > candidate.size() + least) continue;  // far, and costly to measure
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least && distance < candidate.size()) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find(separator, begin);
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) break;
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    if (index > 0) text += separator;
    text += parts[index];
  }
  return text;
}

}  // namespace mesh
