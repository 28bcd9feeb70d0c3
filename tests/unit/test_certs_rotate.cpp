#include <set>

#include "rotation.hpp"
#include "unit/certs_support.hpp"

// A rotation has no memory of its own: whatever was done and wherever it was cut off, the clusters
// and the authority tell the next step.

namespace mesh::certs::test {

namespace {

/// Two clusters under one root; time passes between the steps.
struct Mesh : Clusters {
  Mesh() {
    for (const std::string& name : k_both) add(name);
    apply(install(k_both));
    wait();
  }
  void wait() { now += std::chrono::hours(1); }
  void restart_all() {
    wait();
    for (const std::string& name : k_both) start_istiod(name);
    wait();
  }
  Plan next() { return rotate(k_both, "root"); }
  std::size_t trusted(const std::string& cluster) {
    std::set<std::string> roots;
    for (const Certificate& one : certificates(secret_file(cluster, "root-cert.pem")))
      roots.insert(one.sha256);
    return roots.size();
  }
  std::string root(const char* file = "/root.pem") {
    return certificates(files.at(file)).front().sha256;
  }
  /// Whether b's workloads would be trusted by a and the other way round: no step may break it.
  bool calls_cross() {
    for (const auto& [from, to] : {std::pair("a", "b"), std::pair("b", "a")}) {
      const auto problem = workload_problem(certificates(secret_file(from, "ca-cert.pem")).front(),
                                            read_key(secret_file(from, "ca-key.pem"), {}, "key"),
                                            certificates(secret_file(from, "cert-chain.pem")),
                                            certificates(secret_file(to, "root-cert.pem")), now);
      if (!problem.empty()) return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("certs rotate --root: three steps, each on all clusters, and calls cross all the time") {
  Mesh mesh;
  const std::string old_root = mesh.root();
  const Plan trust = mesh.next();
  CHECK_THAT(trust.title, Catch::Contains("step 1 of 3"));
  mesh.apply(trust);
  CHECK(mesh.trusted("a") == 2);
  CHECK(mesh.calls_cross());
  CHECK(mesh.root() == old_root);
  mesh.wait();

  const Plan sign = mesh.next();
  CHECK_THAT(sign.title, Catch::Contains("step 2 of 3"));
  mesh.apply(sign);
  CHECK(mesh.calls_cross());
  const Certificate next = certificates(mesh.files.at("/root-next.pem")).front();
  CHECK(signed_by(certificates(mesh.secret_file("b", "ca-cert.pem")).front(), next));
  // The new root twice, so that proxies ask anew.
  CHECK(certificates(mesh.secret_file("a", "root-cert.pem")).size() == 3);
  mesh.wait();

  const Plan drop = mesh.next();
  CHECK_THAT(drop.title, Catch::Contains("step 3 of 3"));
  mesh.apply(drop);
  CHECK(mesh.calls_cross());
  CHECK(mesh.trusted("b") == 1);
  CHECK(mesh.root() == next.sha256);
  CHECK(mesh.root("/root-previous.pem") == old_root);
  CHECK_FALSE(mesh.verify(k_both).failed);
  CHECK(mesh.install(k_both).actions.empty());
  // The next one begins at the beginning.
  mesh.wait();
  CHECK_THAT(mesh.next().title, Catch::Contains("step 1 of 3"));
}

TEST_CASE("certs rotate --root: cut off at any write of any step, the same command goes on") {
  const int step = GENERATE(1, 2, 3);
  const int writes_done = GENERATE(0, 1, 2, 3, 4);
  Mesh mesh;
  for (int before = 1; before < step; ++before) {
    mesh.apply(mesh.next());
    mesh.wait();
  }
  const Plan plan = mesh.next();
  const int done = mesh.apply(plan, writes_done);
  mesh.wait();
  CHECK(mesh.calls_cross());
  if (done < static_cast<int>(plan.actions.size())) {
    const Plan again = mesh.next();
    INFO(plan.title << " then " << again.title);
    CHECK_THAT(again.title, Catch::Contains("step " + std::to_string(step) + " of 3"));
    mesh.apply(again);
    mesh.wait();
    CHECK(mesh.calls_cross());
  }
  for (int after = step + 1; after <= 3; ++after) {
    const Plan following = mesh.next();
    CHECK_THAT(following.title, Catch::Contains("step " + std::to_string(after) + " of 3"));
    mesh.apply(following);
    mesh.wait();
    CHECK(mesh.calls_cross());
  }
  CHECK(mesh.trusted("a") == 1);
  CHECK(mesh.trusted("b") == 1);
  CHECK_FALSE(mesh.verify(k_both).failed);
  CHECK(mesh.install(k_both).actions.empty());
}

TEST_CASE("certs rotate --root: a cluster that joins on the way is taken along") {
  const int steps = GENERATE(1, 2);
  Mesh mesh;
  for (int at = 0; at < steps; ++at) {
    mesh.apply(mesh.next());
    mesh.wait();
  }
  mesh.add("c");
  mesh.apply(mesh.install({"a", "b", "c"}));
  CHECK(mesh.trusted("c") == 2);
  for (int at = 0; at < 2; ++at) {
    mesh.wait();
    mesh.apply(mesh.rotate({"a", "b", "c"}, "root"));
  }
  if (steps == 2) CHECK(mesh.trusted("c") == 1);
  CHECK(mesh.verify({"a", "b", "c"}).failed == false);
}

TEST_CASE("certs rotate --root: no step before istiod has taken up the one before") {
  Mesh mesh;
  mesh.restart_all();
  const Plan trust = mesh.next();
  mesh.apply(trust);
  CHECK_THAT(trust.notes.at(0).text, Catch::Contains("rollout restart deployment/istiod") &&
                                         Catch::Contains("every workload with a sidecar"));
  mesh.wait();
  const Plan too_early = mesh.next();
  CHECK(too_early.actions.empty());
  CHECK_THAT(too_early.refusals.at(0).message,
             Catch::Contains("before the last step changed the Secret"));
  mesh.restart_all();
  mesh.apply(mesh.next());
  mesh.wait();
  CHECK_FALSE(mesh.next().refusals.empty());
  mesh.restart_all();
  const Plan drop = mesh.next();
  CHECK_THAT(drop.title, Catch::Contains("step 3 of 3"));
}

TEST_CASE(
    "certs rotate --root: istiod with ISTIO_MULTIROOT_MESH needs no restart, but must spread") {
  Mesh mesh;
  for (const std::string& name : k_both) mesh.start_istiod(name, true);
  mesh.wait();
  mesh.apply(mesh.next());
  mesh.wait();
  CHECK_THAT(mesh.next().refusals.at(0).message,
             Catch::Contains("istio-ca-root-cert does not carry the new root yet"));
  const Json pods_a = mesh.objects["a"]["Pod istio-system/istiod-1"];
  mesh.restart_all();  // spreads; the pods stay as old as they were
  mesh.objects["a"]["Pod istio-system/istiod-1"] = pods_a;
  mesh.objects["b"]["Pod istio-system/istiod-1"] = pods_a;
  CHECK_THAT(mesh.next().title, Catch::Contains("step 2 of 3"));
}

TEST_CASE("certs rotate --root: cut off in step 2 with istiod running, it goes on") {
  Mesh mesh;
  mesh.restart_all();
  mesh.apply(mesh.next());
  mesh.restart_all();
  mesh.apply(mesh.next(), 1);
  mesh.wait();
  const Plan again = mesh.next();
  CHECK(again.refusals.empty());
  CHECK(again.actions.size() == 1);
  CHECK_THAT(again.title, Catch::Contains("(continued), step 2 of 3"));
}

TEST_CASE("certs rotate --intermediate: new keys, the same root") {
  Mesh mesh;
  mesh.restart_all();
  const std::string root = mesh.secret_file("a", "root-cert.pem");
  const std::string key = mesh.secret_file("a", "ca-key.pem");
  const Plan plan = mesh.rotate(k_both, "intermediate", {{"key", "p384"}});
  CHECK(plan.actions.size() == 2);
  CHECK(plan.notes.size() == 2);
  mesh.apply(plan);
  CHECK(mesh.secret_file("a", "root-cert.pem") == root);
  CHECK(mesh.secret_file("a", "ca-key.pem") != key);
  CHECK(mesh.calls_cross());
  CHECK(mesh.install(k_both).actions.empty());
}

TEST_CASE("certs rotate: an expired intermediate is no obstacle, a broken set is") {
  Mesh mesh;
  mesh.now += std::chrono::days(400);
  mesh.apply(mesh.rotate(k_both, "intermediate"));
  CHECK(mesh.calls_cross());
  mesh.objects["b"]["Secret istio-system/cacerts"]["data"].erase("ca-key.pem");
  for (const char* what : {"intermediate", "root"})
    CHECK_THAT(mesh.rotate(k_both, what).refusals.at(0).message,
               Catch::Contains("half-written: it lacks ca-key.pem"));
}

TEST_CASE("certs rotate: the wrong folder of the authority changes nothing") {
  Mesh mesh;
  const Json elsewhere{{"ca-dir", "/other"}};
  for (const char* what : {"intermediate", "root"})
    CHECK_THAT(problem_of([&] { mesh.rotate(k_both, what, elsewhere); }).message,
               Catch::Contains("has no root to rotate"));
  mesh.add("x");
  mesh.apply(mesh.install({"x"}, elsewhere));
  for (const char* what : {"intermediate", "root"}) {
    const Plan plan = mesh.rotate(k_both, what, elsewhere);
    CHECK(plan.actions.empty());
    CHECK(plan.refusals.size() == 2);
    CHECK_THAT(plan.refusals.at(0).message, Catch::Contains("not of this authority"));
  }
}

TEST_CASE("certs rotate: what is not there, not ours, or under way is said") {
  Mesh mesh;
  mesh.add("c");
  CHECK_THAT(mesh.rotate({"a", "c"}, "root").refusals.at(0).message,
             Catch::Contains("c: there is no"));
  mesh.objects["b"]["Secret istio-system/cacerts"]["metadata"].erase("labels");
  CHECK_THAT(mesh.next().refusals.at(0).message, Catch::Contains("not made by kubectl mesh"));
  mesh.apply(mesh.rotate({"a"}, "root"));
  CHECK_THAT(problem_of([&] { mesh.rotate({"a"}, "intermediate"); }).message,
             Catch::Contains("under way"));
  CHECK(problem_of([&] {
          certs::rotate({.verb = "rotate",
                         .clusters = k_both,
                         .options = Json::object(),
                         .settings = Json::object()},
                        mesh.host());
        }).code == "usage");
}

TEST_CASE("certs rotate: a cluster that was left out is refused, not broken") {
  Mesh mesh;
  for (int step = 0; step < 3; ++step) {
    mesh.apply(mesh.rotate({"a"}, "root"));
    mesh.wait();
  }
  const Plan plan = mesh.next();
  CHECK(plan.actions.empty());
  CHECK(plan.refusals.at(0).cluster == "b");
  CHECK(mesh.verify(k_both).failed);
}

TEST_CASE("certs rotate: an encrypted root is not followed by one in the clear") {
  const Folder folder;
  Clusters clusters;
  clusters.add("a");
  const Json sealed{{"passphrase-file", folder.write("word", "secret")}};
  clusters.apply(clusters.install({"a"}, sealed));
  CHECK(problem_of([&] { clusters.rotate({"a"}, "root"); }).code == "invalid-input");
  clusters.now += std::chrono::hours(1);
  clusters.apply(clusters.rotate({"a"}, "root", sealed));
  CHECK(holds_encrypted_key(clusters.files.at("/root-next.pem")));
  clusters.apply(clusters.rotate({"a"}, "root", sealed));
  // The last step opens no key: the files change their names.
  clusters.apply(clusters.rotate({"a"}, "root"));
  CHECK(holds_encrypted_key(clusters.files.at("/root.pem")));
}

TEST_CASE("certs rotate: a strategy that cannot, says so in words of this verb") {
  const Folder folder;
  const Pair root = root_pair();
  Clusters clusters;
  clusters.add("a");
  const Json settings{{"root-cert", folder.write("c", root.certificate)},
                      {"root-key", folder.write("k", root.key)}};
  clusters.apply(clusters.install({"a"}, {{"strategy", "pem"}}, settings));
  const auto rotate = [&](const char* what, const Json& with) {
    return certs::rotate({.verb = "rotate",
                          .clusters = {"a"},
                          .options = {{"strategy", "pem"}, {what, true}},
                          .settings = with},
                         clusters.host());
  };
  CHECK(rotate("intermediate", settings).actions.size() == 1);
  CHECK_THAT(problem_of([&] { rotate("root", settings); }).message,
             Catch::Contains("the strategy pem cannot do that"));
  CHECK_THAT(problem_of([&] {
               rotate("intermediate", {{"folder", folder.at("")}});
             }).hint,
             Catch::Contains("certs install"));
}

}  // namespace mesh::certs::test
