#pragma once

#include "unit/memory_support.hpp"
#include "verbs.hpp"

namespace mesh::serviceentry::test {

/// Two clusters of the how-to, with gateways and app1 in the first.
class Mesh : public mesh::test::MemoryClusters {
 public:
  Mesh();
  CommandRequest request(const std::string& verb, Json options = Json::object(),
                         Json settings = Json::object()) const;
  Plan plan(const std::string& verb, Json options = Json::object(), Json settings = Json::object());

  void add_cluster(const std::string& context, const std::string& name, const std::string& network);
  void add_gateway(const std::string& context, const std::string& network,
                   const std::string& address);
  void add_service(const std::string& context, const std::string& name, Json ports,
                   Json more = Json::object());
  void add_pod(const std::string& context, const std::string& app, const std::string& account);
  void annotate(const std::string& context, const std::string& service, const std::string& key,
                const std::string& value);

  MeshView view;
  bool ahead = false;
};

inline constexpr const char* k_entry = "ServiceEntry istio-system/app1.default.global";
inline constexpr const char* k_rule = "DestinationRule istio-system/app1.default.global";

/// How many actions of a type there are.
std::size_t count(const Plan& plan, ActionType type);
/// All that a plan says to its reader.
std::string words_of(const Plan& plan);

}  // namespace mesh::serviceentry::test
