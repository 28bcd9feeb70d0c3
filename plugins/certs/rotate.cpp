#include <algorithm>
#include <array>

#include "rotation.hpp"
#include "sets.hpp"
#include "verbs.hpp"

#include "mesh/offered.hpp"

namespace mesh::certs {

namespace {

struct StageRow {
  RotationStage stage;
  const char* title;
  const char* reason;
  const char* then;  ///< what the restarts are for
  const char* next;  ///< the verb to type afterwards
  const char* when;
};
constexpr std::array<StageRow, 3> k_stages{{
    {RotationStage::trust, "step 1 of 3: trust the old and the new root",
     "trust a new root beside the old one", "so that all of them trust both roots", "rotate --root",
     "step 2, when all proxies trust both: the new root signs"},
    {RotationStage::sign, "step 2 of 3: the new root signs", "an intermediate under the new root",
     "so that all certificates come from the new root", "rotate --root",
     "step 3, when all certificates come from the new root: drop the old one"},
    {RotationStage::drop, "step 3 of 3: drop the old root", "trust the new root only",
     "so that none trusts the old root", "verify", "prove it"},
}};

const StageRow& row_of(RotationStage stage) {
  return *std::find_if(k_stages.begin(), k_stages.end(),
                       [&](const StageRow& row) { return row.stage == stage; });
}

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

void new_sets(Plan& plan, const std::vector<ClusterFacts>& all, const CaIssued& answer,
              const std::vector<Candidate>& candidates, Time now, const std::string& reason) {
  const std::map<std::string, SigningSet> sets = accept(answer, candidates, now);
  for (const ClusterFacts& facts : all) add_set(plan, facts, sets.at(facts.cluster), reason);
}

struct Authority {
  std::string name;
  CaRequest request;
  CaClient client;
  CaRoots roots;
};

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

Plan rotate_root(const CommandRequest& request, const Host& host) {
  const Authority authority = authority_of(request, host);
  const std::vector<ClusterFacts> all =
      read_facts(host, request.clusters, istio_namespace(request), Depth::spread);
  const Time now = now_of(host);
  const RotationStep step = next_step(all, authority.roots, now);
  Plan plan;
  plan.title = "Root rotation";
  plan.refusals = step.refusals;
  if (!plan.refusals.empty()) return plan;

  const StageRow& row = row_of(step.stage);
  plan.title += std::string(step.continued ? " (continued), " : ", ") + row.title;
  const std::vector<ClusterFacts> some = only(all, step.clusters);
  CaIssueRequest asked;
  static_cast<CaRequest&>(asked) = authority.request;
  asked.stage = step.stage;
  std::vector<Candidate> candidates;
  if (step.stage == RotationStage::sign)
    candidates = make_candidates(step.clusters, asked.policy.key, istio_namespace(request));
  asked.requests = requests_of(candidates);
  const CaIssued answer =
      asked_of(authority.name, "a new root of it needs certs remove and certs install",
               [&] { return authority.client.rotate(asked); });
  add_kept(plan, answer.keep);
  if (step.stage == RotationStage::sign)
    new_sets(plan, some, answer, candidates, now, row.reason);
  else
    change_roots(plan, some, answer, now, row.reason);
  say_what_restarts(plan, some, row.then);
  plan.next = {next_command(request, row.next, row.when)};
  return plan;
}

Plan rotate_intermediates(const CommandRequest& request, const Host& host) {
  const Authority authority = authority_of(request, host);
  if (!authority.roots.next.empty())
    throw Failure("refused", "a rotation of the root is under way",
                  "finish it first: kubectl mesh certs rotate --root");
  const std::vector<ClusterFacts> all =
      read_facts(host, request.clusters, istio_namespace(request), Depth::set);
  const Time now = now_of(host);
  Plan plan;
  plan.title = "New intermediates under the same root";
  plan.refusals = rotation_obstacles(all, authority.roots, now);
  if (!plan.refusals.empty()) return plan;
  CaIssueRequest asked;
  static_cast<CaRequest&>(asked) = authority.request;
  const std::vector<Candidate> candidates =
      make_candidates(request.clusters, asked.policy.key, istio_namespace(request));
  asked.requests = requests_of(candidates);
  const CaIssued answer =
      asked_of(authority.name, "it brings ready sets: bring new ones with certs install",
               [&] { return authority.client.issue(asked); });
  add_kept(plan, answer.keep);
  new_sets(plan, all, answer, candidates, now, "a new intermediate under the same root");
  say_what_restarts(plan, all, "at their own pace: the root stays the same");
  plan.next = {next_command(request, "verify", "prove it")};
  return plan;
}

}  // namespace

Plan rotate(const CommandRequest& given, const Host& host) {
  const bool intermediate = given.flag("intermediate");
  const bool root = given.flag("root");
  if (intermediate == root)
    throw Failure("usage", "say what is to be rotated: --intermediate or --root",
                  "--intermediate is quick and harmless; --root takes three runs");
  const CommandRequest request = with_mesh_file(given);
  return root ? rotate_root(request, host) : rotate_intermediates(request, host);
}

}  // namespace mesh::certs
