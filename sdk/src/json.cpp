#include "mesh/json.hpp"

#include "mesh/problem.hpp"

template class nlohmann::basic_json<>;

namespace mesh {

Json parse_json(std::string_view text, std::string_view what, int depth_max) {
  // The parser itself does not recurse, but copying and freeing a value does: depth is refused
  // here.
  const auto guard = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > depth_max) {
      throw Failure("invalid-document", std::string(what) + " nests deeper than " +
                                            std::to_string(depth_max) + " levels");
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), guard);
  } catch (const Json::exception& error) {
    throw Failure("invalid-document", std::string(what) + " is not valid JSON: " + error.what());
  }
}

std::string to_text(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mesh
