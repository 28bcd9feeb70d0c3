#include "cli/document_text.hpp"

namespace mesh {

std::string document_text(const Json& document, OutputFormat format) {
  if (format == OutputFormat::yaml) return to_yaml(document);
  return document.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace mesh
