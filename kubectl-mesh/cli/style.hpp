#pragma once

#include "cli/invocation.hpp"

namespace mesh {

/// What the terminal can show, and the operator wants to see; decided once.
struct Style {
  bool color = false;     ///< of stdout
  bool symbols = false;   ///< stdout is a terminal that knows more than ASCII
  bool terminal = false;  ///< stderr is one: progress is drawn
  bool headers = true;    ///< of tables
};
/// NO_COLOR (whatever its value), TERM=dumb and CI are honoured; --color=always outweighs them.
Style decide_style(ColorMode mode);
/// The same for a command line.
Style style_of(const Invocation& invocation);

enum class Color { red = 31, green = 32, yellow = 33, cyan = 36, gray = 90 };
/// The text in that colour, or as it is if the style has none.
std::string colored(const std::string& text, Color color, const Style& style);

}  // namespace mesh
