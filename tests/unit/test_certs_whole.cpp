#include <set>

#include "rotation.hpp"
#include "unit/agreed.hpp"
#include "unit/certs_support.hpp"

// A rotation by what the proxies hold: no step before all of them are ready for it, all steps in
// one run, cut off anywhere and gone on with, and back. At every moment each proxy must accept what
// each other one presents: that is what calls are.

namespace mesh::certs::test {

namespace {

using Catch::Contains;

struct RunningMesh : Clusters {
  RunningMesh() {
    for (const std::string& name : k_both) add(name);
    apply(install(k_both));
    wait();
    for (const std::string& name : k_both) start_istiod(name);
    wait();
    for (const std::string& name : k_both) {
      start_app(name, "gateway", "istio-system");
      start_app(name, "app");
    }
    wait();
    after_each = [this] { REQUIRE(proxies_accept_each_other()); };
  }
  void wait() { now += std::chrono::minutes(10); }
  Plan whole(Json options = Json::object()) {
    options["all-steps"] = true;
    return rotate(k_both, "root", options);
  }
  Plan back() { return rotate(k_both, "abort"); }
  /// As the host does: asks again while a plan continues. Stops after so many actions, within a
  /// plan or between two. The number of actions carried out.
  int run(const std::function<Plan()>& ask, int actions = 1'000'000) {
    int done = 0;
    mesh::test::Agreed agreed;
    for (int round = 0; round < 10; ++round) {
      const Plan plan = ask();
      agreed.look_at(plan);
      INFO(plan.title << (plan.refusals.empty() ? "" : ": " + plan.refusals.front().message));
      REQUIRE(plan.refusals.empty());
      titles.push_back(plan.title);
      done += apply(plan, actions - done);
      if (!plan.continues || done == actions) return done;
    }
    FAIL("it plans again and again");
    return done;
  }
  std::string root() { return certificates(files.at("/root.pem")).front().sha256; }
  /// All Secrets and all proxies hold this root and no other, and come from it.
  void require_only(const std::string& root) {
    const auto only = [&](const std::string& pem) {
      for (const Certificate& one : certificates(pem)) {
        if (one.sha256 != root) return false;
      }
      return true;
    };
    for (const std::string& name : k_both) {
      CHECK(only(secret_file(name, "root-cert.pem")));
      CHECK_FALSE(status({name}).failed);
    }
    for (const auto& [name, holds] : envoys) {
      INFO(name);
      CHECK(only(holds.roots));
    }
    CHECK_FALSE(verify(k_both).failed);
    CHECK_FALSE(trust(k_both).failed);
  }
  std::vector<std::string> titles;
};

Json& app_of(RunningMesh& mesh, const std::string& cluster) {
  return mesh.objects[cluster]["Deployment default/app"];
}

}  // namespace

TEST_CASE("certs rotate --root: no step before every proxy holds what it needs") {
  RunningMesh mesh;
  mesh.after_each = nullptr;
  const auto next = [&] { return mesh.rotate(k_both, "root"); };
  const auto restart = [&](bool apps) {
    for (const std::string& name : k_both) {
      mesh.wait();
      mesh.start_istiod(name);
      mesh.wait();
      if (!apps) continue;
      mesh.start_app(name, "gateway", "istio-system");
      mesh.start_app(name, "app");
    }
  };
  mesh.apply(next());
  restart(false);
  for (const bool restarted : {false, true}) {
    if (restarted) mesh.start_app("a", "app");
    const Plan refused = next();
    CHECK(refused.actions.empty());
    REQUIRE(refused.refusals.size() == 2);
    CHECK_THAT(refused.refusals.at(0).message, Contains("Deployment istio-system/gateway does not "
                                                        "trust"));
    CHECK((refused.refusals.at(0).message.find("default/app ") == std::string::npos) == restarted);
    CHECK_THAT(refused.refusals.at(1).message, Contains("Deployment default/app does not trust"));
    CHECK_THAT(refused.refusals.at(1).hint,
               Contains("kubectl mesh inject restart --all --contexts b --namespaces "
                        "default,istio-system"));
  }
  // Nothing is broken yet, and the checks know.
  CHECK_FALSE(mesh.verify(k_both).failed);
  CHECK_FALSE(mesh.trust(k_both).failed);
  CHECK(mesh.status(k_both).failed);
  restart(true);
  mesh.apply(next());
  restart(false);
  CHECK_THAT(next().refusals.at(0).message, Contains("presents a certificate that does not lead"));
  restart(true);
  CHECK_THAT(next().title, Contains("step 3 of 3"));
}

TEST_CASE("certs: an outage is told by trust and by the checks") {
  RunningMesh mesh;
  mesh.after_each = nullptr;
  // As if nobody had asked the proxies: both steps, istiod restarted and one workload.
  for (const char* stage : {"trust", "sign"}) {
    mesh.apply(mesh.rotate(k_both, "root"));
    for (const std::string& name : k_both) {
      mesh.wait();
      mesh.start_istiod(name);
    }
    mesh.wait();
    const auto before = mesh.envoys;
    for (const std::string& name : k_both) {
      mesh.start_app(name, "gateway", "istio-system");
      mesh.start_app(name, "app");
    }
    if (std::string(stage) == "trust") continue;
    // What they had before step 1 is what they would hold.
    for (auto& [name, holds] : mesh.envoys) {
      if (name == "a/default/app-abc-1") continue;
      holds = before.at(name);
      holds.roots = mesh.files.at("/root.pem");
    }
  }
  CHECK_FALSE(mesh.proxies_accept_each_other());
  const Report trust = mesh.trust(k_both);
  CHECK(trust.failed);
  CHECK_THAT(trust.items.at(0).at("trustedBy").at("b").get<std::string>(),
             Contains("no: Deployment default/app does not trust the issuer of"));
  const Report verify = mesh.verify(k_both);
  CHECK(verify.failed);
  std::set<std::string> failing;
  for (const Json& item : verify.items) {
    if (item.at("severity") == "failure") failing.insert(item.at("id"));
  }
  CHECK(failing == std::set<std::string>{"certs/proxies-trust"});
}

TEST_CASE("certs rotate --all-steps: a new root in one run, and calls cross all the time") {
  RunningMesh mesh;
  const std::string before = mesh.root();
  const Plan first = mesh.whole();
  CHECK_THAT(first.title, Contains("step 1 of 3"));
  std::string notes;
  for (const Note& note : first.notes) notes += note.cluster + ": " + note.text + "\n";
  CHECK_THAT(notes, Contains("step 2 of 3: the new root signs, step 3 of 3: drop the old root"));
  CHECK_THAT(notes, Contains("a: each step restarts Deployment istio-system/istiod, Deployment "
                             "default/app, Deployment istio-system/gateway"));
  mesh.run([&] { return mesh.whole(); });
  CHECK(mesh.titles.size() == 3);
  CHECK(mesh.root() != before);
  mesh.require_only(mesh.root());
}

TEST_CASE("certs rotate --all-steps: cut off after any action, the same command goes on",
          "[each]") {
  const int actions = [] {
    RunningMesh whole;
    return whole.run([&] { return whole.whole(); });
  }();
  REQUIRE(actions > 30);
  for (int done = 1; done < actions; ++done) {
    RunningMesh mesh;
    const std::string before = mesh.root();
    mesh.run([&] { return mesh.whole(); }, done);
    mesh.wait();
    INFO("cut off after " << done << " of " << actions);
    mesh.run([&] { return mesh.whole(); });
    CHECK(mesh.root() != before);
    mesh.require_only(mesh.root());
    CHECK(mesh.files.count("/root-aborted.pem") == 0);
  }
}

TEST_CASE("certs rotate --abort: back to the old root after any action before the last step",
          "[each]") {
  const int last = [] {
    RunningMesh whole;
    const int first = whole.apply(whole.whole());
    return first + whole.apply(whole.whole());
  }();
  for (int done = 1; done <= last; ++done) {
    RunningMesh mesh;
    const std::string before = mesh.root();
    mesh.run([&] { return mesh.whole(); }, done);
    mesh.wait();
    INFO("cut off after " << done << " of " << last);
    if (done % 3 == 0) {  // and the way back as well
      mesh.run([&] { return mesh.back(); }, 1 + done % 7);
      mesh.wait();
    }
    mesh.run([&] { return mesh.back(); });
    CHECK(mesh.root() == before);
    mesh.require_only(before);
    const Plan nothing = mesh.back();
    CHECK(nothing.actions.empty());
    CHECK_THAT(nothing.notes.at(0).text, Contains("no root rotation is under way"));
    // And another rotation begins at its beginning.
    mesh.wait();
    CHECK_THAT(mesh.whole().title, Contains("step 1 of 3"));
  }
}

TEST_CASE("certs rotate --abort: not once the last step has begun") {
  RunningMesh mesh;
  for (int step = 0; step < 2; ++step) mesh.apply(mesh.whole());
  // Both files of the authority, and the Secret of one cluster.
  mesh.apply(mesh.whole(), 3);
  const Plan refused = mesh.back();
  CHECK(refused.actions.empty());
  CHECK_THAT(refused.refusals.at(0).message, Contains("the last step has begun"));
  CHECK_THAT(refused.refusals.at(0).hint, Contains("certs rotate --root"));
}

TEST_CASE("certs rotate --intermediate --all-steps: restarted and proven, cut off or not",
          "[each]") {
  const auto ask = [](RunningMesh& mesh) {
    return [&] { return mesh.rotate(k_both, "intermediate", {{"all-steps", true}}); };
  };
  const int actions = [&] {
    RunningMesh whole;
    return whole.run(ask(whole));
  }();
  for (int done = 1; done <= actions; ++done) {
    RunningMesh mesh;
    const std::string root = mesh.root();
    const std::string before = mesh.secret_file("a", "ca-cert.pem");
    const std::string before_in_b = mesh.secret_file("b", "ca-cert.pem");
    mesh.run(ask(mesh), done);
    mesh.wait();
    const std::string after = mesh.secret_file("a", "ca-cert.pem");
    CHECK(after != before);
    if (done < actions) mesh.run(ask(mesh));
    INFO("cut off after " << done << " of " << actions);
    mesh.require_only(root);
    CHECK(mesh.secret_file("b", "ca-cert.pem") != before_in_b);
    // What had not arrived is not made anew.
    if (done < 4) CHECK(mesh.secret_file("a", "ca-cert.pem") == after);
  }
}

TEST_CASE("certs rotate --all-steps: a budget is respected, and what is left is said") {
  RunningMesh mesh;
  app_of(mesh, "b")["spec"]["strategy"] = {{"type", "Recreate"}};
  mesh.objects["b"]["PodDisruptionBudget default/app"] = {
      {"kind", "PodDisruptionBudget"},
      {"metadata", {{"name", "app"}, {"namespace", "default"}}},
      {"spec", {{"selector", {{"matchLabels", {{"app", "app"}}}}}}},
      {"status", {{"disruptionsAllowed", 0}}}};
  const Plan first = mesh.whole();
  std::string warnings;
  for (const Note& note : first.notes) {
    if (note.severity == Severity::warning) warnings += note.text;
  }
  CHECK_THAT(warnings,
             Contains("Deployment default/app is not restarted: PodDisruptionBudget app"));
  mesh.apply(first);
  const Plan refused = mesh.whole();
  CHECK(refused.actions.empty());
  REQUIRE(refused.refusals.size() == 1);
  CHECK_THAT(refused.refusals.at(0).message, Contains("PodDisruptionBudget app lets 0"));
  // Its pods are replaced by hand, and the same command goes on to the next one that it must not.
  mesh.start_app("b", "app");
  CHECK_THAT(mesh.whole().title, Contains("step 2 of 3"));
}

TEST_CASE("certs rotate: a pod whose restart does not help is not restarted for ever") {
  RunningMesh mesh;
  mesh.apply(mesh.whole());
  mesh.wait();
  mesh.after_each = nullptr;
  mesh.start_app("a", "app");
  mesh.envoys.at("a/default/app-abc-1").roots = mesh.files.at("/root.pem");
  const Plan refused = mesh.whole();
  CHECK(refused.actions.empty());
  CHECK_THAT(refused.refusals.at(0).message, Contains("though it was made after the last change"));
}

TEST_CASE("certs: where port-forward is forbidden, age decides and the output says so") {
  RunningMesh mesh;
  mesh.forward = false;
  mesh.run([&] { return mesh.whole(); });
  mesh.forward = true;
  mesh.require_only(mesh.root());
  mesh.forward = false;
  const Report trust = mesh.trust(k_both);
  CHECK_FALSE(trust.failed);
  CHECK_THAT(trust.notes.at(0).text, Contains("judged by age, which is an inference"));
  mesh.wait();
  mesh.apply(mesh.rotate(k_both, "root"));
  for (const std::string& name : k_both) {
    mesh.wait();
    mesh.start_istiod(name);
  }
  mesh.wait();
  const Plan refused = mesh.rotate(k_both, "root");
  CHECK(refused.actions.empty());
  CHECK_THAT(refused.refusals.at(0).message, Contains("inferred from its age"));
  CHECK(mesh.trust(k_both).failed);
  CHECK(mesh.verify(k_both).failed);
}

TEST_CASE("certs status: --sample asks some and judges the others by age") {
  RunningMesh mesh;
  for (int number = 0; number < 10; ++number) mesh.start_app("a", "more" + std::to_string(number));
  mesh.asked_proxies = 0;
  const Report report = mesh.status({"a"}, {{"sample", 3}});
  CHECK(mesh.asked_proxies == 3);
  CHECK_FALSE(report.failed);
  CHECK_THAT(report.notes.at(0).text, Contains("9 of 12 proxies could not be read"));
  CHECK(problem_of([&] { mesh.status({"a"}, {{"sample", 0}}); }).code == "invalid-input");
}

}  // namespace mesh::certs::test
