#include "restart.hpp"
#include "verbs.hpp"

#include "mesh/lookup.hpp"

namespace mesh::inject {

namespace {

/// The change of a namespace's labels, and our annotation set or taken away with it.
Action edit_of(const ClusterFacts& facts, const SeenNamespace& one, const Change& change,
               const std::optional<std::string>& before, const std::string& reason) {
  Action action;
  action.type = ActionType::edit;
  action.cluster = facts.cluster;
  action.target = {"v1", "Namespace", "", one.name};
  action.precondition = {{"/metadata/uid", one.uid}};
  action.reason = reason;
  action.phase = k_phase_labels;
  const auto operation = [&](const char* op, const std::string& path, Json value) {
    Json step{{"op", op}, {"path", path}};
    if (!value.is_null()) step["value"] = std::move(value);
    action.patch.push_back(std::move(step));
  };
  const std::string labels = "/metadata/labels/";
  const std::string annotation = "/metadata/annotations/" + lookup::step(k_before);
  if (!one.has_labels && !change.set.empty()) operation("add", "/metadata/labels", Json::object());
  for (const auto& [key, value] : change.set) operation("add", labels + lookup::step(key), value);
  for (const std::string& key : change.drop)
    operation("remove", labels + lookup::step(key), nullptr);
  if (before && !one.has_annotations) operation("add", "/metadata/annotations", Json::object());
  if (before) operation("add", annotation, *before);
  if (!before && one.ours) operation("remove", annotation, nullptr);
  return action;
}

class Enabler {
 public:
  Enabler(Plan& plan, const Asked& asked) : m_plan(plan), m_asked(asked), m_restarts(plan, asked) {}

  void plan(const std::vector<ClusterFacts>& all) {
    for (const std::string& name : m_asked.namespaces) {
      if (is_system(name, m_asked.istio_namespace))
        m_plan.refusals.push_back(refusal("mesh", name, "Istio injects nothing into " + name,
                                          "name the namespaces of your services"));
    }
    std::set<std::string> seen;
    for (const ClusterFacts& facts : all) {
      if (facts.problem) {
        m_plan.refusals.push_back(*facts.problem);
        continue;
      }
      for (const std::string& name : m_asked.namespaces) {
        const auto found = facts.namespaces.find(name);
        if (found == facts.namespaces.end()) continue;
        seen.insert(name);
        plan_namespace(facts, found->second);
      }
    }
    for (const std::string& name : m_asked.namespaces) {
      if (seen.contains(name)) continue;
      if (m_asked.ahead) {
        note("", "no cluster has a namespace " + name + " yet");
      } else {
        m_plan.refusals.push_back(refusal("mesh", name, "no cluster has a namespace " + name,
                                          "make it first, or take it out"));
      }
    }
    m_restarts.finish(m_relabelled);
  }

 private:
  void plan_namespace(const ClusterFacts& facts, const SeenNamespace& one) {
    if (one.ending) {
      m_plan.refusals.push_back(refusal(facts.cluster, one.name,
                                        "namespace " + one.name + " is being deleted",
                                        "wait until it is gone, or take it out"));
      return;
    }
    const Saying saying = saying_of(one.labels);
    const Change change = wanted_change(one.labels, m_asked.revision);
    const Labels after = changed(one.labels, change);
    if (m_asked.revision.empty() && saying.kind == Saying::Kind::revision)
      note(facts.cluster, "namespace " + one.name + " is injected by revision " + saying.revision +
                              " already; it stays so");
    if (saying.conflicting)
      warn(facts.cluster, "namespace " + one.name +
                              " has both labels; istio-injection=" + one.labels.at(k_injection) +
                              " beats istio.io/rev=" + saying.revision +
                              (is_empty(change) ? ", which has no effect" : ""));
    const auto mode = one.labels.find(k_dataplane_mode);
    if (mode != one.labels.end() && mode->second == "ambient")
      warn(facts.cluster, "namespace " + one.name + " is of the ambient mesh (" + k_dataplane_mode +
                              "=ambient): its pods leave that for a sidecar when they restart");
    if (!webhook_ready(facts, one, after)) return;
    if (!is_empty(change)) {
      // Who had our annotation before keeps what it says: that is how it was at the beginning.
      const std::string before = before_text(one.labels, change, one.ours ? one.before : "");
      std::string reason;
      for (const auto& [key, value] : change.set) reason += key + "=" + value;
      for (const std::string& key : change.drop)
        reason += (reason.empty() ? "without " : ", without ") + key;
      m_plan.actions.push_back(edit_of(facts, one, change, before, reason));
      if (one.owner && one.owner->id != "kubectl")
        warn(facts.cluster, "namespace " + one.name + " is written by " + one.owner->name +
                                ": set " + reason + " in its source, too, or it may be taken back");
      m_relabelled.insert(facts.cluster);
    }
    m_restarts.add(facts, one.name, after);
    if (m_asked.ahead && m_asked.restart) announce_restarts(facts, one.name);
  }

  /// Which pods lack their sidecar shows when the webhook is there.
  void announce_restarts(const ClusterFacts& facts, const std::string& name_space) {
    std::set<std::string> kinds;
    for (const SeenPod& pod : facts.pods) {
      if (pod.name_space != name_space || pod.workload.empty()) continue;
      if (!kinds.insert(pod.workload_kind).second) continue;
      m_plan.announces.push_back({.type = ActionType::restart,
                                  .cluster = facts.cluster,
                                  .target = {"apps/v1", pod.workload_kind, name_space, "*"},
                                  .reason = "if its pods lack the sidecar"});
    }
  }

  /// Pods that are made while the webhook cannot be called do not start at all.
  bool webhook_ready(const ClusterFacts& facts, const SeenNamespace& one, const Labels& after) {
    if (const Webhook* blocking = blocking_webhook(facts.webhooks, after, {});
        blocking != nullptr && !is_to_come(*blocking)) {
      m_plan.refusals.push_back(
          refusal(facts.cluster, one.name,
                  unanswered_text(*blocking) + "; new pods of " + one.name + " would not start",
                  unanswered_fix(facts.cluster, *blocking)));
      return false;
    }
    const Webhook* hook = webhook_for(facts.webhooks, after, {});
    const bool unanswered = hook != nullptr && !hook->served && !is_to_come(*hook);
    if (hook == nullptr || unanswered) return no_webhook(facts, one);
    if (hook->ca.empty()) {
      await(facts, *hook);
      return true;
    }
    const std::string fault = webhook_fault(facts, *hook);
    if (fault.empty() || m_asked.ahead) return true;
    m_plan.refusals.push_back(refusal(facts.cluster, one.name,
                                      "webhook " + hook->configuration + ": " + fault +
                                          "; new pods of " + one.name + " would not start",
                                      "restart istiod: kubectl --context " + facts.cluster +
                                          " -n " + m_asked.istio_namespace +
                                          " rollout restart deployment -l app=istiod"));
    return false;
  }

  /// Before Istio is installed, its own Service has no endpoints yet.
  bool is_to_come(const Webhook& hook) const {
    const std::string suffix = m_asked.revision.empty() ? "" : "-" + m_asked.revision;
    return m_asked.ahead && hook.service == m_asked.istio_namespace + "/istiod" + suffix;
  }

  bool no_webhook(const ClusterFacts& facts, const SeenNamespace& one) {
    const std::string revision =
        m_asked.revision.empty() ? saying_of(one.labels).revision : m_asked.revision;
    const std::string what =
        revision.empty() ? "no default revision of Istio" : "no revision " + revision;
    if (m_asked.ahead) {
      note(facts.cluster, "pods of " + one.name + " get their sidecar once istiod is there");
      return true;
    }
    const std::string there = revisions_text(facts.webhooks);
    m_plan.refusals.push_back(
        refusal(facts.cluster, one.name,
                "nothing would inject into namespace " + one.name + ": there is " + what,
                there.empty() ? "kubectl mesh helm install --contexts " + facts.cluster
                              : "there are: " + there + "; name one with --revision"));
    return false;
  }

  void await(const ClusterFacts& facts, const Webhook& hook) {
    if (!m_awaited.insert(facts.cluster + "/" + hook.configuration).second) return;
    Action action;
    action.type = ActionType::wait;
    action.cluster = facts.cluster;
    action.target = {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "",
                     hook.configuration};
    action.until = Until::present;
    action.pointer = "/webhooks/" + std::to_string(hook.index) + "/clientConfig/caBundle";
    action.seconds = 60;
    action.reason = "istiod fills in by which CA its webhook is known";
    action.phase = k_phase_webhook;
    m_plan.actions.push_back(std::move(action));
  }

  void note(const std::string& cluster, const std::string& text) {
    m_plan.notes.push_back({Severity::info, cluster, text});
  }
  void warn(const std::string& cluster, const std::string& text) {
    m_plan.notes.push_back({Severity::warning, cluster, text});
  }

  Plan& m_plan;
  const Asked& m_asked;
  Restarts m_restarts;
  std::set<std::string> m_relabelled, m_awaited;
};

}  // namespace

Plan plan_enable(const Asked& asked, const std::vector<ClusterFacts>& all) {
  Plan plan;
  plan.title = "Sidecars for the pods of ";
  for (const std::string& name : asked.namespaces)
    plan.title += (plan.title.ends_with(' ') ? "" : ", ") + name;
  Enabler(plan, asked).plan(all);
  plan.next.push_back(next_command(asked, "status", "who has a sidecar"));
  return plan;
}

Plan plan_disable(const Asked& asked, const std::vector<ClusterFacts>& all) {
  Plan plan;
  plan.title = "No sidecars any more";
  Restarts restarts(plan, asked);
  std::set<std::string> relabelled;
  for (const ClusterFacts& facts : all) {
    if (facts.problem) plan.refusals.push_back(*facts.problem);
    for (const auto& [name, one] : facts.namespaces) {
      const bool named = std::find(asked.namespaces.begin(), asked.namespaces.end(), name) !=
                         asked.namespaces.end();
      // What mesh.yaml says today need not be what it said when the labels were set.
      if (facts.problem || !(asked.namespaces.empty() || asked.by_file ? one.ours : named))
        continue;
      if (!one.ours) {
        if (concerned(one))
          plan.notes.push_back({Severity::warning, facts.cluster,
                                "namespace " + name +
                                    " was not labelled by kubectl mesh; it "
                                    "stays as it is"});
        continue;
      }
      const Change change = change_back(one.labels, one.before);
      plan.actions.push_back(
          edit_of(facts, one, change, std::nullopt, "labelled by inject enable"));
      relabelled.insert(facts.cluster);
      restarts.add(facts, name, changed(one.labels, change));
    }
  }
  restarts.finish(relabelled);
  return plan;
}

Plan enable(const CommandRequest& request, const Host& host) {
  const Asked asked = asked_of(request);
  if (asked.namespaces.empty()) {
    // A mesh without this section wants no injection: `up` has nothing to do here.
    if (request.options.empty() && !request.mesh.members.empty()) {
      Plan plan;
      plan.title = "Sidecars";
      plan.notes.push_back({Severity::info, "",
                            "mesh.yaml names no namespaces for sidecars: inject: {namespaces: "
                            "[...]}, or --namespaces"});
      return plan;
    }
    throw Failure("invalid-input", "no namespace is named",
                  "--namespaces default,shop, or inject: {namespaces: [...]} in mesh.yaml");
  }
  return plan_enable(asked, read_facts(host, look_of(asked)));
}

Plan disable(const CommandRequest& request, const Host& host) {
  const Asked asked = asked_of(request);
  Look look = look_of(asked);
  if (asked.by_file) look.namespaces.clear();
  return plan_disable(asked, read_facts(host, look));
}

}  // namespace mesh::inject
