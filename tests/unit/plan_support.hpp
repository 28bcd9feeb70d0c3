#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "folder_support.hpp"
#include "unit/fake_api.hpp"
#include <catch2/catch.hpp>

#include "cluster/credentials.hpp"
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
  int writes = 0;
  std::optional<std::chrono::seconds> clock_ahead{};
  std::function<void(Json&)> controller{};  ///< changes each object after a write
  std::function<void(const std::string& method, const ObjectRef&)> before_write{};
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
  Json& at(const ObjectRef& ref) { return objects.at(key(ref)); }
  /// A person or a controller changes an object.
  void change(const ObjectRef& ref, const std::string& manager,
              const std::function<void(Json&)>& edit) {
    Json wanted = at(ref);
    edit(wanted);
    store(ref, updated(at(ref), wanted, {.manager = manager, .operation = "Update"}));
  }
  /// Stores what a write has made, under the next version.
  Json store(const ObjectRef& ref, Json object) {
    object["metadata"]["resourceVersion"] = std::to_string(1000 + ++writes);
    if (!object["metadata"].contains("uid"))
      object["metadata"]["uid"] = "made-" + std::to_string(writes);
    return objects[key(ref)] = std::move(object);
  }
};

/// Kubernetes as far as plans need it: reads, rights, and writes with the ownership of fields.
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
    if (found == m_cluster.objects.end()) return std::nullopt;
    Json object = found->second;
    // What is being deleted is gone at the next look.
    if (object["metadata"].contains("deletionTimestamp")) m_cluster.objects.erase(found);
    return object;
  }
  ListPage list(const Read& read, Deadline) override {
    const std::scoped_lock lock(m_cluster.mutex);
    fail("list");
    ++m_cluster.lists;
    ListPage page{{{"items", Json::array()}}, ""};
    const ObjectRef& ref = read.object;
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
  std::optional<std::chrono::seconds> clock_ahead() const override { return m_cluster.clock_ahead; }

  Json create(const Json& object, Deadline) override {
    const ObjectRef ref = ref_of(object);
    return write("create", ref, [&](const Json& live) {
      if (!live.is_null()) throw Failure("precondition", "already exists");
      return object;
    });
  }

  Json apply(const Json& object, DryRun dry_run, Deadline) override {
    const ObjectRef ref = ref_of(object);
    if (dry_run == DryRun::server) {
      const auto found = m_cluster.objects.find(FakeCluster::key(ref));
      return applied(found == m_cluster.objects.end() ? Json() : found->second, object,
                     {.manager = "kubectl-mesh", .operation = "Apply"});
    }
    return write("apply", ref, [&](const Json& live) {
      require_version(object.value(Json::json_pointer("/metadata/resourceVersion"), std::string()),
                      live);
      return applied(live, object, {.manager = "kubectl-mesh", .operation = "Apply"});
    });
  }
  Json patch(const ObjectRef& ref, const Json& operations, DryRun, Deadline) override {
    return write("patch", ref, [&](const Json& live) {
      if (live.is_null()) throw Failure("missing", "not found");
      return updated(live, patched(live, operations),
                     {.manager = "kubectl-mesh", .operation = "Update"});
    });
  }
  Json merge(const ObjectRef& ref, const Json& change, DryRun, Deadline) override {
    return write("merge", ref, [&](const Json& live) {
      if (live.is_null()) throw Failure("missing", "not found");
      Json wanted = live;
      wanted.merge_patch(change);
      return updated(live, wanted, {.manager = "kubectl-mesh", .operation = "Update"});
    });
  }
  bool remove(const ObjectRef& ref, const std::string& uid, const std::string& version, DryRun,
              Deadline) override {
    if (m_cluster.before_write) m_cluster.before_write("remove", ref);
    const std::scoped_lock lock(m_cluster.mutex);
    fail("remove");
    const auto found = m_cluster.objects.find(FakeCluster::key(ref));
    if (found == m_cluster.objects.end()) return false;
    if (found->second["metadata"]["uid"] != uid) throw Failure("precondition", "another uid");
    require_version(version, found->second);
    m_cluster.objects.erase(found);
    ++m_cluster.writes;
    return true;
  }

 private:
  void fail(const std::string& method) const {
    const auto found = m_cluster.failures.find(method);
    if (found != m_cluster.failures.end()) throw Failure(found->second);
  }
  static void require_version(const std::string& version, const Json& live) {
    if (!version.empty() && !live.is_null() && live["metadata"]["resourceVersion"] != version)
      throw Failure("precondition", "the object has been modified");
  }
  static Json patched(const Json& live, const Json& operations) {
    try {
      return live.patch(operations);
    } catch (const Json::exception&) {
      throw Failure("precondition", "a test of the patch failed");
    }
  }
  template <typename Make>
  Json write(const char* method, const ObjectRef& ref, const Make& make) {
    if (m_cluster.before_write) m_cluster.before_write(method, ref);
    const std::scoped_lock lock(m_cluster.mutex);
    fail(method);
    const auto found = m_cluster.objects.find(FakeCluster::key(ref));
    const Json live = found == m_cluster.objects.end() ? Json() : found->second;
    Json answer = m_cluster.store(ref, make(live));
    if (m_cluster.controller) {
      Json after = answer;
      m_cluster.controller(after);
      if (after != answer)
        m_cluster.store(ref,
                        updated(answer, after, {.manager = "controller", .operation = "Update"}));
    }
    return answer;
  }

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
      member.access.endpoint.server = "https://127.0.0.1:1";
      member.access.credentials = bearer_token("t");
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
