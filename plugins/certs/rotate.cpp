#include "rotate.hpp"

#include <algorithm>
#include <array>

#include "sets.hpp"

#include "mesh/offered.hpp"

namespace mesh::certs {

namespace {

constexpr std::array<MoveRow, 5> k_moves{{
    {Move::trust, "step 1 of 3: trust the old and the new root",
     "trust a new root beside the old one", "so that all of them trust both roots", "rotate --root",
     "step 2, when all proxies trust both: the new root signs", false},
    {Move::sign, "step 2 of 3: the new root signs", "an intermediate under the new root",
     "so that all certificates come from the new root", "rotate --root",
     "step 3, when all certificates come from the new root: drop the old one", false},
    {Move::drop, "step 3 of 3: drop the old root", "trust the new root only",
     "so that none trusts the old root", "verify", "prove it", true},
    {Move::sign_back, "step 1 of 2: the old root signs again", "an intermediate under the old root",
     "so that all certificates come from the old root", "rotate --abort", "step 2", false},
    {Move::drop_back, "step 2 of 2: drop the new root", "trust the old root only",
     "so that none trusts the new root", "verify", "prove it", true},
}};

void say_what_restarts(Plan& plan, const std::vector<ClusterFacts>& all, const std::string& then) {
  for (const ClusterFacts& facts : all) {
    if (!facts.istiod.empty())
      plan.notes.push_back({Severity::info, facts.cluster,
                            "istiod runs here: afterwards " + restart_text(facts) + ", " + then});
  }
}

/// A strategy that lacks an ability says so in words of this verb.
template <typename Ask>
CaIssued asked_of(const std::string& strategy, const std::string& hint, const Ask& ask) {
  try {
    return ask();
  } catch (const Failure& failure) {
    if (failure.problem().code != "unsupported") throw;
    throw Failure("unsupported", "the strategy " + strategy + " cannot do that", hint);
  }
}

std::vector<ClusterFacts> only(const std::vector<ClusterFacts>& all,
                               const std::vector<std::string>& names) {
  std::vector<ClusterFacts> some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), [&](const ClusterFacts& facts) {
    return std::find(names.begin(), names.end(), facts.cluster) != names.end();
  });
  return some;
}

/// Only the roots change; the signing CA stays.
void change_roots(Plan& plan, const std::vector<ClusterFacts>& all, const CaIssued& answer,
                  Time now, const std::string& reason) {
  for (const ClusterFacts& facts : all) {
    SigningSet set = facts.set;
    set.root_cert = join_pem(answer.roots);
    judge(facts.cluster, set, now);
    add_set(plan, facts, set, reason);
  }
}

/// A rotation has all clusters at the same step: it neither waits nor leaves one out.
void require_all(const CaIssued& answer) {
  if (!answer.refused.empty()) throw Failure(answer.refused.front());
  if (!answer.pending) return;
  throw Failure("refused",
                "the authority has not signed yet, and a rotation cannot wait for it: " +
                    answer.pending->message,
                "have the authority sign rotations at once, then run the same command again");
}

void new_sets(Plan& plan, const std::vector<ClusterFacts>& all, const CaIssued& answer,
              const std::vector<Candidate>& candidates, Time now, const std::string& reason) {
  require_all(answer);
  const std::map<std::string, SigningSet> sets = accept(answer, candidates, now);
  for (const ClusterFacts& facts : all) add_set(plan, facts, sets.at(facts.cluster), reason);
}

bool signs(Move move) {
  return move == Move::sign || move == Move::sign_back;
}

/// On the way back the strategy signs with its root as it always does: the new one has not taken
/// its place yet.
CaIssued answer_to(Move move, const Authority& authority, CaIssueRequest asked) {
  if (move == Move::sign_back) return authority.client.issue(asked);
  asked.stage = move == Move::trust  ? RotationStage::trust
                : move == Move::sign ? RotationStage::sign
                : move == Move::drop ? RotationStage::drop
                                     : RotationStage::abort;
  return authority.client.rotate(asked);
}

Plan rotate_root(const CommandRequest& request, const Host& host) {
  const Authority authority = authority_of(request, host);
  const std::vector<ClusterFacts> all = read_facts(host, look_of(request, Depth::proxies));
  const Time now = now_of(host);
  const RotationStep step = next_step(all, authority.roots, now);
  Plan plan;
  plan.title = "Root rotation";
  plan.refusals = step.refusals;
  if (plan.refusals.empty()) plan.refusals = not_arrived(all, step, now);
  if (!plan.refusals.empty()) return plan;

  const MoveRow& row = row_of(step.move);
  plan.title += std::string(step.continued ? " (continued), " : ", ") + row.title;
  add_move(plan, request, authority, all, step, now);
  say_what_restarts(plan, only(all, step.clusters), row.then);
  plan.next = {next_command(request, row.next, row.when)};
  return plan;
}

Plan rotate_intermediates(const CommandRequest& request, const Host& host) {
  const Authority authority = authority_of(request, host);
  require_no_rotation(authority);
  const std::vector<ClusterFacts> all = read_facts(host, look_of(request, Depth::set));
  const Time now = now_of(host);
  Plan plan;
  plan.title = "New intermediates under the same root";
  plan.refusals = rotation_obstacles(all, authority.roots, now);
  if (!plan.refusals.empty()) return plan;
  add_intermediates(plan, request, authority, all, now);
  say_what_restarts(plan, all, "at their own pace: the root stays the same");
  plan.next = {next_command(request, "verify", "prove it")};
  return plan;
}

struct ModeRow {
  const char* flag;
  Plan (*step)(const CommandRequest&, const Host&);
  Plan (*whole)(const CommandRequest&, const Host&);
};
constexpr std::array<ModeRow, 3> k_modes{
    {{"intermediate", rotate_intermediates, rotate_intermediates_whole},
     {"root", rotate_root, rotate_root_whole},
     {"abort", abort_rotation, abort_rotation}}};

}  // namespace

const MoveRow& row_of(Move move) {
  return *std::find_if(k_moves.begin(), k_moves.end(),
                       [&](const MoveRow& row) { return row.move == move; });
}

Authority authority_of(const CommandRequest& request, const Host& host) {
  const std::string name = require_offered(host, "ca/1", strategy_name(request));
  const CaRequest asked = ca_request(request);
  const CaClient client(name, host);
  CaRoots roots;
  asked_of(name, "it brings ready sets: bring new ones with certs install", [&] {
    roots = client.roots(asked);
    return CaIssued();
  });
  if (roots.signer.empty())
    throw Failure(
        "refused",
        "this authority has no root to rotate" +
            (roots.where.empty() ? std::string() : " (" + roots.where + ")"),
        "name the folder of the root with --ca-dir; kubectl mesh certs install makes one");
  return {name, asked, client, roots};
}

void require_no_rotation(const Authority& authority) {
  if (authority.roots.next.empty()) return;
  throw Failure("refused", "a rotation of the root is under way",
                "finish it first: kubectl mesh certs rotate --root");
}

void add_move(Plan& plan, const CommandRequest& request, const Authority& authority,
              const std::vector<ClusterFacts>& all, const RotationStep& step, Time now) {
  const MoveRow& row = row_of(step.move);
  const std::vector<ClusterFacts> some = only(all, step.clusters);
  CaIssueRequest asked;
  static_cast<CaRequest&>(asked) = authority.request;
  std::vector<Candidate> candidates;
  if (signs(step.move))
    candidates = make_candidates(step.clusters, asked.policy.key, istio_namespace(request));
  asked.requests = requests_of(candidates);
  const CaIssued answer =
      asked_of(authority.name, "a new root of it needs certs remove and certs install",
               [&] { return answer_to(step.move, authority, asked); });
  add_kept(plan, answer.keep);
  if (signs(step.move)) {
    new_sets(plan, some, answer, candidates, now, row.reason);
  } else {
    change_roots(plan, some, answer, now, row.reason);
  }
}

void add_intermediates(Plan& plan, const CommandRequest& request, const Authority& authority,
                       const std::vector<ClusterFacts>& some, Time now) {
  CaIssueRequest asked;
  static_cast<CaRequest&>(asked) = authority.request;
  std::vector<std::string> clusters;
  for (const ClusterFacts& facts : some) clusters.push_back(facts.cluster);
  const std::vector<Candidate> candidates =
      make_candidates(clusters, asked.policy.key, istio_namespace(request));
  asked.requests = requests_of(candidates);
  const CaIssued answer =
      asked_of(authority.name, "it brings ready sets: bring new ones with certs install",
               [&] { return authority.client.issue(asked); });
  add_kept(plan, answer.keep);
  new_sets(plan, some, answer, candidates, now, "a new intermediate under the same root");
}

Plan rotate(const CommandRequest& given, const Host& host) {
  const auto chosen = [&](const ModeRow& mode) { return given.flag(mode.flag); };
  if (std::count_if(k_modes.begin(), k_modes.end(), chosen) != 1)
    throw Failure("usage", "say what is to be rotated: --intermediate, --root or --abort",
                  "--intermediate is quick and harmless; --root replaces the root; --abort takes a "
                  "begun --root back");
  const ModeRow& mode = *std::find_if(k_modes.begin(), k_modes.end(), chosen);
  const CommandRequest request = with_mesh_file(given);
  return (request.flag("all-steps") ? mode.whole : mode.step)(request, host);
}

}  // namespace mesh::certs
