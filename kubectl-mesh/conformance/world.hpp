#pragma once

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh::conformance {

/// Three clusters out of fixtures/world.json and the host's services on them: what a plugin finds
/// when it asks, the same in every run. It notes what was asked for.
class World {
 public:
  /// `also`: objects that stand in each of the clusters, too.
  explicit World(const std::vector<Json>& also);

  /// Answers a service; throws Failure("unsupported") for one that it does not script.
  Json answer(std::string_view service, std::string_view verb, const Json& request);
  /// Does what a plan wants of the clusters and the operator's files. Says what cannot be done;
  /// empty: all of it was done.
  std::string carry_out(const Json& plan);

  /// By cluster, then by "ConfigMap kube-system/coredns".
  const std::map<std::string, std::map<std::string, Json>>& clusters() const { return m_clusters; }
  /// Null if it is not there.
  Json object(const std::string& cluster, const std::string& key) const;
  /// What the plugin made use of, in the words of a manifest.
  const Needs& used() const { return m_used; }
  /// What it asked the operator (operator/1), each the request.
  const std::vector<Json>& questions() const { return m_questions; }
  /// From now on there is no terminal to ask the operator on.
  void detach_terminal() { m_has_terminal = false; }

 private:
  // The services, each by its request.
  Json read(const Json& request);
  Json forget(const Json& request);
  Json try_token(const Json& request);
  Json describe(const Json& request);
  Json versions(const Json& request);
  Json pods(const Json& request);
  Json handshake(const Json& request);
  Json program(const Json& request);
  Json now(const Json& request);
  Json random(const Json& request);
  Json stored(const Json& request);
  Json ask_operator(const Json& request);

  Json read_one(const Json& wanted);
  std::string change(const Json& action);

  std::map<std::string, std::map<std::string, Json>> m_clusters;
  std::map<std::string, std::string> m_files;
  std::mt19937 m_random{42};  // the same numbers in every run, on purpose
  Needs m_used;
  std::vector<Json> m_questions;
  bool m_has_terminal = true;
};

/// What the operator answers to each question: easy to find where it must not be.
inline constexpr const char* k_answer = "tr0ub4dor-of-the-operator";

/// "ConfigMap kube-system/coredns", "Namespace /default"
std::string key_of(const ObjectRef& ref);

}  // namespace mesh::conformance
