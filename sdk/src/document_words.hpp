#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "mesh/documents.hpp"

// The words that stand for our enumerations in documents: one table each, read both ways.

namespace mesh::words {

template <typename Value, std::size_t Count>
using Table = std::array<std::pair<std::string_view, Value>, Count>;

inline constexpr Table<OptionType, 5> k_option_types{{{"text", OptionType::text},
                                                      {"number", OptionType::number},
                                                      {"flag", OptionType::flag},
                                                      {"duration", OptionType::duration},
                                                      {"path", OptionType::path}}};

inline constexpr Table<ActionType, 8> k_action_types{{{"store", ActionType::store},
                                                      {"apply", ActionType::apply},
                                                      {"edit", ActionType::edit},
                                                      {"delete", ActionType::remove},
                                                      {"run", ActionType::run},
                                                      {"wait", ActionType::wait},
                                                      {"restart", ActionType::restart},
                                                      {"prove", ActionType::prove}}};

inline constexpr Table<Until, 5> k_untils{{{"value", Until::value},
                                           {"present", Until::present},
                                           {"condition", Until::condition},
                                           {"rollout", Until::rollout},
                                           {"gone", Until::gone}}};

inline constexpr Table<Severity, 5> k_severities{{{"pass", Severity::pass},
                                                  {"info", Severity::info},
                                                  {"warning", Severity::warning},
                                                  {"failure", Severity::failure},
                                                  {"skipped", Severity::skipped}}};

constexpr const auto& table(OptionType) {
  return k_option_types;
}
constexpr const auto& table(ActionType) {
  return k_action_types;
}
constexpr const auto& table(Until) {
  return k_untils;
}
constexpr const auto& table(Severity) {
  return k_severities;
}

template <typename Value>
constexpr std::string_view of(Value value) {
  for (const auto& [word, entry] : table(value)) {
    if (entry == value) return word;
  }
  return {};
}

/// Throws Failure("invalid-document") naming the field.
template <typename Value>
Value read(std::string_view text, const char* field) {
  for (const auto& [word, entry] : table(Value{})) {
    if (word == text) return entry;
  }
  throw Failure("invalid-document",
                std::string(field) + " \"" + std::string(text) + "\" is not known");
}

}  // namespace mesh::words
