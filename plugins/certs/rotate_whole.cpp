#include <algorithm>

#include "rotate.hpp"
#include "spreading.hpp"

// A rotation from its first step to its last in one run. Each plan is a step with the restarts and
// the proof behind it; the host asks for the next one until a plan does not continue. What was cut
// off is found in the clusters: before a step is taken, all that it needs is brought about.

namespace mesh::certs {

namespace {

/// What was read, and what the authority says of it.
struct View {
  Authority authority;
  std::vector<ClusterFacts> all;
  Time now;
};

View view_of(const CommandRequest& request, const Host& host) {
  Authority authority = authority_of(request, host);
  std::vector<ClusterFacts> all = read_facts(host, look_of(request, Depth::workloads));
  return {std::move(authority), std::move(all), now_of(host)};
}

/// true: somebody may not list the pods of a cluster, so nothing can be said of its proxies.
bool refuse_unlisted(Plan& plan, const std::vector<ClusterFacts>& all) {
  for (const ClusterFacts& facts : all) {
    if (facts.unlisted) plan.refusals.push_back(*facts.unlisted);
  }
  return !plan.refusals.empty();
}

bool is_written(const RotationStep& step, const ClusterFacts& facts) {
  return std::find(step.clusters.begin(), step.clusters.end(), facts.cluster) !=
         step.clusters.end();
}

/// Whether the last change of the Secret has not arrived everywhere in a cluster. A pod is not
/// taken for late by its age alone unless its roots have changed since.
bool is_late(const ClusterFacts& facts, const ProxyNeed& need, Time now) {
  return !late_namespaces(facts, assess(facts, now)).empty() ||
         (need.signer && is_istiod_late(facts)) || !lacks_of(facts, need, now, Age::roots).empty();
}

/// An intermediate that was replaced some time ago is no part of a root rotation: istiod takes it
/// up without a restart, and the proxies when they renew.
ProxyNeed roots_of(const Assessment& found) {
  ProxyNeed need = need_of(found);
  need.signer.reset();
  return need;
}

/// A root rotation whose last step has not arrived is finished before another one begins.
bool finish_last(Plan& plan, const CommandRequest& request, const View& view) {
  const bool late = std::any_of(view.all.begin(), view.all.end(), [&](const ClusterFacts& facts) {
    return is_late(facts, roots_of(assess(facts, view.now)), view.now);
  });
  if (!late) return false;
  Spreading spreading(plan, request, view.now);
  for (const ClusterFacts& facts : view.all) spreading.add(facts, need_of(assess(facts, view.now)));
  spreading.finish(true);
  plan.title += " (continued): what the Secrets say has not arrived everywhere";
  return true;
}

/// What the step needs and is not there yet.
bool prepare(Plan& plan, const CommandRequest& request, const View& view,
             const RotationStep& step) {
  if (not_arrived(view.all, step, view.now).empty()) return false;
  Spreading spreading(plan, request, view.now);
  for (const ClusterFacts& facts : view.all) spreading.add(facts, step.need);
  spreading.finish(false);
  // The proof is the next look: a step that is needed and cannot be taken is refused by it.
  if (plan.actions.empty() && plan.refusals.empty())
    plan.refusals = not_arrived(view.all, step, view.now);
  plan.title += " (continued), before " + std::string(row_of(step.move).title);
  plan.continues = plan.refusals.empty();
  return true;
}

void take(Plan& plan, const CommandRequest& request, const View& view, const RotationStep& step) {
  const MoveRow& row = row_of(step.move);
  plan.title += std::string(step.continued ? " (continued), " : ", ") + row.title;
  add_move(plan, request, view.authority, view.all, step, view.now);
  Spreading spreading(plan, request, view.now);
  for (const ClusterFacts& facts : view.all) {
    if (is_written(step, facts)) {
      spreading.add_written(facts);
    } else {
      spreading.add(facts, need_of(assess(facts, view.now)));
    }
  }
  spreading.finish(row.last);
  plan.continues = !row.last;
}

/// The plan shows the actions of one step; these are the ones behind it.
void say_the_rest(Plan& plan, const std::vector<ClusterFacts>& all, Move move) {
  std::string rest;
  bool behind = false;
  const auto moves = move == Move::sign_back || move == Move::drop_back
                         ? std::vector<Move>{Move::sign_back, Move::drop_back}
                         : std::vector<Move>{Move::trust, Move::sign, Move::drop};
  for (const Move one : moves) {
    if (behind) rest += (rest.empty() ? "" : ", ") + std::string(row_of(one).title);
    behind = behind || one == move;
  }
  if (rest.empty()) return;
  plan.notes.push_back({Severity::info, "",
                        "then, without another question: " + rest +
                            "; each changes the Secret of every cluster, restarts what is named "
                            "here, and is proven before the next"});
  for (const ClusterFacts& facts : all) {
    const std::string names = restarted_text(facts);
    if (!names.empty())
      plan.notes.push_back({Severity::info, facts.cluster, "each step restarts " + names});
  }
}

/// What the plans behind this one write.
void announce_rest(Plan& plan, const CommandRequest& request, const View& view) {
  if (!plan.continues) return;
  announce_sets(plan, request.clusters, istio_namespace(request));
  for (const ClusterFacts& facts : view.all) announce_restarts(plan, facts);
}

}  // namespace

Plan rotate_root_whole(const CommandRequest& request, const Host& host) {
  const View view = view_of(request, host);
  Plan plan;
  plan.title = "Root rotation, all steps";
  const RotationStep step = next_step(view.all, view.authority.roots, view.now);
  plan.refusals = step.refusals;
  if (!plan.refusals.empty() || refuse_unlisted(plan, view.all)) return plan;
  const bool under_way = is_under_way(view.all, view.authority.roots, view.now);
  // The step after the last one is the first of another rotation, which nobody has asked for.
  if (!under_way && finish_last(plan, request, view)) return plan;
  if (!under_way || !prepare(plan, request, view, step)) take(plan, request, view, step);
  if (!plan.refusals.empty()) return plan;
  say_the_rest(plan, view.all, step.move);
  announce_rest(plan, request, view);
  if (plan.continues)
    plan.notes.push_back(
        {Severity::info, "",
         next_command(request, "rotate --abort", "takes it back, until step 3 begins")});
  plan.next = {next_command(request, "verify", "prove it")};
  return plan;
}

Plan rotate_intermediates_whole(const CommandRequest& request, const Host& host) {
  const View view = view_of(request, host);
  require_no_rotation(view.authority);
  Plan plan;
  plan.title = "New intermediates under the same root, all steps";
  plan.refusals = rotation_obstacles(view.all, view.authority.roots, view.now);
  if (!plan.refusals.empty() || refuse_unlisted(plan, view.all)) return plan;
  // Where the last one has not arrived yet, a run was cut off: it is finished, and the others get
  // theirs.
  Spreading spreading(plan, request, view.now);
  std::vector<ClusterFacts> fresh;
  for (const ClusterFacts& facts : view.all) {
    const ProxyNeed need = need_of(assess(facts, view.now));
    if (is_late(facts, need, view.now)) {
      spreading.add(facts, need);
    } else {
      fresh.push_back(facts);
    }
  }
  if (fresh.size() < view.all.size()) plan.title += " (continued)";
  if (!fresh.empty()) add_intermediates(plan, request, view.authority, fresh, view.now);
  for (const ClusterFacts& facts : fresh) spreading.add_written(facts);
  spreading.finish(true);
  plan.next = {next_command(request, "verify", "prove it")};
  return plan;
}

Plan abort_rotation(const CommandRequest& request, const Host& host) {
  const View view = view_of(request, host);
  Plan plan;
  plan.title = "Back to the old root";
  const RotationStep step = step_back(view.all, view.authority.roots, view.now);
  plan.refusals = step.refusals;
  if (!plan.refusals.empty() || refuse_unlisted(plan, view.all)) return plan;
  if (step.move == Move::none) {
    // Either way has ended in the Secrets; which one it was makes no difference to what is missing.
    plan.title = "No root rotation is under way";
    if (!finish_last(plan, request, view))
      plan.notes.push_back({Severity::info, "", "no root rotation is under way"});
    return plan;
  }
  if (!prepare(plan, request, view, step)) take(plan, request, view, step);
  if (!plan.refusals.empty()) return plan;
  say_the_rest(plan, view.all, step.move);
  announce_rest(plan, request, view);
  plan.next = {next_command(request, "verify", "prove it")};
  return plan;
}

}  // namespace mesh::certs
