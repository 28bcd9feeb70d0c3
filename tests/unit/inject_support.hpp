#pragma once

#include "unit/memory_support.hpp"
#include "verbs.hpp"

namespace mesh::inject::test {

inline constexpr const char* k_root =
    "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n";

/// A cluster with Istio's webhooks, a namespace `default` and an app without a sidecar.
class Bench : public mesh::test::MemoryClusters {
 public:
  Bench();
  /// Webhooks as the chart makes them, of a revision; "" is the default one.
  void add_istio(const std::string& cluster, const std::string& revision = "",
                 const std::string& ca = k_root);
  void add_namespace(const std::string& name, Json labels = Json::object(),
                     const std::string& cluster = "a");
  /// A Deployment with pods; `sidecar`: the revision that injected it, "" for none.
  void add_app(const std::string& name, const std::string& sidecar = "",
               const std::string& name_space = "default", const std::string& cluster = "a");
  Json& pod(const std::string& name, const std::string& name_space = "default",
            const std::string& cluster = "a");
  Json& deployment(const std::string& name, const std::string& name_space = "default",
                   const std::string& cluster = "a");
  void add_budget(const std::string& app, int allowed);

  CommandRequest request(const std::string& verb, Json options = Json::object(),
                         Json settings = Json::object()) const;
  Plan plan(const std::string& verb, Json options = Json::object(), Json settings = Json::object());
  Report report(Json options = Json::object());
  Json labels(const std::string& name, const std::string& cluster = "a");

  std::vector<std::string> clusters{"a"};
  bool ahead = false;
};

std::vector<std::string> restarted(const Plan& plan);
std::string words_of(const Plan& plan);
const Action* first(const Plan& plan, ActionType type);

}  // namespace mesh::inject::test
