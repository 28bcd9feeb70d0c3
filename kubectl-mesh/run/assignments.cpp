#include "run/assignments.hpp"

#include "mesh/problem.hpp"

namespace mesh {

void set_all(Json& settings, const std::vector<std::string>& assignments) {
  for (const std::string& assignment : assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Failure("usage", "--set " + assignment + ": write key=value");
    }
    settings[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
}

}  // namespace mesh
