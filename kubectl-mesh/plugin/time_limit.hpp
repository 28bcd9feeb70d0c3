#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancel.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// What a verb's `timeoutSeconds` in the manifest makes of the time that it is given.
class TimeLimit {
 public:
  TimeLimit(const PluginEntry& plugin, const Extension& extension, std::string_view verb,
            Deadline given);

  Deadline deadline() const { return m_deadline; }
  /// The Problem that the operator reads in place of `problem`, if it was this limit that passed.
  Problem explained(Problem problem) const;

 private:
  std::optional<std::int64_t> m_timeout;  ///< in seconds
  Deadline m_given;
  Deadline m_deadline;
  std::string m_asked;  ///< "plugin corp-ca 1.0.0 did not finish ca/1:corp-ca issue"
};

}  // namespace mesh
