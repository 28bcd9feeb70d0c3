#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "mesh/extension.hpp"

// Clusters in memory behind a plugin's host functions, and a small host that carries plans out, for
// the concerns whose plans are functions of what clusters hold.

namespace mesh::test {

class MemoryClusters {
 public:
  MemoryClusters();
  Host host() { return Host(&m_functions); }

  /// Server-side apply, as far as these tests need it: maps merge, all else is replaced.
  void apply(const std::string& cluster, const Json& object);
  void put(const std::string& cluster, Json object);
  Json* find(const std::string& cluster, const std::string& key);  ///< "Secret istio-system/a"
  void erase(const std::string& cluster, const std::string& key);
  /// Carries a plan out; `hook` sees each wait, restart and prove. The number of writes.
  int carry_out(const Plan& plan);
  /// Asks and carries out until no plan says that it continues. The number of writes.
  int settle(const std::function<Plan()>& ask);

  std::map<std::string, std::map<std::string, Json>> objects;
  std::map<std::string, ExtensionPtr> extensions;  ///< by address
  std::map<std::string, Json> endpoints;           ///< by cluster: cluster/1's reply
  std::vector<std::string> not_of_this_run;
  std::string unreadable;
  std::function<void(const Action&)> hook;
  std::function<Json(const Json& ask)> pod;      ///< pod/1
  std::function<Json(const Json& probe)> tls;    ///< tls/1
  std::function<Json(const Json& run)> program;  ///< program/1
  std::string kubernetes = "v1.36.4";            ///< version of every cluster
  std::string token_problem;                     ///< code of the answer to whoever tries a token
  std::size_t page = 500;
  int reads = 0;  ///< requests that a real host would send

 private:
  static std::int32_t call(void* self, mesh_text service, mesh_text verb, mesh_text request,
                           const mesh_sink* reply);
  Json answer(const std::string& service, const std::string& verb, const Json& request);
  Json read(const Json& wanted);
  Json list(const Json& wanted);

  mesh_host m_functions{};
  int m_uids = 0;
};

/// "Secret istio-system/a", "Namespace /default"
std::string key_of(const Json& object);
bool selected(const Json& object, const std::string& labels);

}  // namespace mesh::test
