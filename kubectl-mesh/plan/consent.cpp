#include "plan/consent.hpp"

#include <algorithm>
#include <fnmatch.h>

#include "base/digest.hpp"

namespace mesh {

namespace {

/// All that decides what a write does. A removal is one, whatever the object holds by then.
std::string digest_of(const Step& step) {
  const Action& action = step.action;
  const Json content{
      to_string(action.type), action.cluster,   to_json(step.ref), action.object,
      action.patch,           action.program,   action.arguments,  action.input,
      action.file.folder,     action.file.name, action.file.data,
  };
  return sha256_hex(to_text(content));
}

bool fits(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool fits(const Announcement& announced, const Step& step) {
  const ObjectRef& wanted = announced.target;
  return announced.type == step.action.type && announced.cluster == step.action.cluster &&
         fits(wanted.api_version, step.ref.api_version) && fits(wanted.kind, step.ref.kind) &&
         fits(wanted.name_space, step.ref.name_space) && fits(wanted.name, step.ref.name) &&
         fits(announced.program, step.action.program) &&
         fits(announced.file, step.action.file.name);
}

}  // namespace

std::string acceptance_of(const Step& step) {
  if (step.action.type == ActionType::run) return "program " + step.action.program;
  if (step.action.type == ActionType::store) return "file " + step.action.file.name;
  return to_string(step.ref);
}

Consent::Consent(std::vector<std::string> accepted) : m_accepted(std::move(accepted)) {}

void Consent::add(const std::vector<Step>& steps, const std::vector<Announcement>& announced) {
  m_announced.insert(m_announced.end(), announced.begin(), announced.end());
  for (const Step& step : steps) {
    if (step.writes()) m_shown.insert(digest_of(step));
  }
}

std::vector<Step> Consent::beyond(const std::vector<Step>& steps) const {
  std::vector<Step> found;
  for (const Step& step : steps) {
    if (step.writes() && !covers(step)) found.push_back(step);
  }
  return found;
}

bool Consent::covers(const Step& step) const {
  const std::string name = acceptance_of(step);
  const bool accepted = std::any_of(
      m_accepted.begin(), m_accepted.end(),
      [&](const std::string& one) { return one == name || name.starts_with(one + " "); });
  return accepted ||
         std::any_of(m_announced.begin(), m_announced.end(),
                     [&](const Announcement& one) { return fits(one, step); }) ||
         m_shown.contains(digest_of(step));
}

}  // namespace mesh
