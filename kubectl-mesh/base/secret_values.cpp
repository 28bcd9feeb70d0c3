#include "base/secret_values.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <vector>

#include "mesh/base64.hpp"
#include "mesh/json.hpp"

namespace mesh {

namespace {

struct Kept {
  std::mutex mutex;
  std::map<std::string, std::string> values;  ///< by reference
  std::vector<std::string> forms;             ///< the longest first
};

Kept& kept() {
  static Kept all;
  return all;
}

/// The characters of base64 that stand for bits of `value` only, where `before` bytes precede it in
/// what was encoded: "user:TOKEN" of Basic authentication has none of those of "TOKEN".
std::string base64_core(const std::string& value, std::size_t before) {
  constexpr std::size_t k_bits = 6;
  const std::size_t first = (before * 8 + k_bits - 1) / k_bits;
  const std::size_t end = (before + value.size()) * 8 / k_bits;
  return base64_encode(std::string(before, '\0') + value).substr(first, end - first);
}

std::string for_url(std::string base64) {
  std::replace(base64.begin(), base64.end(), '+', '-');
  std::replace(base64.begin(), base64.end(), '/', '_');
  return base64;
}

std::string percent_encoded(const std::string& value, std::string_view digits) {
  constexpr std::string_view k_plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string text;
  for (const char letter : value) {
    if (k_plain.find(letter) != k_plain.npos) {
      text += letter;
      continue;
    }
    const auto byte = static_cast<unsigned char>(letter);
    text += {'%', digits[byte / 16], digits[byte % 16]};
  }
  return text;
}

std::string json_escaped(const std::string& value, bool ascii) {
  const std::string quoted = Json(value).dump(-1, ' ', ascii);
  return quoted.substr(1, quoted.size() - 2);
}

using Escape = std::pair<char, std::string_view>;

template <std::size_t Count>
std::string escaped(const std::string& value, const std::array<Escape, Count>& escapes) {
  std::string text;
  for (const char letter : value) {
    const auto row = std::find_if(escapes.begin(), escapes.end(),
                                  [&](const Escape& escape) { return escape.first == letter; });
    text += row == escapes.end() ? std::string(1, letter) : std::string(row->second);
  }
  return text;
}

std::vector<std::string> forms_of(const std::string& value) {
  constexpr std::array<Escape, 1> k_yaml{{{'\'', "''"}}};
  constexpr std::array<Escape, 5> k_xml{
      {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}}};
  std::vector<std::string> forms{value,
                                 json_escaped(value, false),
                                 json_escaped(value, true),
                                 escaped(value, k_yaml),
                                 escaped(value, k_xml),
                                 percent_encoded(value, "0123456789ABCDEF"),
                                 percent_encoded(value, "0123456789abcdef")};
  for (const std::size_t before : {0U, 1U, 2U}) {
    forms.push_back(base64_core(value, before));
    forms.push_back(for_url(forms.back()));
  }
  return forms;
}

}  // namespace

void keep_secret_value(const std::string& reference, const std::string& value) {
  Kept& all = kept();
  const std::scoped_lock lock(all.mutex);
  all.values[reference] = value;
  for (std::string& form : forms_of(value)) {
    if (std::find(all.forms.begin(), all.forms.end(), form) == all.forms.end())
      all.forms.push_back(std::move(form));
  }
  // A value that is a part of another one must not leave the rest of that one.
  std::sort(all.forms.begin(), all.forms.end(),
            [](const auto& left, const auto& right) { return left.size() > right.size(); });
}

std::optional<std::string> kept_secret_value(const std::string& reference) {
  Kept& all = kept();
  const std::scoped_lock lock(all.mutex);
  const auto found = all.values.find(reference);
  return found == all.values.end() ? std::nullopt : std::optional(found->second);
}

bool is_kept_secret_value(std::string_view value) {
  Kept& all = kept();
  const std::scoped_lock lock(all.mutex);
  return std::any_of(all.values.begin(), all.values.end(),
                     [&](const auto& entry) { return entry.second == value; });
}

bool keeps_secret_values() {
  Kept& all = kept();
  const std::scoped_lock lock(all.mutex);
  return !all.values.empty();
}

bool shows_secret_value(std::string_view text) {
  Kept& all = kept();
  const std::scoped_lock lock(all.mutex);
  return std::any_of(all.forms.begin(), all.forms.end(),
                     [&](const std::string& form) { return text.find(form) != text.npos; });
}

std::string without_secret_values(std::string text) {
  Kept& all = kept();
  const std::scoped_lock lock(all.mutex);
  for (const std::string& form : all.forms) {
    for (std::size_t at = text.find(form); at != text.npos; at = text.find(form, at)) {
      text.replace(at, form.size(), k_masked);
      at += k_masked.size();
    }
  }
  return text;
}

}  // namespace mesh
