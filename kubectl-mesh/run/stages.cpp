#include "run/stages.hpp"

#include <algorithm>

#include "plugin/concern_order.hpp"
#include "plugin/section_points.hpp"

namespace mesh {

namespace {

/// A verb that only reads cannot change anything: as part of `up` it is asked until it is content.
Stage proof_of(const std::string& concern, const std::string& verb, const Json& request) {
  constexpr std::int64_t k_seconds = 120;
  Action action;
  action.type = ActionType::prove;
  action.reason = "all that was made works";
  action.extension = "command/1:" + concern;
  action.verb = verb;
  action.request = request;
  action.seconds = k_seconds;
  Plan plan;
  plan.actions = {action};
  return {.name = concern, .verb = verb, .plan = [plan](bool) { return plan; }, .proof = true};
}

bool changes(const Extension& concern, const std::string& name) {
  return std::any_of(concern.verbs.begin(), concern.verbs.end(),
                     [&](const Verb& verb) { return verb.name == name && verb.changes; });
}

}  // namespace

Json request_for(Session& session, const std::string& concern,
                 const std::vector<std::string>& clusters, const MeshView& mesh) {
  Json request{{"clusters", clusters},
               {"options", session.invocation().options},
               {"settings", session.settings(concern)},
               {"mesh", to_json(mesh)}};
  if (session.invocation().output_dir) request["complete"] = true;
  return request;
}

Json overview_request(Session& session, const std::string& name, const MeshView& mesh) {
  const Catalogue& catalogue = session.catalogue();
  const std::string address = "overview/1:" + name;
  const std::string section =
      section_of(catalogue.provider(address)->manifest, *catalogue.extension(address));
  return {{"clusters", session.fleet().names()},
          {"settings", session.settings(section)},
          {"mesh", to_json(mesh)}};
}

Stage stage_of(Session& session, const std::string& concern, const std::string& verb,
               Json request) {
  const std::string address = "command/1:" + concern;
  session.prepare(address, request);
  return {.name = concern,
          .verb = verb,
          .plan = [&session, address, verb, asked = std::move(request)](bool ahead) {
            Json now = asked;
            if (ahead) now["ahead"] = true;
            return plan_from_json(session.ask(address, verb, now));
          }};
}

std::vector<Stage> stages_over(Session& session, Direction direction,
                               const std::vector<std::string>& clusters, const MeshView& mesh) {
  const auto verb_of = [&](const Lifecycle& lifecycle) {
    return direction == Direction::up ? lifecycle.up : lifecycle.down;
  };
  std::vector<ConcernStep> steps = order_concerns(
      session.catalogue(), [&](const std::string& concern) { return session.takes_part(concern); });
  if (direction == Direction::down) std::reverse(steps.begin(), steps.end());
  std::vector<Stage> stages;
  for (const ConcernStep& step : steps) {
    const Extension* concern = step.concern;
    const std::string verb = verb_of(concern->lifecycle);
    if (verb.empty()) continue;
    Json request = request_for(session, concern->name, clusters, mesh);
    if (direction == Direction::down) request["ending"] = true;
    stages.push_back(changes(*concern, verb) ? stage_of(session, concern->name, verb, request)
                                             : proof_of(concern->name, verb, request));
  }
  return stages;
}

}  // namespace mesh
