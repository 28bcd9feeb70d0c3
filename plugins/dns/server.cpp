#include "server.hpp"

#include <algorithm>

#include "look_up.hpp"
#include "manifests.hpp"
#include "zone.hpp"

namespace mesh::dns {

namespace {

constexpr std::int64_t k_rollout_seconds = 180;
constexpr const char* k_image = "/spec/template/spec/containers/0/image";

/// The image of the cluster's own CoreDNS is on its nodes already, or its registry is allowed.
std::string image_of(const ClusterFacts& facts, const Wishes& wishes, const std::string& fallback) {
  if (!wishes.image.empty()) return wishes.image;
  const std::string running = text_at(facts.server.deployment, k_image);
  if (!running.empty()) return running;
  const Json& workload = at(facts.objects, "/workload");
  for (const Json& container : list_at(workload, "/spec/template/spec/containers")) {
    const std::string image = text_at(container, "/image");
    const std::string name = image.substr(image.rfind('/') + 1);
    if (name.starts_with("coredns:") || name.starts_with("coredns@")) return image;
  }
  return fallback;
}

const Json& live_of(const ServerFacts& server, const Json& wanted) {
  const std::string kind = wanted.at("kind");
  if (kind == "ConfigMap") return server.config;
  return kind == "Service" ? server.service : server.deployment;
}

Action apply_of(const ClusterFacts& facts, Json object, std::string reason) {
  Action action;
  action.type = ActionType::apply;
  action.cluster = facts.cluster;
  action.reason = std::move(reason);
  action.object = std::move(object);
  return action;
}

Action wait_for(const ClusterFacts& facts, const Json& object, Until until, std::string reason) {
  Action action;
  action.type = ActionType::wait;
  action.cluster = facts.cluster;
  action.reason = std::move(reason);
  action.target = ref_of(object);
  action.until = until;
  action.seconds = k_rollout_seconds;
  return action;
}

std::string reason_for(const Json& object) {
  const std::string kind = object.at("kind");
  if (kind == "ConfigMap") return "the names of the zone";
  return kind == "Service" ? "an address for their name server"
                           : "the name server that answers them";
}

bool rolled_out(const Json& deployment) {
  const Json& wanted = at(deployment, "/spec/replicas");
  const Json& generation = at(deployment, "/metadata/generation");
  return wanted.is_number() && at(deployment, "/status/availableReplicas") == wanted &&
         at(deployment, "/status/updatedReplicas") == wanted &&
         at(deployment, "/status/observedGeneration") == generation;
}

void add_namespace(Plan& plan, const ClusterFacts& facts) {
  if (facts.namespace_found) return;
  Json object = parse_json(k_namespace_manifest, "the namespace manifest");
  object["metadata"]["name"] = facts.name_space;
  plan.actions.push_back(apply_of(facts, std::move(object), "home of the name server"));
}

}  // namespace

std::vector<Json> server_objects(const ClusterFacts& facts, const Wishes& wishes) {
  std::vector<Json> objects = parse_json(k_server_manifests, "the DNS manifests");
  for (Json& object : objects) {
    object["metadata"]["namespace"] = facts.name_space;
    if (object["kind"] == "ConfigMap") {
      object["data"] = {
          {"Corefile", server_corefile(wishes.suffix)},
          {"zone", zone_text(wishes.suffix, names_of(facts.service_entries, wishes.suffix))}};
    } else if (object["kind"] == "Deployment") {
      object["spec"]["replicas"] = wishes.replicas;
      Json& image = object[Json::json_pointer(k_image)];
      image = image_of(facts, wishes, image.get<std::string>());
    }
  }
  return objects;
}

ServerState server_state(const ClusterFacts& facts, const Wishes& wishes) {
  const std::vector<Json> objects = server_objects(facts, wishes);
  const bool written = std::all_of(objects.begin(), objects.end(), [&](const Json& wanted) {
    return contains(live_of(facts.server, wanted), wanted);
  });
  return {.written = written, .rolled_out = rolled_out(facts.server.deployment)};
}

void add_server(Plan& plan, const ClusterFacts& facts, const Wishes& wishes, bool complete) {
  const ServerState state = server_state(facts, wishes);
  if (!state.written || complete) {
    add_namespace(plan, facts);
    for (Json& object : server_objects(facts, wishes)) {
      const std::string reason = reason_for(object);
      plan.actions.push_back(apply_of(facts, std::move(object), reason));
    }
  }
  const std::vector<Json> objects = server_objects(facts, wishes);
  for (const Json& object : objects) {
    if (object["kind"] == "Service" && facts.server.address().empty()) {
      plan.actions.push_back(
          wait_for(facts, object, Until::present, "the cluster gives it an address"));
      plan.actions.back().pointer = "/spec/clusterIP";
    }
    const bool changes = !contains(facts.server.deployment, object) || !state.rolled_out;
    if (object["kind"] == "Deployment" && changes)
      plan.actions.push_back(wait_for(facts, object, Until::rollout, "its pods answer"));
  }
}

void remove_server(Plan& plan, const ClusterFacts& facts, int phase) {
  for (const Json* object :
       {&facts.server.deployment, &facts.server.service, &facts.server.config}) {
    if (text_at(*object, "/metadata/labels/app.kubernetes.io~1managed-by") != "kubectl-mesh")
      continue;
    Action action;
    action.type = ActionType::remove;
    action.cluster = facts.cluster;
    action.reason = "made by dns install";
    action.phase = phase;
    action.target = ref_of(*object);
    action.precondition = {{"/metadata/uid", text_at(*object, "/metadata/uid")}};
    plan.actions.push_back(std::move(action));
  }
}

}  // namespace mesh::dns
