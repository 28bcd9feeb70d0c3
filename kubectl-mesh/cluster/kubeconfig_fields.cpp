#include "cluster/kubeconfig_fields.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mesh/problem.hpp"

namespace mesh {

Fields::Fields(const Json& object, std::string where, std::vector<std::string>& warnings)
    : m_object(object), m_where(std::move(where)), m_warnings(warnings) {
  if (!object.is_object()) refuse("is not a mapping");
}

void Fields::refuse(const std::string& what) const {
  throw Failure("invalid-kubeconfig", m_where + " " + what, "look at it with kubectl config view");
}

const Json* Fields::find(const char* name) {
  m_asked.emplace_back(name);
  const auto value = m_object.find(name);
  return value == m_object.end() || value->is_null() ? nullptr : &*value;
}

bool Fields::has(const char* name) {
  return find(name) != nullptr;
}

std::string Fields::text(const char* name) {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_string()) refuse(std::string("has a ") + name + " that is not a text");
  return value->get<std::string>();
}

std::string Fields::meant_text(const char* name) {
  std::string value = text(name);
  if (value.empty() && has(name)) refuse(std::string("has a ") + name + " that is empty");
  return value;
}

bool Fields::flag(const char* name) {
  const Json* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) refuse(std::string("has a ") + name + " that is not true or false");
  return value->get<bool>();
}

std::vector<std::string> Fields::texts(const char* name) {
  std::vector<std::string> list;
  for (const Json& entry : array(name)) {
    if (!entry.is_string()) refuse(std::string("has a ") + name + " that is not a list of texts");
    list.push_back(entry.get<std::string>());
  }
  return list;
}

Json Fields::array(const char* name) {
  const Json* value = find(name);
  if (value == nullptr) return Json::array();
  if (!value->is_array()) refuse(std::string("has a ") + name + " that is not a list");
  return *value;
}

Json Fields::object(const char* name) {
  const Json* value = find(name);
  if (value == nullptr) return Json::object();
  if (!value->is_object()) refuse(std::string("has a ") + name + " that is not a mapping");
  return *value;
}

void Fields::finish(std::initializer_list<const char*> ignored) {
  std::vector<std::string> known = m_asked;
  known.insert(known.end(), ignored.begin(), ignored.end());
  for (const auto& [name, value] : m_object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest(name, known);
    m_warnings.push_back(m_where + " has a field \"" + escape_terminal(name) +
                         "\" that nobody knows" +
                         (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }
}

}  // namespace mesh
