#include "mesh/json.hpp"

#include <algorithm>

#include "mesh/problem.hpp"

template class nlohmann::basic_json<>;

namespace mesh {

namespace {

/// How deep the brackets outside of strings nest. Counted before parsing: the parser's own callback
/// costs as much again as the parsing.
int depth_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (quoted) {
      if (c == '\\') ++at;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what, int depth_max) {
  // The parser itself does not recurse, but copying and freeing a value does: depth is refused
  // here.
  if (depth_of(text) > depth_max) {
    throw Failure("invalid-document", std::string(what) + " nests deeper than " +
                                          std::to_string(depth_max) + " levels");
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
