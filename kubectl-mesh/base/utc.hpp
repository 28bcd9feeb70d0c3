#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mesh {

using Moment = std::chrono::system_clock::time_point;

/// RFC 3339 without fraction and zone, as strftime and strptime have it.
inline constexpr const char* k_rfc3339 = "%Y-%m-%dT%H:%M:%S";

/// In UTC, by a format of strftime.
std::string utc_text(Moment moment, const char* format);

struct UtcText {
  Moment moment;          ///< whole seconds
  std::string_view rest;  ///< what follows in the text that was read
};
/// By a format of strptime; nullopt: the text does not begin so.
std::optional<UtcText> read_utc(const std::string& text, const char* format);

}  // namespace mesh
