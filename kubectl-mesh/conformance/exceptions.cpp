#include "conformance/surroundings.hpp"

// What the run times of languages cannot keep. The words are those of the manifest's `language`.

namespace mesh::conformance {

const std::vector<Exception>& exceptions() {
  static const std::vector<Exception> rows{
      {"go", "surroundings/signals",
       "Go's run time has a handler for each signal; in the helper process these are nobody else's",
       ignores_no_signal}};
  return rows;
}

}  // namespace mesh::conformance
