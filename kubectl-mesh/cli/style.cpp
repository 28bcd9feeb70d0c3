#include "cli/style.hpp"

#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace mesh {

namespace {

std::string_view environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

/// The character set of the locale, by POSIX's order of the variables.
bool is_utf8() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view locale = environment(variable);
    if (locale.empty()) continue;
    for (const char* name : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
      if (locale.find(name) != std::string_view::npos) return true;
    }
    return false;
  }
  return false;
}

}  // namespace

Style decide_style(ColorMode mode) {
  const std::string_view term = environment("TERM");
  const bool dumb = term.empty() || term == "dumb";
  const bool out = ::isatty(STDOUT_FILENO) == 1;
  const bool wanted = std::getenv("NO_COLOR") == nullptr && !dumb && out;
  Style style;
  style.color = mode == ColorMode::always || (mode == ColorMode::automatic && wanted);
  style.symbols = out && !dumb && is_utf8();
  style.terminal = ::isatty(STDERR_FILENO) == 1 && !dumb && std::getenv("CI") == nullptr;
  return style;
}

Style style_of(const Invocation& invocation) {
  Style style = decide_style(invocation.color);
  style.headers = !invocation.no_headers;
  return style;
}

std::string colored(const std::string& text, Color color, const Style& style) {
  if (!style.color) return text;
  return "\x1b[" + std::to_string(static_cast<int>(color)) + "m" + text + "\x1b[0m";
}

}  // namespace mesh
