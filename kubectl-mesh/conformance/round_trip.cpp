#include "conformance/round_trip.hpp"

#include <algorithm>
#include <array>

#include "mesh/lookup.hpp"

namespace mesh::conformance {

namespace {

constexpr int k_rounds = 5;
constexpr std::array<std::string_view, 3> k_changes{"apply", "edit", "delete"};

bool changes(const Json& plan) {
  const Json& actions = lookup::list(plan, "/actions");
  return std::any_of(actions.begin(), actions.end(), [](const Json& action) {
    const std::string type = lookup::text(action, "/type");
    return std::find(k_changes.begin(), k_changes.end(), type) != k_changes.end();
  });
}

bool ends(const Json& plan) {
  return lookup::value(plan, "/continues") != true || !lookup::list(plan, "/refusals").empty();
}

}  // namespace

std::string each_part(Candidate& candidate, const Ask& ask,
                      const std::function<std::string(const Json& plan, int part)>& judge) {
  for (int part = 0; part < k_rounds; ++part) {
    const Reply reply = candidate.answer(refreshed(ask, candidate.world()));
    if (reply.code != MESH_OK) return {};
    const Json plan = parse_json(reply.text, "its reply");
    if (lookup::text(plan, "/kind") != "Plan") return {};
    std::string objection = judge(plan, part);
    if (!objection.empty() || ends(plan)) return objection;
    candidate.world().carry_out(plan);
  }
  return {};
}

Settled settle(Candidate& candidate, const Ask& ask, const std::string& verb) {
  Settled settled;
  for (int round = 0; round < k_rounds; ++round) {
    const Reply reply = candidate.answer(refreshed(with_verb(ask, verb), candidate.world()));
    if (reply.code != MESH_OK) return settled;
    const Json plan = parse_json(reply.text, "its reply");
    const auto before = candidate.world().clusters();
    if (!lookup::list(plan, "/refusals").empty()) return settled;
    settled.objection = candidate.world().carry_out(plan);
    if (!settled.objection.empty() || !changes(plan)) return settled;
    settled.planned = true;
    if (candidate.world().clusters() == before) return settled;
  }
  settled.objection = "it plans again and again";
  return settled;
}

}  // namespace mesh::conformance
