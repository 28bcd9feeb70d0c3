#include "mesh/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace mesh {

namespace {

using std::chrono::milliseconds;
using std::chrono::sys_time;

constexpr std::array<std::pair<char, std::int64_t>, 6> k_units{
    {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}, {'y', 365 * 86400}}};
constexpr std::int64_t k_longest = std::int64_t{1000} * 365 * 86400;

constexpr std::string_view k_shape = "0000-00-00T00:00:00";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A digit for each 0 of the shape, the same character elsewhere.
bool has_shape(std::string_view text) {
  return std::equal(k_shape.begin(), k_shape.end(), text.begin(),
                    [](char want, char is) { return want == '0' ? is_digit(is) : want == is; });
}

int number_at(std::string_view text, std::size_t at, std::size_t length) {
  int number = 0;
  std::from_chars(text.data() + at, text.data() + at + length, number);
  return number;
}

/// ".123Z", "Z": what follows the whole seconds.
std::optional<milliseconds> read_fraction(std::string_view text) {
  if (text.empty() || text.back() != 'Z') return std::nullopt;
  text.remove_suffix(1);
  if (text.empty()) return milliseconds(0);
  const std::string_view digits = text.substr(1);
  const bool valid = text.front() == '.' && !digits.empty() && digits.size() <= 9 &&
                     std::all_of(digits.begin(), digits.end(), is_digit);
  if (!valid) return std::nullopt;
  const std::string padded = std::string(digits) + "00";
  return milliseconds(number_at(padded, 0, 3));
}

}  // namespace

std::string time_text(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string time_text(sys_time<milliseconds> time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  std::string text = time_text(std::chrono::sys_seconds(whole));
  text.back() = '.';
  return text + std::to_string(1000 + (time - whole).count()).substr(1) + "Z";
}

std::optional<sys_time<milliseconds>> read_time(std::string_view text) {
  if (text.size() <= k_shape.size() || !has_shape(text)) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(number_at(text, 0, 4)),
      std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
      std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2)))};
  const int hour = number_at(text, 11, 2), minute = number_at(text, 14, 2),
            second = number_at(text, 17, 2);
  const std::optional<milliseconds> fraction = read_fraction(text.substr(k_shape.size()));
  // 60: a leap second.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || !fraction) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + *fraction;
}

std::optional<std::chrono::seconds> read_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end + 1 != text.data() + text.size()) return std::nullopt;
  const auto* unit = std::find_if(k_units.begin(), k_units.end(),
                                  [last = *end](const auto& row) { return row.first == last; });
  if (unit == k_units.end() || count < 0 || count > k_longest / unit->second) return std::nullopt;
  return std::chrono::seconds(count * unit->second);
}

}  // namespace mesh
