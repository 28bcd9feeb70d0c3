#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "mesh/problem.hpp"

namespace mesh {

/// Several problems at once, all of which the operator should see before he tries again.
class Refusal : public std::exception {
 public:
  explicit Refusal(std::vector<Problem> problems) : m_problems(std::move(problems)) {}
  const std::vector<Problem>& problems() const { return m_problems; }
  const char* what() const noexcept override { return "refused"; }

 private:
  std::vector<Problem> m_problems;
};

}  // namespace mesh
