#include "unit/plan_support.hpp"

#include "plan/object.hpp"
#include "plan/wait_step.hpp"

// A wait that fails says why, and ends early where waiting does not help: clusters in memory, and a
// clock that moves when the wait sleeps.

namespace mesh {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Json owner(const std::string& uid) {
  return Json::array({{{"uid", uid}, {"controller", true}}});
}

Json object_of(const std::string& api_version, const std::string& kind, const std::string& name) {
  return {{"apiVersion", api_version},
          {"kind", kind},
          {"metadata", {{"name", name}, {"namespace", "shop"}, {"generation", 1}}}};
}

/// One workload, rolled out to nothing yet, and what belongs to it.
struct Shop : test::World {
  explicit Shop(const std::string& kind = "Deployment") : World({"a"}), cluster(clusters["a"]) {
    workload = object_of(kind == "Job" ? "batch/v1" : "apps/v1", kind, "till");
    workload["spec"] = {{"replicas", 1}, {"selector", {{"matchLabels", {{"app", "till"}}}}}};
    workload["status"] = {{"observedGeneration", 1}, {"updateRevision", "new"}};
    cluster.put(workload, "w", "1");
    add_set("old", "w", "9");
    add_set("new", "w", "10");
    add_set("foreign", "x", "11");
    for (const char* hash : {"old", "new"}) {
      Json revision = object_of("apps/v1", "ControllerRevision", hash);
      revision["metadata"]["ownerReferences"] = owner("w");
      revision["metadata"]["labels"] = {{"controller-revision-hash", hash}};
      revision["revision"] = hash == std::string("new") ? 2 : 1;
      cluster.put(revision, hash, "1");
    }
    step.action.cluster = "a";
    step.action.reason = "the till opens";
    step.action.until = kind == "Job" ? Until::condition : Until::rollout;
    step.action.value = "Complete";
    step.action.seconds = 180;
    step.ref = ref_of(workload);
  }

  void add_set(const std::string& name, const std::string& uid, const std::string& revision) {
    Json set = object_of("apps/v1", "ReplicaSet", name);
    set["metadata"]["ownerReferences"] = owner(uid);
    set["metadata"]["annotations"] = {{"deployment.kubernetes.io/revision", revision}};
    cluster.put(set, "rs-" + name, "1");
  }

  /// A pod of the newest template, whatever the kind.
  Json& add_pod(const std::string& name, const Json& status, const std::string& hash = "new") {
    Json pod = object_of("v1", "Pod", name);
    const bool deployment = step.ref.kind == "Deployment";
    pod["metadata"]["ownerReferences"] = owner(deployment ? "rs-" + hash : "w");
    pod["metadata"]["labels"] = {{"controller-revision-hash", hash}};
    pod["status"] = status;
    cluster.put(pod, "uid-" + name, "1");
    return cluster.objects[test::FakeCluster::key(ref_of(pod))];
  }

  void warn(const std::string& uid, const std::string& reason, const std::string& message) {
    cluster.events[uid].push_back({{"type", "Warning"},
                                   {"reason", reason},
                                   {"message", message},
                                   {"lastTimestamp", "2026-01-01T00:00:00Z"}});
  }

  Problem wait() {
    Patience patience;
    patience.now = [this] { return now; };
    patience.sleep = [this](milliseconds span) {
      now += span;
      if (each_sleep) each_sleep();
    };
    try {
      wait_until(step.action, step, fleet(), patience);
    } catch (const Failure& failure) {
      return failure.problem();
    }
    return {};
  }
  seconds waited() const { return std::chrono::duration_cast<seconds>(now - begun); }

  test::FakeCluster& cluster;
  Json workload;
  Step step;
  const SteadyTime begun = std::chrono::steady_clock::now();
  SteadyTime now = begun;
  std::function<void()> each_sleep;
};

Json container(const Json& state, std::int64_t restarts = 0) {
  return {{"name", "app"}, {"ready", false}, {"restartCount", restarts}, {"state", state}};
}

Json status_with(const Json& state, std::int64_t restarts = 0) {
  return {{"phase", "Pending"},
          {"containerStatuses", Json::array({container(state, restarts)})},
          {"conditions", Json::array({{{"type", "PodScheduled"}, {"status", "True"}}})}};
}

Json waiting(const std::string& reason, const std::string& message = {}) {
  return status_with({{"waiting", {{"reason", reason}, {"message", message}}}});
}

Json unscheduled(const std::string& message) {
  return {{"phase", "Pending"},
          {"conditions", Json::array({{{"type", "PodScheduled"},
                                       {"status", "False"},
                                       {"reason", "Unschedulable"},
                                       {"message", message}}})}};
}

bool says(const Problem& problem, const std::string& part) {
  INFO(problem.message << "\n" << problem.hint);
  CHECK_THAT(problem.message, Catch::Contains(part));
  return true;
}

}  // namespace

TEST_CASE("names the reason for which a pod waits, and ends early where it does not end") {
  struct Row {
    Json status;
    std::string told;
    bool early;
  };
  const Row row = GENERATE(
      Row{waiting("ImagePullBackOff", "Back-off pulling image \"x\": not found"),
          "Pod shop/till-1, container app: ImagePullBackOff: Back-off pulling image \"x\": not "
          "found",
          true},
      Row{waiting("ErrImagePull", "dial tcp: i/o timeout"), "ErrImagePull: dial tcp", false},
      Row{waiting("InvalidImageName", "couldn't parse"), "InvalidImageName: couldn't parse", true},
      Row{waiting("CreateContainerConfigError", "secret \"k\" not found"),
          "CreateContainerConfigError: secret \"k\" not found", true},
      Row{unscheduled("0/1 nodes are available"), "Unschedulable: 0/1 nodes are available", false},
      Row{{{"phase", "Failed"}, {"reason", "Evicted"}, {"message", "no disk"}},
          "Evicted: no disk",
          false});
  Shop shop(GENERATE("Deployment", "StatefulSet", "DaemonSet", "Job"));
  CAPTURE(shop.step.ref.kind, row.told);
  shop.add_pod("till-1", row.status);
  if (shop.step.ref.kind == "DaemonSet") {
    shop.workload["status"]["desiredNumberScheduled"] = 1;
    shop.cluster.put(shop.workload, "w", "2");
  }
  const Problem problem = shop.wait();
  CHECK(problem.code == "pending");
  CHECK(says(problem, row.told));
  CHECK_THAT(problem.message, Catch::Contains("pending: the till opens"));
  CHECK_THAT(problem.hint, Catch::Contains("kubectl --context a -n shop describe pod till-1"));
  if (row.early) {
    CHECK((shop.waited() > seconds(30) && shop.waited() < seconds(60)));
  } else {
    CHECK(shop.waited() == seconds(180));
  }
}

TEST_CASE("tells a crash loop by its exit code, its message and the end of its log") {
  Shop shop;
  Json status = status_with({{"waiting", {{"reason", "CrashLoopBackOff"}}}}, 3);
  status["containerStatuses"][0]["lastState"]["terminated"] = {
      {"exitCode", 1}, {"reason", "Error"}, {"message", "password=hunter2"}};
  Json& pod = shop.add_pod("till-1", status);
  shop.cluster.logs["till-1/app"] = "first\ntoken: abc\nerror: too many open files\n";

  SECTION("one that fails again and again ends the wait") {
    int sleeps = 0;
    shop.each_sleep = [&] {
      if (++sleeps == 40) pod["status"]["containerStatuses"][0]["restartCount"] = 4;
    };
    const Problem problem = shop.wait();
    CHECK(shop.waited() < seconds(180));
    CHECK(
        says(problem, "CrashLoopBackOff: 4 restarts; last exit code 1 (Error): password=<masked>"));
    CHECK(says(problem, "\n  | first\n  | token: <masked>\n  | error: too many open files"));
    CHECK(says(problem, "waiting longer does not help"));
  }
  SECTION("one that is not tried during the wait may work the next time") {
    CHECK(says(shop.wait(), "CrashLoopBackOff: 3 restarts"));
    CHECK(shop.waited() == seconds(180));
  }
  SECTION("between two crashes the log of the run before is read") {
    pod["status"]["containerStatuses"][0]["state"] = {{"running", Json::object()}};
    shop.cluster.logs["till-1/app before"] = "panic: no config\n";
    CHECK(says(shop.wait(), "NotReady: 3 restarts; last exit code 1"));
    CHECK(says(shop.wait(), "  | panic: no config"));
  }
}

TEST_CASE("blames only the newest pods of this workload") {
  const std::string kind = GENERATE("Deployment", "StatefulSet", "DaemonSet");
  Shop shop(kind);
  shop.workload["status"]["desiredNumberScheduled"] = 1;
  shop.cluster.put(shop.workload, "w", "2");
  shop.add_pod("old-1", waiting("InvalidImageName", "of the template before"), "old");
  Json& foreign = shop.add_pod("foreign-1", waiting("InvalidImageName", "of another workload"));
  foreign["metadata"]["ownerReferences"] = owner("rs-foreign");
  shop.add_pod("new-1", waiting("ContainerCreating"));
  shop.warn("uid-new-1", "FailedMount", "configmap \"c\" not found");
  const Problem problem = shop.wait();
  CHECK(says(problem, "Pod shop/new-1, container app: ContainerCreating: FailedMount: configmap"));
  CHECK_THAT(problem.message, !Catch::Contains("template before"));
  CHECK_THAT(problem.message, !Catch::Contains("another workload"));
  CHECK(shop.waited() == seconds(180));
}

TEST_CASE("repeats what denied the creation of pods, in full") {
  const std::string denial = "pods \"till-1\" is forbidden: " + std::string(1500, 'x') +
                             " admission webhook \"w.example.com\" denied the request: no";
  struct Row {
    std::string message;
    bool early;
  };
  const Row row = GENERATE_COPY(
      Row{denial, true}, Row{"pods \"till-1\" is forbidden: exceeded quota: q, used: pods=2", true},
      Row{"Internal error occurred: failed calling webhook \"w\": connection refused", false});
  SECTION("from the status of a ReplicaSet") {
    Shop shop;
    Json& set = shop.cluster.objects["apps/v1|ReplicaSet|shop|new"];
    set["status"]["conditions"] = Json::array({{{"type", "ReplicaFailure"},
                                                {"status", "True"},
                                                {"reason", "FailedCreate"},
                                                {"message", row.message}}});
    CHECK(says(shop.wait(), "FailedCreate: " + row.message));
    CHECK((shop.waited() < seconds(180)) == row.early);
  }
  SECTION("from the events of another controller") {
    Shop shop(GENERATE("StatefulSet", "Job"));
    shop.warn("w", "FailedCreate", row.message);
    CHECK(says(shop.wait(), "FailedCreate: " + row.message));
    CHECK((shop.waited() < seconds(180)) == row.early);
  }
}

TEST_CASE("finds in an event for what an older kubelet backs off") {
  Shop shop;
  shop.add_pod("till-1", waiting("ImagePullBackOff", "Back-off pulling image \"x\""));
  shop.warn("uid-till-1", "Failed", "Failed to pull image \"x\": code = NotFound desc = not found");
  CHECK(says(shop.wait(), "Failed to pull image \"x\": code = NotFound"));
  CHECK(shop.waited() < seconds(180));
}

TEST_CASE("ends at once what the specification forbids, after the grace") {
  Shop shop;
  shop.workload["spec"]["paused"] = true;
  shop.cluster.put(shop.workload, "w", "2");
  CHECK(says(shop.wait(), "spec.paused is true"));
  CHECK(shop.waited() < seconds(180));
}

TEST_CASE("counts pods that fail for the same reason") {
  Shop shop;
  for (const char* name : {"till-1", "till-2", "till-3"}) {
    shop.add_pod(name, waiting("InvalidImageName", "x"));
  }
  CHECK(says(shop.wait(), "Pod shop/till-1 and 2 others, container app: InvalidImageName"));
}

TEST_CASE("a fault that passes within the grace does not end a wait") {
  Shop shop;
  shop.add_pod("till-1", waiting("CreateContainerConfigError", "secret not found"));
  shop.each_sleep = [&] {
    if (shop.waited() < seconds(30)) return;
    shop.workload["status"] = {{"observedGeneration", 1},
                               {"replicas", 1},
                               {"updatedReplicas", 1},
                               {"availableReplicas", 1}};
    shop.cluster.put(shop.workload, "w", "2");
  };
  CHECK(shop.wait().code.empty());
}

TEST_CASE("reads no pods while a rollout is quick") {
  Shop shop;
  shop.each_sleep = [&] {
    if (shop.waited() < seconds(3)) return;
    shop.workload["spec"]["replicas"] = 0;
    shop.cluster.put(shop.workload, "w", "2");
  };
  CHECK(shop.wait().code.empty());
  CHECK(shop.cluster.lists == 0);
}

TEST_CASE("a right that is missing shortens the answer and fails nothing") {
  Shop shop;
  shop.step.action.seconds = 0;
  Json status = status_with({{"terminated", {{"exitCode", 7}}}});
  shop.add_pod("till-1", status);
  const auto forbid = [&](const std::string& method) {
    shop.cluster.failures[method] = Failure("forbidden", "a: you may not: " + method).problem();
  };
  SECTION("log") {
    forbid("log");
    CHECK(says(shop.wait(), "Terminated: exit code 7"));
    CHECK(says(shop.wait(), "\na: you may not: log"));
  }
  SECTION("pods") {
    forbid("list");
    const Problem problem = shop.wait();
    CHECK(says(problem, "0 of 1 pod is new after 0 s"));
    CHECK(says(problem, "\na: you may not: list"));
    CHECK_THAT(problem.hint, Catch::Contains("describe Deployment till"));
  }
  SECTION("events") {
    forbid("events");
    shop.add_pod("till-1", waiting("ContainerCreating"));
    CHECK(says(shop.wait(), "ContainerCreating\na: you may not: events"));
  }
}

TEST_CASE("another object than a workload is explained by its own warnings") {
  Shop shop;
  Json service = object_of("v1", "Service", "gate");
  shop.cluster.put(service, "svc", "1");
  shop.warn("svc", "SyncLoadBalancerFailed", "quota IN_USE_ADDRESSES exceeded");
  shop.step.ref = ref_of(service);
  shop.step.action.until = Until::present;
  shop.step.action.pointer = "/status/loadBalancer/ingress";
  CHECK(says(shop.wait(), "SyncLoadBalancerFailed: quota IN_USE_ADDRESSES exceeded"));
  CHECK(shop.cluster.lists == 0);
}

}  // namespace mesh
