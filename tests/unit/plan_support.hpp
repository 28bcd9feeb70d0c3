#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "kube/fleet.hpp"
#include "plan/diff.hpp"

namespace mesh::test {

/// A cluster in memory, shared by the test and the client that the fleet makes for it.
struct FakeCluster {
  std::mutex mutex;
  std::map<std::string, Json> objects;      ///< by "apiVersion|kind|namespace|name"
  std::map<std::string, Problem> failures;  ///< what a method ("get", "denied", ...) throws
  std::set<std::string> denied;             ///< "VERB RESOURCE"
  std::vector<Right> asked;
  std::vector<std::string> gets;
  int lists = 0;
  std::map<std::string, Json> events{};       ///< of the object with a UID
  std::map<std::string, std::string> logs{};  ///< "POD/CONTAINER", "POD/CONTAINER before"

  static std::string key(const ObjectRef& ref) {
    return ref.api_version + "|" + ref.kind + "|" + ref.name_space + "|" + ref.name;
  }
  /// Puts an object as an API server would hold it.
  void put(Json object, const std::string& uid, const std::string& version) {
    object["metadata"]["uid"] = uid;
    object["metadata"]["resourceVersion"] = version;
    const std::string place = key(ref_of(object));
    objects[place] = std::move(object);
  }
};

/// Kubernetes as far as comparing, asking for rights and undoing need it; it never writes.
class FakeClient : public Client {
 public:
  FakeClient(std::string name, FakeCluster& cluster)
      : m_name(std::move(name)), m_cluster(cluster) {}

  const std::string& cluster() const override { return m_name; }
  std::optional<Json> get(const ObjectRef& ref, Deadline) override {
    const std::scoped_lock lock(m_cluster.mutex);
    fail("get");
    m_cluster.gets.push_back(FakeCluster::key(ref));
    const auto found = m_cluster.objects.find(FakeCluster::key(ref));
    return found == m_cluster.objects.end() ? std::nullopt : std::optional(found->second);
  }
  ListPage list(const ObjectRef& ref, const std::string&, std::int64_t, const std::string&,
                Deadline) override {
    const std::scoped_lock lock(m_cluster.mutex);
    fail("list");
    ++m_cluster.lists;
    ListPage page{{{"items", Json::array()}}, ""};
    const std::string start = ref.api_version + "|" + ref.kind + "|" + ref.name_space + "|";
    for (const auto& [key, object] : m_cluster.objects) {
      if (key.starts_with(start)) page.list["items"].push_back(object);
    }
    return page;
  }
  std::optional<std::string> denied(const Right& right, Deadline) override {
    const std::scoped_lock lock(m_cluster.mutex);
    fail("denied");
    m_cluster.asked.push_back(right);
    const bool no = m_cluster.denied.contains(right.verb + " " + right.resource);
    return no ? std::optional<std::string>("no rule") : std::nullopt;
  }
  Json events(const std::string&, const std::string& uid, Deadline) override {
    const std::scoped_lock lock(m_cluster.mutex);
    fail("events");
    const auto found = m_cluster.events.find(uid);
    return found == m_cluster.events.end() ? Json::array() : found->second;
  }
  std::string log(const ObjectRef& pod, const std::string& container, bool previous, int,
                  Deadline) override {
    const std::scoped_lock lock(m_cluster.mutex);
    fail("log");
    const std::string run = pod.name + "/" + container + (previous ? " before" : "");
    const auto found = m_cluster.logs.find(run);
    if (found == m_cluster.logs.end()) throw Failure("rejected", "there is no log of " + run);
    return found->second;
  }
  std::string version(Deadline) override { return "v1.36.0"; }
  RequestCounts counts() const override { return {}; }

  Json apply(const Json&, DryRun, Deadline) override { return never(); }
  Json patch(const ObjectRef&, const Json&, DryRun, Deadline) override { return never(); }
  Json merge(const ObjectRef&, const Json&, DryRun, Deadline) override { return never(); }
  bool remove(const ObjectRef&, const std::string&, const std::string&, DryRun, Deadline) override {
    never();
    return false;
  }

 private:
  void fail(const std::string& method) const {
    const auto found = m_cluster.failures.find(method);
    if (found != m_cluster.failures.end()) throw Failure(found->second);
  }
  static Json never() { throw std::logic_error("nothing may be written here"); }

  std::string m_name;
  FakeCluster& m_cluster;
};

/// Clusters by name, and a fleet over them.
struct World {
  std::map<std::string, FakeCluster> clusters;
  std::unique_ptr<Fleet> made;

  explicit World(const std::vector<std::string>& names) {
    std::vector<Fleet::Member> members;
    for (const std::string& name : names) {
      Fleet::Member member{name, {}};
      member.access.endpoint.context = name;
      members.push_back(std::move(member));
      clusters[name].put(
          {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "kube-system"}}}},
          "uid-of-" + name, "1");
    }
    made = std::make_unique<Fleet>(std::move(members), TransportLimits{}, std::chrono::seconds(5),
                                   [this](const Access& access, const TransportLimits&) {
                                     const std::string& name = access.endpoint.context;
                                     return std::make_unique<FakeClient>(name, clusters.at(name));
                                   });
  }
  Fleet& fleet() { return *made; }
};

inline Json config_map(const std::string& name, const Json& data) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"namespace", "shop"}}},
          {"data", data}};
}

inline Json secret(const std::string& name, const Json& data) {
  Json object = config_map(name, data);
  object["kind"] = "Secret";
  return object;
}

inline Action apply_action(const std::string& cluster, const Json& object) {
  Action action;
  action.type = ActionType::apply;
  action.cluster = cluster;
  action.object = object;
  return action;
}

inline Action action_on(ActionType type, const std::string& cluster, const ObjectRef& target) {
  Action action;
  action.type = type;
  action.cluster = cluster;
  action.target = target;
  return action;
}

inline std::vector<std::string> pointers(const std::vector<FieldChange>& changes) {
  std::vector<std::string> list;
  for (const FieldChange& change : changes) list.push_back(change.pointer);
  return list;
}

}  // namespace mesh::test
