#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "mesh/json.hpp"

namespace mesh {

/// One mapping of a kubeconfig, read as client-go would: a field may be left out or be null, one of
/// another type (a token that YAML reads as a number, say) is an error, and one that nobody knows
/// is a warning. Throws Failure("invalid-kubeconfig") that names the place.
class Fields {
 public:
  Fields(const Json& object, std::string where, std::vector<std::string>& warnings);

  std::string text(const char* name);
  /// A text that must not be empty if it is there: a forgotten value must not mean "nobody".
  std::string meant_text(const char* name);
  bool flag(const char* name);
  std::vector<std::string> texts(const char* name);
  Json array(const char* name);
  Json object(const char* name);
  bool has(const char* name);
  /// Warns of every field that was not asked for, but for `ignored`.
  void finish(std::initializer_list<const char*> ignored);

  const std::string& where() const { return m_where; }
  std::vector<std::string>& warnings() { return m_warnings; }
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  const Json* find(const char* name);

  const Json& m_object;
  std::string m_where;
  std::vector<std::string>& m_warnings;
  std::vector<std::string> m_asked;
};

}  // namespace mesh
