#include "plan/quantity.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace mesh {

namespace {

constexpr std::array<std::pair<std::string_view, long double>, 16> k_suffixes{
    {{"", 1.0L},
     {"n", 1e-9L},
     {"u", 1e-6L},
     {"m", 1e-3L},
     {"k", 1e3L},
     {"M", 1e6L},
     {"G", 1e9L},
     {"T", 1e12L},
     {"P", 1e15L},
     {"E", 1e18L},
     {"Ki", 1024.0L},
     {"Mi", 1024.0L * 1024},
     {"Gi", 1024.0L * 1024 * 1024},
     {"Ti", 1024.0L * 1024 * 1024 * 1024},
     {"Pi", 1024.0L * 1024 * 1024 * 1024 * 1024},
     {"Ei", 1024.0L * 1024 * 1024 * 1024 * 1024 * 1024}}};

}  // namespace

std::optional<long double> quantity(const std::string& text) {
  const std::size_t sign = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const char* begin = text.data() + sign;
  const char* end = text.data() + text.size();
  if (begin == end || (*begin != '.' && (*begin < '0' || *begin > '9'))) return std::nullopt;
  long double number = 0;
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view suffix(stop, static_cast<std::size_t>(end - stop));
  for (const auto& [name, factor] : k_suffixes) {
    if (name == suffix) return (text[0] == '-' ? -number : number) * factor;
  }
  return std::nullopt;
}

}  // namespace mesh
