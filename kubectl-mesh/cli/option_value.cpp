#include "cli/option_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "mesh/problem.hpp"
#include "mesh/time.hpp"

namespace mesh {

namespace {

using Milliseconds = std::int64_t;
using Unit = std::pair<std::string_view, Milliseconds>;

constexpr Milliseconds k_year = Milliseconds{365} * 86'400'000;
constexpr Milliseconds k_longest = 1000 * k_year;

// Longer names first: "ms" is no "m" with an "s" behind it.
constexpr std::array<Unit, 7> k_units{{{"ms", 1},
                                       {"s", 1000},
                                       {"m", 60'000},
                                       {"h", 3'600'000},
                                       {"d", 86'400'000},
                                       {"w", 604'800'000},
                                       {"y", k_year}}};

/// One "90m" at the front of `text`, which is shortened by it.
std::optional<Milliseconds> take_span(std::string_view& text) {
  Milliseconds count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  const auto* unit = std::find_if(k_units.begin(), k_units.end(),
                                  [&](const Unit& row) { return text.starts_with(row.first); });
  if (unit == k_units.end() || count > k_longest / unit->second) return std::nullopt;
  text.remove_prefix(unit->first.size());
  return count * unit->second;
}

[[noreturn]] void refuse(const Option& option, const std::string& word, const std::string& why,
                         const std::string& hint) {
  const std::string shown = is_secret_name(option.name) ? "the value" : "\"" + word + "\"";
  throw Failure("usage", "--" + option.name + ": " + shown + " " + why, hint);
}

void check_choice(const Option& option, const std::string& word) {
  const std::vector<std::string>& choices = option.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), word) != choices.end()) return;
  const std::string near = nearest(word, choices);
  refuse(option, word, "is none of " + join(choices, ", "),
         near.empty() ? "" : "did you mean " + near + "?");
}

Json read_flag(const Option& option, const std::string& word) {
  if (word == "true") return true;
  if (word == "false") return false;
  refuse(option, word, "is neither true nor false", "leave the value out for true");
}

Json read_whole_number(const Option& option, const std::string& word) {
  const std::optional<std::int64_t> number = read_number(word);
  if (!number) refuse(option, word, "is not a whole number", "");
  return *number;
}

Json read_span(const Option& option, const std::string& word) {
  if (!read_duration(word)) {
    refuse(option, word, "is not a duration", "write it as 90m, 36h, 30d or 10y");
  }
  return word;
}

Json read_path(const Option& option, const std::string& word) {
  if (word.empty()) refuse(option, word, "is not a path", "");
  return word;
}

Json read_text(const Option&, const std::string& word) {
  return word;
}

struct Reader {
  OptionType type;
  Json (*read)(const Option&, const std::string&);
};
constexpr std::array<Reader, 5> k_readers{{{OptionType::text, read_text},
                                           {OptionType::number, read_whole_number},
                                           {OptionType::flag, read_flag},
                                           {OptionType::duration, read_span},
                                           {OptionType::path, read_path}}};

}  // namespace

Json read_option(const Option& option, const std::string& word) {
  check_choice(option, word);
  const auto* reader = std::find_if(k_readers.begin(), k_readers.end(),
                                    [&](const Reader& row) { return row.type == option.type; });
  return reader->read(option, word);
}

std::optional<std::int64_t> read_number(const std::string& text) {
  std::int64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

std::optional<std::chrono::milliseconds> read_timeout(const std::string& text) {
  if (const std::optional<std::int64_t> seconds = read_number(text)) {
    if (*seconds < 0 || *seconds > k_longest / 1000) return std::nullopt;
    return std::chrono::seconds(*seconds);
  }
  std::string_view rest = text;
  Milliseconds sum = 0;
  do {
    const std::optional<Milliseconds> span = take_span(rest);
    if (!span) return std::nullopt;
    sum = std::min(sum + *span, k_longest);
  } while (!rest.empty());
  return std::chrono::milliseconds(sum);
}

bool is_secret_name(const std::string& name) {
  constexpr std::array<std::string_view, 4> k_endings{"token", "password", "passphrase", "secret"};
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::any_of(k_endings.begin(), k_endings.end(),
                     [&](std::string_view ending) { return lower.ends_with(ending); });
}

}  // namespace mesh
