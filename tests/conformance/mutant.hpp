#pragma once

#include <string>
#include <string_view>

#include "mesh/json.hpp"
#include "mesh/plugin.h"

// A plugin of every point that keeps all rules, or breaks the one whose id is written into it.

namespace mutant {

using Json = nlohmann::json;

/// Whether this copy of the library breaks a rule.
bool breaks(std::string_view rule);
/// What follows the + of it: "owner" of "plan/stores+owner".
std::string way();
/// The same, in one of several ways: "plan/stores+owner".
bool breaks(std::string_view rule, std::string_view way);

/// One invoke: what was asked, and the host.
struct Call {
  const mesh_host* host;
  std::string verb;
  Json request;

  Json ask(const char* service, const char* verb, const Json& document) const;
  /// The code of the host; `reply` is what it answered.
  std::int32_t call(const char* service, const char* verb, const Json& document,
                    std::string& reply) const;
  /// Null if it is not there.
  Json object(const std::string& cluster, const char* api, const char* kind, const char* space,
              const char* name) const;
};

/// A Problem on its way to the edge.
struct Refused {
  std::string message;
};

/// Of its secret setting.
std::string token_of(const Call& call);
Json plan_of(Json actions);
Json action(const char* type, const std::string& cluster);

Json command(const Call& call);
Json ca(const Call& call);
Json dns(const Call& call);
Json exposure(const Call& call);
Json check(const Call& call);
Json helm_driver(const Call& call);
Json overview(const Call& call);
Json manifest();

}  // namespace mutant
