#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

// Times and durations as documents and settings have them; see sdk/schemas/time.json.

namespace mesh {

/// Returns RFC 3339 in UTC: "2026-12-01T06:00:00Z".
std::string time_text(std::chrono::sys_seconds time);
/// The same with three digits of a fraction.
std::string time_text(std::chrono::sys_time<std::chrono::milliseconds> time);
/// Reads what time.json allows, to the millisecond. Returns nothing for other text.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> read_time(std::string_view text);

/// Reads what the operator writes as a duration: a number and one unit of s, m, h, d, w or y (365
/// days), at most 1000 years. Returns nothing for other text.
std::optional<std::chrono::seconds> read_duration(std::string_view text);

}  // namespace mesh
