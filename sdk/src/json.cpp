#include "mesh/json.hpp"

#include <algorithm>

#include "mesh/problem.hpp"

template class nlohmann::basic_json<>;

namespace mesh {

namespace {

/// Each takes some hundred bytes, however few it has in the text: without a limit, what a plugin
/// answers could fill the host's memory.
constexpr std::size_t k_values_max = std::size_t{4} << 20U;

struct Shape {
  int depth = 0;           ///< how deep the brackets outside of strings nest
  std::size_t values = 1;  ///< at most so many
};

/// Looked at before parsing: the parser's own callback costs as much again as the parsing.
Shape shape_of(std::string_view text) {
  Shape shape;
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (quoted) {
      if (c == '\\') ++at;
    } else if (c == '{' || c == '[') {
      shape.depth = std::max(shape.depth, ++depth);
      ++shape.values;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',') {
      ++shape.values;
    }
  }
  return shape;
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what, int depth_max) {
  // The parser itself does not recurse, but copying and freeing a value does: depth is refused
  // here.
  const Shape shape = shape_of(text);
  if (shape.depth > depth_max) {
    throw Failure("invalid-document", std::string(what) + " nests deeper than " +
                                          std::to_string(depth_max) + " levels");
  }
  if (shape.values > k_values_max) {
    throw Failure("invalid-document",
                  std::string(what) + " has more than " + std::to_string(k_values_max) + " values");
  }
  // The parser takes one for the end, and would not look at what stands behind it.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    throw Failure("invalid-document", std::string(what) + " is not valid JSON: byte " +
                                          std::to_string(nul + 1) + " is NUL");
  }
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::exception& error) {
    throw Failure("invalid-document", std::string(what) + " is not valid JSON: " + error.what());
  }
}

Json json_or_null(std::string_view text) try {
  return parse_json(text, "the text");
} catch (const Failure&) {
  return nullptr;
}

std::string to_text(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mesh
