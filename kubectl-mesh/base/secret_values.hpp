#pragma once

#include <optional>
#include <string>
#include <string_view>

// Values of settings with "format": "secret". No text that leaves the host has one of them.

namespace mesh {

/// Stands for what was removed.
inline constexpr std::string_view k_masked = "<masked>";

/// Keeps the value of a reference ("env:TOKEN") until the process exits: the whole run gets the
/// same value, also after the file has changed.
void keep_secret_value(const std::string& reference, const std::string& value);
/// Returns nothing for a reference that was not resolved yet.
std::optional<std::string> kept_secret_value(const std::string& reference);
bool is_kept_secret_value(std::string_view value);
bool keeps_secret_values();

/// Whether a text has a kept value as it is, in base64 (also as a part of what was encoded), in
/// percent encoding, or as JSON, YAML or XML escape it.
bool shows_secret_value(std::string_view text);
/// Returns the text with "<masked>" in place of each.
std::string without_secret_values(std::string text);

}  // namespace mesh
