#include <algorithm>
#include <set>

#include "choose.hpp"
#include "discovery.hpp"
#include "istiods.hpp"
#include "strategies.hpp"

namespace mesh::serviceentry {

namespace {

/// Only what carries our label: somebody may have made it anew since.
Action removal(const std::string& cluster, const ObjectRef& target, const std::string& reason) {
  Action action;
  action.type = ActionType::remove;
  action.cluster = cluster;
  action.target = target;
  action.precondition = {{"/metadata/labels/" + lookup::step(k_managed_by), k_us}};
  action.reason = reason;
  return action;
}

// After the accounts and the stubs: a proof that fails takes back what is of its phase.
constexpr int k_remote_phase = 2;

class DiscoveryPlanner {
 public:
  DiscoveryPlanner(Plan& plan, const ExposureRequest& request,
                   const std::vector<DiscoveryFacts>& all)
      : m_plan(plan),
        m_request(request),
        m_all(all),
        m_settings(discovery_settings(request.settings)) {}

  void plan() {
    for (const DiscoveryFacts& facts : m_all) {
      if (facts.problem && asked(facts)) m_plan.refusals.push_back(*facts.problem);
    }
    for (const DiscoveryFacts& facts : m_all) {
      if (!facts.problem && fit(facts)) plan_observed(facts);
    }
    for (const DiscoveryFacts& facts : m_all) {
      if (!facts.problem && asked(facts)) prune(facts);
    }
    for (const auto& [observer, told] : m_told) {
      Action proof = reach_proof(observer, name_space(), told.reach, told.changed);
      proof.phase = k_remote_phase;
      act(std::move(proof));
    }
  }

 private:
  bool asked(const DiscoveryFacts& facts) const { return asks_for(m_request, facts.cluster); }
  const std::string& name_of(const DiscoveryFacts& facts) const {
    return m_request.mesh.member(facts.cluster).name;
  }
  const std::string& name_space() const { return m_request.istio_namespace; }

  bool has_observer(const DiscoveryFacts& observed) const {
    return std::any_of(m_all.begin(), m_all.end(), [&](const DiscoveryFacts& other) {
      return other.cluster != observed.cluster && asked(other) && !other.problem;
    });
  }

  bool fit(const DiscoveryFacts& facts) {
    if (!has_observer(facts)) return false;
    std::string missing;
    if (!facts.namespace_found) missing = "there is no namespace " + name_space();
    if (facts.namespace_ending) missing = "namespace " + name_space() + " is being deleted";
    if (missing.empty()) return true;
    if (m_request.ahead) {
      note(facts, "is discovered when Istio is there: " + missing + " yet");
      m_plan.continues = true;
      announce_account(facts);
      announce_secrets(facts);
    } else if (asked(facts)) {
      m_plan.refusals.push_back(refusal(facts.cluster, "", missing,
                                        "kubectl mesh helm install --contexts " + facts.cluster));
    }
    return false;
  }

  void plan_observed(const DiscoveryFacts& facts) {
    if (!prepare(facts)) return;
    RemoteAccess access;
    access.name = name_of(facts);
    const std::string why = fill_access(access, facts, m_settings);
    if (!why.empty()) {
      m_plan.refusals.push_back(refusal(
          facts.cluster, "", "the others cannot be told how to reach it: " + why,
          "--api-server " + access.name + "=https://HOST:PORT, or --set ca=token|kubeconfig"));
      return;
    }
    if (is_loopback(access.server))
      m_plan.notes.push_back(
          {Severity::warning, facts.cluster,
           "its API server is " + access.server +
               ": pods of the other clusters cannot reach it there; --api-server " + access.name +
               "=https://HOST:PORT"});
    for (const DiscoveryFacts& observer : m_all) {
      if (observer.cluster != facts.cluster && asked(observer) && !observer.problem)
        tell(observer, access);
    }
  }

  /// The account and its token. False: they are not there yet.
  bool prepare(const DiscoveryFacts& facts) {
    if (!asked(facts)) {
      if (facts.token.empty())
        note(facts, "has no token for a reader: run serviceentry sync on it too");
      return !facts.token.empty();
    }
    if (m_request.ahead && (!facts.account_found || !facts.bound)) {
      note(facts, "gives the others a token of " + std::string(k_reader) +
                      " once Istio has made that account");
      m_plan.continues = true;
      announce_account(facts);
      announce_secrets(facts);
      return false;
    }
    const std::string reason = "the istiods of the other clusters read with it";
    if (!facts.account_found || facts.account_ours)
      act(application(facts.cluster, reader_account(name_space()), reason));
    if (!facts.bound || facts.binding_ours) {
      act(application(facts.cluster, reader_role(name_space()), reason));
      act(application(facts.cluster, reader_binding(name_space()), reason));
    }
    if (!facts.token_found || facts.token_ours)
      act(application(facts.cluster, token_secret(name_space()), "its token"));
    if (!facts.token.empty()) return true;
    Action wait;
    wait.type = ActionType::wait;
    wait.cluster = facts.cluster;
    wait.target = {"v1", "Secret", name_space(), k_token_secret};
    wait.until = Until::present;
    wait.pointer = "/data/token";
    wait.seconds = 30;
    wait.reason = "Kubernetes fills in the token";
    act(std::move(wait));
    m_plan.continues = true;
    announce_secrets(facts);
    note(facts, "its token is made first; then the others get it");
    return false;
  }

  /// The reader of a cluster, as prepare() makes it.
  void announce_account(const DiscoveryFacts& facts) {
    if (!asked(facts)) return;
    for (const Json& object : {reader_account(name_space()), reader_role(name_space()),
                               reader_binding(name_space()), token_secret(name_space())}) {
      m_plan.announces.push_back(announcement_of(
          application(facts.cluster, object, "the istiods of the other clusters read with it")));
    }
  }

  /// What the istiods of the other clusters get of a cluster.
  void announce_secrets(const DiscoveryFacts& facts) {
    for (const DiscoveryFacts& observer : m_all) {
      if (observer.cluster == facts.cluster || !asked(observer) || observer.problem) continue;
      m_plan.announces.push_back(
          {.type = ActionType::apply,
           .cluster = observer.cluster,
           .target = {"v1", "Secret", name_space(), remote_secret_name(name_of(facts))},
           .reason = "its istiod discovers the services of " + name_of(facts)});
    }
  }

  void tell(const DiscoveryFacts& observer, const RemoteAccess& access) {
    const std::string name = remote_secret_name(access.name);
    for (const RemoteSecret& remote : observer.remotes) {
      const auto held = remote.clusters.find(access.name);
      if (remote.name != name && held != remote.clusters.end()) {
        m_plan.refusals.push_back(
            refusal(observer.cluster, "Secret " + name_space() + "/" + remote.name,
                    "Secret " + name_space() + "/" + remote.name + " leads to " + access.name +
                        " already; istiod takes the first of two",
                    "delete it, if kubectl mesh is to care for " + access.name));
        return;
      }
      if (remote.name != name || remote.ours) continue;
      if (held != remote.clusters.end() &&
          same_access(read_kubeconfig(access.name, held->second), access))
        return;  // as good as ours: it stays as it is
      m_plan.refusals.push_back(refusal(observer.cluster, "Secret " + name_space() + "/" + name,
                                        "Secret " + name_space() + "/" + name +
                                            " was not made by kubectl mesh and says something else",
                                        "if it is not needed: kubectl --context " +
                                            observer.cluster + " -n " + name_space() +
                                            " delete secret " + name));
      return;
    }
    Action secret = application(observer.cluster, remote_secret(access, name_space()),
                                "its istiod discovers the services of " + access.name);
    secret.phase = k_remote_phase;
    act(std::move(secret));
    const RemoteAccess before = held_by(observer, access.name);
    if (same_access(before, access)) return;
    m_told[observer.cluster].reach[access.name] = access.server;
    m_told[observer.cluster].changed |= !before.server.empty();
  }

  static RemoteAccess held_by(const DiscoveryFacts& observer, const std::string& name) {
    for (const RemoteSecret& remote : observer.remotes) {
      const auto held = remote.clusters.find(name);
      if (held != remote.clusters.end()) return read_kubeconfig(name, held->second);
    }
    return {};
  }

  void prune(const DiscoveryFacts& facts) {
    std::set<std::string> names;
    for (const Member& member : m_request.mesh.members) {
      if (member.context != facts.cluster) names.insert(member.name);
    }
    for (const RemoteSecret& remote : facts.remotes) {
      if (remote.ours && !names.contains(remote.from))
        act(removal(facts.cluster, {"v1", "Secret", name_space(), remote.name},
                    remote.from + " is not of this mesh"));
    }
  }

  void act(Action action) { m_plan.actions.push_back(std::move(action)); }
  void note(const DiscoveryFacts& facts, const std::string& text) {
    m_plan.notes.push_back({Severity::info, facts.cluster, text});
  }

  Plan& m_plan;
  const ExposureRequest& m_request;
  const std::vector<DiscoveryFacts>& m_all;
  const DiscoverySettings m_settings;

  /// The remote secrets of an observer that are not as they were.
  struct Told {
    Json reach = Json::object();  ///< server by Istio's name of the cluster
    bool changed = false;         ///< one of them was there before
  };
  std::map<std::string, Told> m_told;  ///< by context of the observer
};

void remove_own(Plan& plan, const DiscoveryFacts& facts, const std::string& name_space) {
  const auto drop = [&](const ObjectRef& target) {
    plan.actions.push_back(removal(facts.cluster, target, "made for the other clusters"));
  };
  const std::string rbac = "rbac.authorization.k8s.io/v1";
  if (facts.token_ours) drop({"v1", "Secret", name_space, k_token_secret});
  if (facts.binding_ours) {
    drop({rbac, "ClusterRoleBinding", "", k_our_role});
    drop({rbac, "ClusterRole", "", k_our_role});
  }
  if (facts.account_ours) drop({"v1", "ServiceAccount", name_space, k_reader});
}

}  // namespace

Plan plan_discovery(const ExposureRequest& request, const std::vector<DiscoveryFacts>& all,
                    const Host& host) {
  Plan plan;
  DiscoveryPlanner(plan, request, all).plan();
  if (plan.refusals.empty()) plan_stubs(plan, request, all, host);
  return plan;
}

Plan plan_discovery_removal(const ExposureRequest& request, const std::vector<DiscoveryFacts>& all,
                            const Host& host) {
  Plan plan;
  std::set<std::string> leaving;
  for (const std::string& cluster : request.clusters)
    leaving.insert(request.mesh.member(cluster).name);
  for (const DiscoveryFacts& facts : all) {
    const bool asked = asks_for(request, facts.cluster);
    if (facts.problem) {
      if (asked) plan.refusals.push_back(*facts.problem);
      continue;
    }
    for (const RemoteSecret& remote : facts.remotes) {
      if (remote.ours && (asked || leaving.contains(remote.from)))
        plan.actions.push_back(removal(facts.cluster,
                                       {"v1", "Secret", request.istio_namespace, remote.name},
                                       "leads to " + remote.from));
    }
    if (asked) {
      remove_own(plan, facts, request.istio_namespace);
      plan_stub_removal(plan, facts, host);
    } else {
      for (const std::string& name : leaving) plan_stub_removal(plan, facts, name);
    }
  }
  return plan;
}

}  // namespace mesh::serviceentry
